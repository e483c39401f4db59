import type { Journaled } from './journal-topic.ts';
import type { Asked } from './mock-model.ts';

/**
 * Calls that were made again without need, by idempotency key: nobody had died since the call before, or its result was
 * on record before a later start of the subtask read the journal.
 *
 * @param asked all requests, in order of time
 * @param losses when a process that asks was gone, milliseconds since 1970
 */
export function repeatedWithoutNeed(
  asked: readonly Asked[],
  losses: readonly number[],
  journaled: readonly Journaled[],
): { readonly withoutLoss: string[]; readonly thoughOnRecord: string[] } {
  const withoutLoss = new Set<string>();
  const before = new Map<string, number>();
  for (const { key, at } of asked) {
    const last = before.get(key);
    if (last !== undefined && !losses.some((loss) => loss >= last && loss <= at)) withoutLoss.add(key);
    before.set(key, at);
  }
  const thoughOnRecord = new Set<string>();
  const first = new Map<string, Journaled>();
  for (const entry of [...journaled].sort((a, b) => a.appendedAt - b.appendedAt)) {
    const earlier = first.get(entry.call);
    if (!earlier) first.set(entry.call, entry);
    else if (earlier.writer === entry.writer || earlier.appendedAt < entry.writerStartedAt)
      thoughOnRecord.add(entry.call);
  }
  return { withoutLoss: [...withoutLoss], thoughOnRecord: [...thoughOnRecord] };
}
