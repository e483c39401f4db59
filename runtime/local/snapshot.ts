import { z } from 'zod';
import type { JournalEntry } from '../engine/index.ts';

/** A part of the outputs that one checkpoint took and that may not yet be visible. */
export interface Segment {
  readonly checkpoint: number;
  /** Lines of JSON, each with its line end; empty when there are none. */
  readonly outputs: string;
  readonly deadLetters: string;
  readonly count: number;
}

/** What the embedded engine keeps in a checkpoint manifest's `restore`. */
export const restoreSchema = z.strictObject({
  position: z.strictObject({ record: z.number().int(), offset: z.number().int() }),
  /** Keyed state, in the order in which a restore reads it. */
  memory: z.array(z.strictObject({ key: z.string(), kind: z.enum(['base', 'delta']), bytes: z.number().int() })),
  /** File of inputs that were taken and not finished, with their journal. */
  pending: z.string().nullable(),
  /** Outputs that were not known to be committed. */
  segments: z.array(
    z.strictObject({
      checkpoint: z.number().int(),
      outputs: z.string().nullable(),
      deadLetters: z.string().nullable(),
      count: z.number().int(),
    }),
  ),
  /** First generation of the write-ahead journal that holds calls behind this checkpoint. */
  journal: z.number().int(),
  finished: z.boolean(),
});
export type RestoreState = z.infer<typeof restoreSchema>;

/** An unfinished input in a checkpoint. */
export interface PendingInput {
  readonly record: number;
  readonly value: unknown;
  readonly tries: number;
  readonly journal: readonly JournalEntry[];
}

export const writePending = (inputs: Iterable<PendingInput>): string => {
  let text = '';
  for (const input of inputs) text += `${JSON.stringify(input)}\n`;
  return text;
};

export const readPending = (text: string): PendingInput[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PendingInput);
