import type { JournalEntry } from '../engine/index.ts';
import { readJournal } from './journal-file.ts';
import type { PendingInput } from './snapshot.ts';

/** Calls that finished behind the checkpoint of a start, for inputs that were not taken again yet. */
export class Replay {
  readonly #entries: Map<number, Map<number, JournalEntry>>;
  readonly #generation: number;

  constructor(entries: Map<number, Map<number, JournalEntry>> = new Map(), generation = 0) {
    this.#entries = entries;
    this.#generation = generation;
  }

  /** @param from what was restored: its journal generation, its unfinished inputs, and the records read before it. */
  static async read(
    directory: string,
    from: { readonly journal: number; readonly pending: readonly PendingInput[]; readonly record: number },
  ): Promise<Replay> {
    const entries = await readJournal(directory, from.journal);
    const pending = new Set(from.pending.map((input) => input.record));
    // Runs that had finished at the checkpoint never ask for their calls again.
    for (const record of entries.keys()) if (record <= from.record && !pending.has(record)) entries.delete(record);
    return new Replay(entries, from.journal);
  }

  /** Calls of a record, handed over for good. */
  take(record: number): Map<number, JournalEntry> | undefined {
    const found = this.#entries.get(record);
    this.#entries.delete(record);
    return found;
  }

  /** First journal generation that a checkpoint needs that is taken now and begins generation `current`. */
  needed(current: number): number {
    return this.#entries.size > 0 ? this.#generation : current;
  }
}
