import type { Clock } from './clock.ts';
import { StateError } from './errors.ts';
import { holdsUntil, type LeaseSettings, standing } from './lease-decision.ts';
import { decodeLease, encodeLease, type LeaseRecord, leaseKey } from './lease-record.ts';
import type { ObjectStore } from './object-store.ts';
import type { Ownership } from './ownership.ts';

export type LeaseEvent =
  | {
      readonly kind: 'acquired';
      readonly epoch: number;
      readonly reason: 'created' | 'released' | 'expired' | 'adopted';
    }
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
  /** Milliseconds until the lease ends unless it is renewed; 0 once it is lost. */
  remaining(): number;
  /**
   * Begins a new epoch of the same owner: whatever runs under an earlier one may commit nothing any more.
   * @returns the new epoch. @throws StateError HR-STATE-005 when the lease is lost.
   */
  advance(): Promise<number>;
  /** Stops to renew it and leaves it as it is, for another process of this region to go on with; then `assertHeld` throws. */
  detach(): Promise<void>;
}

/** Renews a lease until it is released or lost. */
export class LeaseInHand implements HeldLease {
  readonly #options: LeaseOptions;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #stopRenewing = new AbortController();
  readonly #renewing: Promise<void>;
  #record: LeaseRecord;
  #version: string;
  #deadline: number;
  #cancelDeadline: () => void;
  /** The epoch of an advance whose outcome is not known. */
  #advancing: number | undefined;
  /** Writes of this process come one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LeaseOptions, clock: Clock, record: LeaseRecord, version: string, from: number) {
    this.#options = options;
    this.#clock = clock;
    this.#record = record;
    this.#version = version;
    this.#deadline = holdsUntil(from, options.settings);
    this.#cancelDeadline = this.#watchDeadline();
    this.#renewing = this.#renewAll();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get epoch() {
    return this.#record.epoch;
  }

  remaining(): number {
    return this.#abort.signal.aborted ? 0 : Math.max(0, this.#deadline - this.#clock.monotonic());
  }

  assertHeld(): void {
    // A process that was stopped and goes on reaches this line before its timers fire.
    if (this.#clock.monotonic() >= this.#deadline) this.#lose('it was not renewed in time');
    this.#abort.signal.throwIfAborted();
  }

  async release(): Promise<void> {
    // From here on this process no longer owns the job, even where the write below fails and the lease has to expire.
    if (!(await this.#end('it was released'))) return;
    const { store, job } = this.#options;
    const released = { ...this.#record, state: 'released' as const, renewedAt: this.#clock.wall() };
    await store.putIfVersion(leaseKey(job), encodeLease(released), this.#version);
    this.#options.onEvent?.({ kind: 'released', epoch: this.epoch });
  }

  async detach(): Promise<void> {
    await this.#end('another process goes on with it');
  }

  async advance(): Promise<number> {
    return this.#inTurn(async () => {
      this.assertHeld();
      const { store, job, settings } = this.#options;
      const from = this.#clock.monotonic();
      const at = this.#clock.wall();
      const next = { ...this.#record, epoch: this.epoch + 1, renewal: 0, acquiredAt: at, renewedAt: at };
      this.#advancing = next.epoch;
      const version = await store.putIfVersion(leaseKey(job), encodeLease(next), this.#version);
      if (version === undefined) {
        // Another's version, or an earlier write of this process whose answer was lost.
        if (!(await this.#readBack())) this.assertHeld();
        throw this.#error('it changed while a new epoch began');
      }
      this.#advancing = undefined;
      this.#take(next, version, holdsUntil(from, settings));
      this.#options.onEvent?.({ kind: 'renewed', epoch: this.epoch });
      return this.epoch;
    });
  }

  /** @returns false when the lease was lost already. */
  async #end(why: string): Promise<boolean> {
    this.#stopRenewing.abort();
    // A renewal that hangs in the store ends with the lease at the latest.
    await Promise.race([this.#renewing, aborted(this.#abort.signal)]);
    this.#cancelDeadline();
    if (this.#abort.signal.aborted) return false;
    this.#abort.abort(this.#error(why));
    return true;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work, work);
    this.#turn = next.catch(() => {});
    return next;
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
        await this.#inTurn(() => this.#renew());
      } catch (error) {
        this.#options.onEvent?.({ kind: 'renewal-failed', epoch: this.epoch, error });
      }
    }
  }

  async #renew(): Promise<void> {
    const { store, job, settings } = this.#options;
    const from = this.#clock.monotonic();
    if (from >= this.#deadline) return this.#lose('it was not renewed in time');
    const next = { ...this.#record, renewal: this.#record.renewal + 1, renewedAt: this.#clock.wall() };
    const version = await store.putIfVersion(leaseKey(job), encodeLease(next), this.#version);
    if (this.#abort.signal.aborted) return;
    if (version !== undefined) {
      this.#take(next, version, holdsUntil(from, settings));
      this.#options.onEvent?.({ kind: 'renewed', epoch: this.epoch });
      return;
    }
    // Its time still counts from the last renewal that is known to have succeeded, so the next one is due now.
    if (await this.#readBack()) return this.#renew();
  }

  #take(record: LeaseRecord, version: string, deadline: number): void {
    this.#record = record;
    this.#version = version;
    this.#deadline = deadline;
    this.#cancelDeadline();
    this.#cancelDeadline = this.#watchDeadline();
  }

  /**
   * After a write that found another version: somebody took the lease, or an earlier write whose answer was lost did
   * succeed. @returns whether it is still this holder's; otherwise it counts as lost.
   */
  async #readBack(): Promise<boolean> {
    const { store, job, holder } = this.#options;
    const object = await store.getVersioned(leaseKey(job));
    const read = object && decodeLease(`${store.uri}/${leaseKey(job)}`, object.data);
    const ours = [this.epoch, this.#advancing].some(
      (epoch) => epoch !== undefined && standing(read, holder, epoch) === 'ours',
    );
    if (!object || !read || !ours) {
      this.#lose(read ? `region ${read.owner} took it with epoch ${read.epoch}` : 'it was deleted');
      return false;
    }
    this.#record = read;
    this.#version = object.version;
    return true;
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
