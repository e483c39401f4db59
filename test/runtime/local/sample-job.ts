import { join } from 'node:path';
import { z } from 'zod';
import { agent, type ChatModel, chatModel, InputEvent, type ModelResponse } from '../../../runtime/api/index.ts';
import { type LocalJobOptions, listSource, readParts } from '../../../runtime/local/index.ts';
import { FileStore } from '../../../runtime/state/file-store.ts';

/** Asks the model about every input and counts the inputs of a key. */
export const asker = agent('asker', {
  input: z.object({ id: z.string(), key: z.string() }),
  output: z.object({ id: z.string(), n: z.number(), answer: z.string() }),
  key: '/key',
  resources: { model: chatModel() },
  memory: { n: z.number().default(0) },
}).on(InputEvent, async ({ value }, ctx) => {
  const answer = await ctx.chat('model', { prompt: value.id });
  ctx.output({ id: value.id, n: ctx.memory.update('n', (n) => n + 1), answer });
});

export const records = (count: number, keys = 3) =>
  Array.from({ length: count }, (_, i) => ({ id: `i${i + 1}`, key: `k${i % keys}` }));

export const answerOf = (text: string): ModelResponse => ({
  text,
  toolCalls: [],
  usage: { inputTokens: 0, outputTokens: 0 },
});

/** A model that keeps what it was asked, and answers as told. */
export class ScriptedModel implements ChatModel {
  readonly name = 'scripted';
  readonly asked: { prompt: string; key: string }[] = [];
  readonly #answer: (prompt: string, signal: AbortSignal) => Promise<string> | string;

  constructor(answer: (prompt: string, signal: AbortSignal) => Promise<string> | string = (prompt) => `re ${prompt}`) {
    this.#answer = answer;
  }

  async chat(...[request, options]: Parameters<ChatModel['chat']>): Promise<ModelResponse> {
    const prompt = request.messages.at(-1)?.content ?? '';
    this.asked.push({ prompt, key: options.idempotencyKey });
    return answerOf(await this.#answer(prompt, options.signal));
  }
}

/** A job of `asker` in a directory; checkpoints only at the end, and no wait between tries, unless told. */
export const job = (directory: string, options: Partial<LocalJobOptions> = {}): LocalJobOptions => ({
  agent: asker,
  job: 'job',
  source: listSource(records(9)),
  sink: join(directory, 'outputs'),
  store: new FileStore(join(directory, 'state')),
  journal: join(directory, 'journal'),
  models: { model: new ScriptedModel() },
  checkpoint: { interval: 3_600_000, incremental: true, retain: 3 },
  retry: { attempts: 3, initialBackoff: 1, maxBackoff: 2, onFailure: 'dead-letter' },
  ...options,
});

export interface Line {
  readonly id: string;
  readonly key: string;
  readonly input: string;
  readonly value: { readonly id: string; readonly n: number; readonly answer: string };
}

export async function outputs(directory: string): Promise<Line[]> {
  const found: Line[] = [];
  for await (const line of readParts<Line>(join(directory, 'outputs'))) found.push(line);
  return found;
}

export interface DeadLetter {
  readonly record: number;
  readonly key: string;
  readonly input: string;
  readonly tries: number;
  readonly error: { readonly code: string; readonly message: string };
  readonly value: unknown;
}

export async function deadLetters(directory: string): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const line of readParts<DeadLetter>(join(directory, 'outputs'), 'dead-letter')) found.push(line);
  return found;
}

/** Resolves once a condition holds. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
