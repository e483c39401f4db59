import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { FlinkRest } from '../../runtime/remote/index.ts';
import type { Clock } from '../../runtime/state/clock.ts';
import { type HeldLease, Lease } from '../../runtime/state/lease.ts';
import { encodePermit, permitKey } from '../../runtime/state/permit.ts';
import { jobEnded, jobsNamed } from '../job/cluster.ts';
import type { Versioned } from '../job/record-store.ts';
import { type Duty, dutyOf } from './duty.ts';
import { lostPermit, PermitKeeper } from './permit-keeper.ts';
import type { SharedJob } from './places.ts';
import { type Failover, readFailover } from './record.ts';

/** Looks at the lease for so many renewals before a silent owner of the own region counts as gone. */
const SILENT_RENEWALS = 2;
/** Between two looks at what the standbys have. Milliseconds. */
const PERMIT_MS = 1_000;

export interface OwnerOptions {
  readonly shared: SharedJob;
  readonly say: (line: string) => void;
  /** The lease is gone, without this process having ended it. */
  readonly onLost: () => void;
  /** Of the lease. */
  readonly clock?: Clock;
}

/** Unique to this process. */
export const holderName = (region: string) =>
  `${region}-${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;

/** A region's part in a job that several share: takes the lease, keeps the permit, and knows what is to be done. */
export class Owner {
  readonly lease: Lease;
  readonly #options: OwnerOptions;
  readonly #holder: string;
  #held: HeldLease | undefined;
  #keeper: PermitKeeper | undefined;
  /** The epoch of a lease that ended without this process's doing: its job is to be stopped. */
  #lostEpoch: number | undefined;
  /** The last thing that was said about a failing store. */
  #said: string | undefined;

  constructor(options: OwnerOptions) {
    this.#options = options;
    const { shared } = options;
    this.#holder = holderName(shared.region.name);
    this.lease = new Lease({
      store: shared.leases,
      job: shared.name,
      region: shared.region.name,
      holder: this.#holder,
      settings: shared.settings,
      ...(options.clock ? { clock: options.clock } : {}),
      onEvent: (event) => {
        if (event.kind === 'acquired') options.say(`holds the lease: ${event.reason}, epoch ${event.epoch}`);
        if (event.kind === 'renewal-failed') this.#complain('the lease was not renewed', event.error);
      },
    });
  }

  /** The lease, while this process has it. */
  get held(): HeldLease | undefined {
    return this.#held?.signal.aborted ? undefined : this.#held;
  }

  /** Looks at the lease and at a failover under way. */
  async duty(): Promise<{ readonly duty: Duty; readonly failover: Versioned<Failover> | undefined }> {
    const { shared } = this.#options;
    const record = await this.lease.look();
    const failover = await readFailover(shared.leases, shared.name);
    const duty = dutyOf({
      region: shared.region.name,
      role: shared.region.role,
      holding: this.held !== undefined,
      lease: record,
      abandoned: (this.lease.still ?? 0) >= SILENT_RENEWALS * shared.settings.renew,
      expired: this.lease.expired,
      failover: failover?.value,
      automatic: shared.automatic,
    });
    return { duty, failover };
  }

  /** @returns undefined when the lease went elsewhere. */
  async take(how: 'acquire' | 'adopt'): Promise<HeldLease | undefined> {
    const held = how === 'adopt' ? await this.lease.adopt() : await this.lease.tryAcquire();
    if (held) this.hold(held);
    return held;
  }

  /** Goes on with a lease that this process took: the job here gets its permit. */
  hold(held: HeldLease): void {
    const { shared, say, onLost } = this.#options;
    this.#held = held;
    this.#lostEpoch = undefined;
    this.#keeper = new PermitKeeper({
      job: shared.name,
      lease: held,
      leases: shared.leases,
      store: shared.store,
      standbys: shared.standbys,
      every: Math.min(PERMIT_MS, shared.settings.renew),
      onFailure: (error) => this.#complain('the permit was not written', error),
    });
    held.signal.addEventListener('abort', () => {
      // Ended by this process: it knows what it does.
      if (this.#held !== held) return;
      this.#lostEpoch = held.epoch;
      say(`lost the lease: ${(held.signal.reason as Error).message}`);
      onLost();
    });
  }

  /**
   * Ends a job that runs here without the lease. Nothing is waited for: a Flink that does not answer is asked at the next
   * look, and its job commits nothing meanwhile.
   */
  async standDown(rest: FlinkRest): Promise<void> {
    const { shared, say } = this.#options;
    const { name, store } = shared;
    for (const { jid, state } of jobsNamed(await rest.listJobs().catch(() => []), name)) {
      if (jobEnded(state)) continue;
      say(`job ${jid} runs here without the lease: it is canceled`);
      await rest.cancel(jid).catch(() => {});
    }
    const seen = await this.lease.look().catch(() => undefined);
    const permit = encodePermit(lostPermit(name, Math.max(this.#lostEpoch ?? 0, seen?.epoch ?? 0)));
    const before = await store.get(permitKey(name));
    if (before === undefined || !Buffer.from(before).equals(permit)) await store.put(permitKey(name), permit);
    this.#lostEpoch = undefined;
  }

  /** After a loss: whether the job here must end before anything else is known. A process of this region may have the lease. */
  async mustStandDown(): Promise<boolean> {
    if (this.#lostEpoch === undefined) return false;
    const record = await this.lease.look().catch(() => undefined);
    const sibling = record?.owner === this.#options.shared.region.name && record.holder !== this.#holder;
    if (sibling) this.#lostEpoch = undefined;
    return !sibling;
  }

  /** Gives the lease back; the job must have ended. */
  async release(): Promise<void> {
    const held = this.#end();
    await this.#keeper?.stop(true);
    await held?.release();
  }

  /** Leaves the lease as it is, for the next process of this region. @param lost the job here is to commit no more. */
  async detach(lost = false): Promise<void> {
    const held = this.#end();
    await this.#keeper?.stop(lost);
    await held?.detach();
  }

  #end(): HeldLease | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  #complain(what: string, error: unknown): void {
    const line = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    if (line !== this.#said) this.#options.say(line);
    this.#said = line;
  }
}
