import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import agent from '../../../examples/review-analysis/agent.ts';
import type { ChatModel } from '../../../runtime/api/index.ts';
import { fileSource, type LocalJobOptions } from '../../../runtime/local/index.ts';
import { FileStore } from '../../../runtime/state/file-store.ts';

export const JOB = 'reviews';
export const SENTENCES = fileURLToPath(
  new URL('../../../examples/review-analysis/amazon-review-sentences.tsv', import.meta.url),
);

/** The example's job over its real data, in one directory. */
export const reviewJob = (directory: string, judge: ChatModel): LocalJobOptions => ({
  agent,
  job: JOB,
  source: fileSource({
    path: SENTENCES,
    name: 'sentences',
    format: 'tsv',
    columns: ['id', 'rating', 'text'],
    derive: { review: { from: 'id', pattern: '^([^_]+)_' } },
  }),
  sink: join(directory, 'outputs'),
  store: new FileStore(join(directory, 'state')),
  journal: join(directory, 'journal'),
  models: { judge },
});
