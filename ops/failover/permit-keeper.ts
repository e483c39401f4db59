import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldLease } from '../../runtime/state/lease.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import {
  type Acknowledgement,
  acknowledgementKey,
  decodeAcknowledgement,
  encodePermit,
  type Permit,
  permitKey,
  replicatedUpTo,
} from '../../runtime/state/permit.ts';

export interface PermitKeeperOptions {
  readonly job: string;
  readonly lease: HeldLease;
  /** The lease region's store, with the acknowledgements of standbys. */
  readonly leases: Pick<ObjectStore, 'get'>;
  /** This region's own, which its job reads. */
  readonly store: Pick<ObjectStore, 'put'>;
  /** Regions that must have a restore point before its outputs are committed; none: the lease is enough. */
  readonly standbys: readonly string[];
  /** Milliseconds between two looks. */
  readonly every: number;
  readonly onFailure: (error: unknown) => void;
}

/** Tells the job in this region what it may commit, for as long as the lease is held. */
export class PermitKeeper {
  readonly #options: PermitKeeperOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #last: Permit | undefined;

  constructor(options: PermitKeeperOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** The newest permit that was written. */
  get last(): Permit | undefined {
    return this.#last;
  }

  /** Writes no more. @param lost says so in the permit: the job of this region is not to commit again. */
  async stop(lost: boolean): Promise<void> {
    this.#stop.abort();
    await this.#running;
    if (lost)
      await this.#write(lostPermit(this.#options.job, this.#options.lease.epoch)).catch(this.#options.onFailure);
  }

  async #run(): Promise<void> {
    const { lease, every, onFailure } = this.#options;
    const ended = AbortSignal.any([this.#stop.signal, lease.signal]);
    while (!ended.aborted) {
      await this.#look().catch(onFailure);
      await sleep(every, undefined, { signal: ended }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { job, lease, leases, standbys } = this.#options;
    const { epoch } = lease;
    const acknowledged = await Promise.all(standbys.map((region) => this.#acknowledged(leases, region)));
    const remaining = lease.remaining();
    if (remaining === 0) return;
    await this.#write({
      format: 1,
      job,
      epoch,
      state: 'held',
      commit: standbys.length > 0 ? 'replicated' : 'local',
      checkpoint: replicatedUpTo(epoch, acknowledged),
      until: Math.floor(Date.now() + remaining),
    });
  }

  async #acknowledged(leases: Pick<ObjectStore, 'get'>, region: string): Promise<Acknowledgement | undefined> {
    const data = await leases.get(acknowledgementKey(this.#options.job, region));
    return data && decodeAcknowledgement(data);
  }

  async #write(permit: Permit): Promise<void> {
    // Written for what it newly allows: another checkpoint, another epoch, or a lease that was renewed.
    const { until: before, ...rest } = this.#last ?? { until: 0 };
    const { until, ...now } = permit;
    if (JSON.stringify(rest) === JSON.stringify(now) && until - before < this.#options.every) return;
    await this.#options.store.put(permitKey(permit.job), encodePermit(permit));
    this.#last = permit;
  }
}

/** What a region without the lease says to jobs that run in it all the same. */
export const lostPermit = (job: string, epoch: number): Permit => ({
  format: 1,
  job,
  epoch,
  state: 'lost',
  commit: 'local',
  checkpoint: null,
  until: 0,
});
