import { type Clock, systemClock } from './clock.ts';
import { StateError } from './errors.ts';
import { type HeldLease, LeaseInHand, type LeaseOptions } from './held-lease.ts';
import { nextMove, type Sighting, sight, standing } from './lease-decision.ts';
import { decodeLease, encodeLease, type LeaseRecord, leaseKey } from './lease-record.ts';

export type { HeldLease, LeaseEvent, LeaseOptions } from './held-lease.ts';

/** Waits for a job's lease and takes it. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #clock: Clock;
  #sighting: Sighting | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The lease as it is in the store; undefined before the first acquisition. */
  async look(): Promise<LeaseRecord | undefined> {
    const { store, job } = this.#options;
    const object = await store.getVersioned(leaseKey(job));
    const seen = object && { version: object.version, record: decodeLease(this.#place, object.data) };
    this.#sighting = sight(this.#sighting, seen, this.#clock.monotonic());
    return this.#sighting?.record;
  }

  /**
   * Takes the lease as soon as it is free.
   * @returns undefined while it is somebody's, or when somebody else was faster.
   */
  async tryAcquire(): Promise<HeldLease | undefined> {
    await this.look();
    const move = nextMove(this.#sighting, this.#clock.monotonic(), this.#options.settings);
    if (move.kind === 'wait') return undefined;
    const { store, job, region, holder, settings } = this.#options;
    const from = this.#clock.monotonic();
    const at = this.#clock.wall();
    const record: LeaseRecord = {
      format: 1,
      job,
      epoch: move.epoch,
      owner: region,
      holder,
      state: 'held',
      renewal: 0,
      acquiredAt: at,
      renewedAt: at,
      ttl: settings.ttl,
      skew: settings.skew,
    };
    let version: string | undefined;
    if (move.kind === 'take') {
      version = await store.putIfVersion(leaseKey(job), encodeLease(record), move.version);
    } else if (await store.putIfAbsent(leaseKey(job), encodeLease(record))) {
      await this.look();
      version = standing(this.#sighting?.record, holder, record.epoch) === 'ours' ? this.#sighting?.version : undefined;
    }
    if (version === undefined) return undefined;
    this.#options.onEvent?.({
      kind: 'acquired',
      epoch: record.epoch,
      reason: move.kind === 'take' ? move.reason : 'created',
    });
    return new LeaseInHand(this.#options, this.#clock, record, version, from);
  }

  /**
   * Goes on with the lease of another process of this region, under the same epoch: in the place of one that died, or
   * that detached from it. Should the other one live, it finds its lease lost; both must be able to work side by side
   * until then. @returns undefined when the lease is not this region's, or somebody else was faster.
   */
  async adopt(): Promise<HeldLease | undefined> {
    const { store, job, region, holder, settings } = this.#options;
    await this.look();
    const seen = this.#sighting;
    if (!seen || seen.record.owner !== region || seen.record.state !== 'held') return undefined;
    const from = this.#clock.monotonic();
    const record: LeaseRecord = {
      ...seen.record,
      holder,
      renewal: seen.record.renewal + 1,
      renewedAt: this.#clock.wall(),
      ttl: settings.ttl,
      skew: settings.skew,
    };
    const version = await store.putIfVersion(leaseKey(job), encodeLease(record), seen.version);
    if (version === undefined) return undefined;
    this.#options.onEvent?.({ kind: 'acquired', epoch: record.epoch, reason: 'adopted' });
    return new LeaseInHand(this.#options, this.#clock, record, version, from);
  }

  /** Milliseconds for which the record has stood still in this process's sight; undefined before a look, or without one. */
  get still(): number | undefined {
    return this.#sighting && this.#clock.monotonic() - this.#sighting.since;
  }

  /** Whether by the last look its owner's time is over, so that another region may take it. */
  get expired(): boolean {
    const move = nextMove(this.#sighting, this.#clock.monotonic(), this.#options.settings);
    return move.kind === 'take' && move.reason === 'expired';
  }

  /** Waits until the lease is free and takes it. Failures of the store are tried again. @throws the signal's reason. */
  async acquire(signal: AbortSignal, onFailure: (error: unknown) => void = () => {}): Promise<HeldLease> {
    const poll = this.#options.poll ?? this.#options.settings.ttl / 10;
    for (;;) {
      signal.throwIfAborted();
      const held = await this.tryAcquire().catch((error: unknown) => {
        // Another version's record does not become readable by waiting.
        if (error instanceof StateError && error.code === 'HR-STATE-004') throw error;
        onFailure(error);
        return undefined;
      });
      if (held) return held;
      await this.#clock.sleep(poll, signal);
    }
  }

  get #place() {
    return `${this.#options.store.uri}/${leaseKey(this.#options.job)}`;
  }
}
