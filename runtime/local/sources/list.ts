import { setImmediate } from 'node:timers/promises';
import type { Source, SourceRecord } from '../source.ts';

const BATCH = 256;

/** Records in memory. */
export function listSource(records: readonly unknown[], name = 'list'): Source {
  return generatedSource(records.length, (index) => records[index], name);
}

/** `count` records that a function makes, always the same ones for the same index (from 0). */
export function generatedSource(count: number, make: (index: number) => unknown, name = 'generator'): Source {
  return {
    name,
    async *open(from, signal) {
      for (let next = from.record; next < count && !signal.aborted; ) {
        const batch: SourceRecord[] = [];
        for (const end = Math.min(next + BATCH, count); next < end; next++)
          batch.push({ value: make(next), record: next + 1, offset: 0 });
        yield batch;
        // Timers, sockets and files get their turn between batches.
        await setImmediate();
      }
    },
  };
}
