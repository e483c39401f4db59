import { type Clock, systemClock } from './clock.ts';
import { StateError } from './errors.ts';
import { holdsUntil, type LeaseSettings, nextMove, type Sighting, sight, standing } from './lease-decision.ts';
import { decodeLease, encodeLease, type LeaseRecord, leaseKey } from './lease-record.ts';
import type { ObjectStore } from './object-store.ts';
import type { Ownership } from './ownership.ts';

export type LeaseEvent =
  | { readonly kind: 'acquired'; readonly epoch: number; readonly reason: 'created' | 'released' | 'expired' }
  | { readonly kind: 'renewed'; readonly epoch: number }
  | { readonly kind: 'renewal-failed'; readonly epoch: number; readonly error: unknown }
  | { readonly kind: 'lost'; readonly epoch: number }
  | { readonly kind: 'released'; readonly epoch: number };

export interface LeaseOptions {
  /** The lease region's store. */
  readonly store: Pick<ObjectStore, 'uri' | 'getVersioned' | 'putIfAbsent' | 'putIfVersion'>;
  readonly job: string;
  /** Region on whose behalf the lease is taken. */
  readonly region: string;
  /** Unique to this process. */
  readonly holder: string;
  readonly settings: LeaseSettings;
  /** Milliseconds between two looks while waiting for the lease. Default: a tenth of ttl. */
  readonly poll?: number;
  readonly clock?: Clock;
  readonly onEvent?: (event: LeaseEvent) => void;
}

/** A lease in hand. */
export interface HeldLease extends Ownership {
  /** Gives the lease back, so that the next owner need not wait for its end; then `assertHeld` throws. */
  release(): Promise<void>;
}

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

/** Renews a lease until it is released or lost. */
class LeaseInHand implements HeldLease {
  readonly epoch: number;
  readonly #options: LeaseOptions;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #stopRenewing = new AbortController();
  readonly #renewing: Promise<void>;
  #record: LeaseRecord;
  #version: string;
  #deadline: number;
  #cancelDeadline: () => void;

  constructor(options: LeaseOptions, clock: Clock, record: LeaseRecord, version: string, from: number) {
    this.#options = options;
    this.#clock = clock;
    this.#record = record;
    this.#version = version;
    this.epoch = record.epoch;
    this.#deadline = holdsUntil(from, options.settings);
    this.#cancelDeadline = this.#watchDeadline();
    this.#renewing = this.#renewAll();
  }

  get signal() {
    return this.#abort.signal;
  }

  assertHeld(): void {
    // A process that was stopped and goes on reaches this line before its timers fire.
    if (this.#clock.monotonic() >= this.#deadline) this.#lose('it was not renewed in time');
    this.#abort.signal.throwIfAborted();
  }

  async release(): Promise<void> {
    this.#stopRenewing.abort();
    // A renewal that hangs in the store ends with the lease at the latest.
    await Promise.race([this.#renewing, aborted(this.#abort.signal)]);
    this.#cancelDeadline();
    if (this.#abort.signal.aborted) return;
    // From here on this process no longer owns the job, even where the write below fails and the lease has to expire.
    this.#abort.abort(this.#error('it was released'));
    const { store, job } = this.#options;
    const released = { ...this.#record, state: 'released' as const, renewedAt: this.#clock.wall() };
    await store.putIfVersion(leaseKey(job), encodeLease(released), this.#version);
    this.#options.onEvent?.({ kind: 'released', epoch: this.epoch });
  }

  async #renewAll(): Promise<void> {
    const ended = AbortSignal.any([this.#abort.signal, this.#stopRenewing.signal]);
    while (!ended.aborted) {
      try {
        await this.#clock.sleep(this.#options.settings.renew, ended);
      } catch {
        return;
      }
      try {
        await this.#renew();
      } catch (error) {
        this.#options.onEvent?.({ kind: 'renewal-failed', epoch: this.epoch, error });
      }
    }
  }

  async #renew(): Promise<void> {
    const { store, job, holder, settings } = this.#options;
    const from = this.#clock.monotonic();
    if (from >= this.#deadline) return this.#lose('it was not renewed in time');
    const next = { ...this.#record, renewal: this.#record.renewal + 1, renewedAt: this.#clock.wall() };
    const version = await store.putIfVersion(leaseKey(job), encodeLease(next), this.#version);
    if (this.#abort.signal.aborted) return;
    if (version !== undefined) {
      this.#record = next;
      this.#version = version;
      this.#deadline = holdsUntil(from, settings);
      this.#cancelDeadline();
      this.#cancelDeadline = this.#watchDeadline();
      this.#options.onEvent?.({ kind: 'renewed', epoch: this.epoch });
      return;
    }
    // The version is another one: somebody took the lease, or an earlier renewal whose answer was lost did succeed.
    const object = await store.getVersioned(leaseKey(job));
    const read = object && decodeLease(`${store.uri}/${leaseKey(job)}`, object.data);
    if (!object || !read || standing(read, holder, this.epoch) === 'lost') {
      return this.#lose(read ? `region ${read.owner} took it with epoch ${read.epoch}` : 'it was deleted');
    }
    this.#record = read;
    this.#version = object.version;
    // Its time still counts from the last renewal that is known to have succeeded, so the next one is due now.
    return this.#renew();
  }

  #watchDeadline(): () => void {
    return this.#clock.after(Math.max(0, this.#deadline - this.#clock.monotonic()), () =>
      this.#lose('it was not renewed in time'),
    );
  }

  #lose(why: string): void {
    if (this.#abort.signal.aborted) return;
    this.#cancelDeadline();
    this.#abort.abort(this.#error(why));
    this.#options.onEvent?.({ kind: 'lost', epoch: this.epoch });
  }

  #error(why: string) {
    const { store, job, region } = this.#options;
    return new StateError('HR-STATE-005', `${store.uri}/${leaseKey(job)}`, `region ${region} lost its lease: ${why}`, {
      mend: 'the job has stopped here; start it again and it waits for the lease',
    });
  }
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
