import { setTimeout as sleep } from 'node:timers/promises';
import { decodeLease, leaseKey } from '../../runtime/state/lease-record.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import type { Replicator, ReplicatorMetrics } from '../../runtime/state/replicator.ts';

export interface FollowOptions {
  readonly job: string;
  /** Region that is copied to. */
  readonly region: string;
  /** The region whose own job it is, which has it until there is a lease. */
  readonly home: string;
  /** The lease region's store. */
  readonly leases: Pick<ObjectStore, 'uri' | 'get'>;
  /** Milliseconds between two looks at the lease. */
  readonly every: number;
  /** Copies from a region. */
  readonly replicatorFrom: (region: string) => Promise<Replicator>;
  /** @param from the region that is copied from now on; undefined: this one has the job itself. */
  readonly onSource: (from: string | undefined) => void;
  readonly onFailure: (error: unknown) => void;
}

const COUNTED = ['restorePoints', 'files', 'bytes', 'failures', 'refusals'] as const;
type Counts = Record<(typeof COUNTED)[number], number>;

/** Where a job is copied from: the region that has it, and nowhere while that is this one. */
export async function sourceByLease({
  job,
  region,
  home,
  leases,
}: Pick<FollowOptions, 'job' | 'region' | 'home' | 'leases'>): Promise<string | undefined> {
  const key = leaseKey(job);
  const data = await leases.get(key);
  const owner = data ? decodeLease(`${leases.uri}/${key}`, data).owner : home;
  return owner === region ? undefined : owner;
}

/**
 * Copies a job from whichever other region has it, as its lease says. A lease that cannot be read changes nothing: it lies in
 * another region, whose loss is no reason to stop.
 */
export class FollowingReplicator {
  readonly #options: FollowOptions;
  #from: string | undefined;
  #replicator: Replicator | undefined;
  #lookedAt: number | undefined;
  #movedAt = Date.now();
  /** Of replicators that are no more. */
  readonly #before: Counts = { restorePoints: 0, files: 0, bytes: 0, failures: 0, refusals: 0 };

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  get metrics(): ReplicatorMetrics {
    const now = this.#replicator?.metrics;
    const counts = Object.fromEntries(COUNTED.map((name) => [name, this.#before[name] + (now?.[name] ?? 0)]));
    return {
      ...(counts as Counts),
      lag: now?.lag,
      checkpoint: now?.checkpoint,
      // While this region has the job there is nothing to look at.
      lookedAt: this.#replicator ? now?.lookedAt : this.#lookedAt,
      movedAt: now?.movedAt ?? this.#movedAt,
    };
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { every, onFailure } = this.#options;
    let change = new AbortController();
    let running: Promise<void> = Promise.resolve();
    let begun = false;
    while (!signal.aborted) {
      try {
        const from = await sourceByLease(this.#options);
        this.#lookedAt = Date.now();
        if (!begun || from !== this.#from) {
          change.abort();
          await running;
          change = new AbortController();
          running = (await this.#copyFrom(from))?.run(AbortSignal.any([signal, change.signal])) ?? Promise.resolve();
          begun = true;
        }
      } catch (error) {
        onFailure(error);
      }
      // A lease that does not answer is waited for, and nothing hangs.
      this.#movedAt = Date.now();
      await sleep(every, undefined, { signal }).catch(() => {});
    }
    await running;
  }

  /** One look, by the lease as it is now. */
  async once(signal: AbortSignal): Promise<void> {
    await (await this.#copyFrom(await sourceByLease(this.#options)))?.once(signal);
  }

  async #copyFrom(from: string | undefined): Promise<Replicator | undefined> {
    const replicator = from === undefined ? undefined : await this.#options.replicatorFrom(from);
    const ended = this.#replicator?.metrics;
    if (ended) for (const name of COUNTED) this.#before[name] += ended[name];
    this.#replicator = replicator;
    this.#from = from;
    this.#options.onSource(from);
    return replicator;
  }
}
