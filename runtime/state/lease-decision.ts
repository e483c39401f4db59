import type { LeaseRecord } from './lease-record.ts';

/**
 * The lease as a state machine without clocks or storage. Times are milliseconds on the caller's own monotonic clock;
 * the times in a record belong to another machine's clock and are never compared.
 *
 * Why two owners cannot overlap: a renewal takes effect after its start S, so whoever sees its version sees it after S.
 * The holder gives up at S + ttl - skew. An observer takes the lease only after the version stood still in its sight for
 * ttl + skew, which is later than S + ttl + skew. Between the two lie 2 × skew for clocks that do not run at one rate.
 */
export interface LeaseSettings {
  /** Milliseconds without renewal after which a lease can be taken. */
  readonly ttl: number;
  /** Milliseconds between renewals; at most a third of ttl. */
  readonly renew: number;
  /** Milliseconds by which two clocks may drift apart within a ttl. */
  readonly skew: number;
}

/** What an observer knows: a version of the record, and since when it has stood still. */
export interface Sighting {
  readonly version: string;
  readonly record: LeaseRecord;
  /** End of the first read that returned this version. */
  readonly since: number;
}

/** Takes note of a read. @param now end of the read. */
export function sight(
  before: Sighting | undefined,
  seen: { readonly version: string; readonly record: LeaseRecord } | undefined,
  now: number,
): Sighting | undefined {
  if (!seen) return undefined;
  return before?.version === seen.version ? before : { ...seen, since: now };
}

export type LeaseMove =
  /** No lease yet: create it, if still absent. */
  | { readonly kind: 'create'; readonly epoch: 1 }
  /** Free: replace this version, if it is still the newest. */
  | { readonly kind: 'take'; readonly epoch: number; readonly version: string; readonly reason: 'released' | 'expired' }
  /** Somebody's: look again, it cannot be free before `until`. */
  | { readonly kind: 'wait'; readonly until: number };

/**
 * What somebody who wants the lease may do now. The owner's own region gets no shorter way: its process may be the
 * paused one. A holder that was configured with a longer ttl than the observer is given that longer time.
 */
export function nextMove(sighting: Sighting | undefined, now: number, settings: LeaseSettings): LeaseMove {
  if (!sighting) return { kind: 'create', epoch: 1 };
  const { record, version, since } = sighting;
  const epoch = record.epoch + 1;
  if (record.state === 'released') return { kind: 'take', epoch, version, reason: 'released' };
  const until = since + Math.max(record.ttl, settings.ttl) + Math.max(record.skew, settings.skew);
  return now >= until ? { kind: 'take', epoch, version, reason: 'expired' } : { kind: 'wait', until };
}

/** When a holder must have stopped. @param renewedFrom start of its last successful acquisition or renewal. */
export const holdsUntil = (renewedFrom: number, settings: LeaseSettings) => renewedFrom + settings.ttl - settings.skew;

/** What a holder finds after a conditional write that did not succeed, or whose outcome it does not know. */
export type Standing = 'ours' | 'lost';

/** Whether a record that was read back is still this holder's lease of this epoch. */
export const standing = (read: LeaseRecord | undefined, holder: string, epoch: number): Standing =>
  read && read.state === 'held' && read.holder === holder && read.epoch === epoch ? 'ours' : 'lost';
