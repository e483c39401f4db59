import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { listSource, readParts, runLocal } from '../../runtime/local/index.ts';
import { loadAgent } from '../../runtime/plan/index.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import { scoreOf } from './mock-model.ts';
import { REVIEWS_AGENT } from './reviews.ts';

/** What the example's agent puts out for records with the mock model, undisturbed on the embedded engine: lines by input. */
export async function expectedRatings(directory: string, records: readonly unknown[]): Promise<Map<string, string>> {
  const work = mkdtempSync(join(directory, 'undisturbed-'));
  await runLocal({
    agent: await loadAgent(REVIEWS_AGENT),
    job: 'reviews',
    source: listSource(records),
    sink: join(work, 'outputs'),
    store: new FileStore(join(work, 'state')),
    journal: join(work, 'journal'),
    models: {
      judge: {
        name: 'the same answers',
        chat: async ({ messages }) => ({
          text: JSON.stringify({ score: scoreOf(messages.at(-1)?.content ?? '') }),
          toolCalls: [],
          usage: { inputTokens: 1, outputTokens: 1 },
        }),
      },
    },
  });
  const lines = new Map<string, string>();
  for await (const line of readParts<{ input: string }>(join(work, 'outputs')))
    lines.set(line.input, JSON.stringify(line));
  return lines;
}
