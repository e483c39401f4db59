import { randomBytes } from 'node:crypto';
import type { JobSpecification } from '../../runtime/remote/index.ts';
import { systemClock } from '../../runtime/state/clock.ts';
import type { HeldLease } from '../../runtime/state/lease.ts';
import { EMPTY_HEAD, names } from '../../runtime/state/restore-point.ts';
import {
  findRestorePoint,
  listRestorePoints,
  readHead,
  sealRestorePoints,
} from '../../runtime/state/restore-point-catalog.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { JobContext } from '../job/context.ts';
import type { Versioned } from '../job/record-store.ts';
import type { Owner } from './owner.ts';
import type { SharedJob } from './places.ts';
import { type Failover, hasEnded, readFailover, writeFailover } from './record.ts';
import { startFrom } from './start-from.ts';

const POLL_MS = 200;
/** Renewals for which a process of this region must be silent before its lease is gone on with. */
const SILENT_RENEWALS = 2;

export interface FailoverOptions {
  /** Of the region that takes the job. */
  readonly shared: SharedJob;
  readonly owner: Owner;
  readonly specification: JobSpecification;
  /** Path of the bridge. */
  readonly jar: string;
  readonly planHash: string;
  readonly planned: boolean;
  /** The cluster that the job is started on, under a lease. */
  readonly jobOf: (held: HeldLease) => Promise<JobContext>;
  /** Copies from the old region's store once, where this process can; otherwise the replicator of this region does. */
  readonly copy?: ((from: string) => Promise<void>) | undefined;
  /** Milliseconds that each of these may take: the old region's stop, the copy, the lease. */
  readonly wait: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Moves the job to a region. Every step is written before the next begins, and can be repeated: a call that finds one
 * under way goes on with it.
 *
 * The order is that of `takeOver`, and so is the proof: lease, seal, choice. With `dr.commit: replicated` the old owner
 * commits checkpoint n only once restore point n is here, hence n <= m, the one that is chosen after the seal: all that it
 * committed, or commits yet when it wakes, is in m.
 *
 * @returns undefined when the region has the job already.
 * @throws CommandError HR-FAILOVER-…, StateError HR-STATE-005, HR-STATE-006, HR-STATE-007
 */
export async function runFailover(options: FailoverOptions): Promise<Failover | undefined> {
  const { owner } = options;
  let current = await begin(options);
  if (!current) return undefined;
  try {
    while (!hasEnded(current.value)) {
      options.signal.throwIfAborted();
      current = await step(options, current);
    }
    return current.value;
  } finally {
    // The region's supervisor goes on with it, or another call of this.
    await owner.detach();
  }
}

/** The failover to work on: one under way, or a new one. */
async function begin(options: FailoverOptions): Promise<Versioned<Failover> | undefined> {
  const { shared, owner, planned, planHash, say } = options;
  const { name, leases, region, store } = shared;
  const before = await readFailover(leases, name);
  if (before && !hasEnded(before.value)) {
    if (before.value.to !== region.name) throw another(before.value);
    say(`goes on with the failover of ${new Date(before.value.requestedAt).toISOString()}: it is ${before.value.step}`);
    if (planned || !before.value.planned || before.value.step !== 'requested') return before;
    // The old region did not answer, so it is not waited for any more.
    return (await writeFailover(leases, { ...before.value, planned: false }, before)) ?? begin(options);
  }
  const lease = await owner.lease.look();
  if (lease?.owner === region.name) return undefined;
  if (planned && !lease) {
    throw new CommandError('HR-FAILOVER-004', `job ${name}`, 'no region has it, so none can hand it over', {
      mend: 'let headrace job supervise start it in the active region',
    });
  }
  // Refused before anything is changed. The lease's time runs meanwhile, from the look above.
  if (!planned) verified.set(options, await findRestorePoint(store, name, planHash));
  const failover: Failover = {
    format: 1,
    id: randomBytes(6).toString('hex'),
    job: name,
    to: region.name,
    from: lease?.owner ?? null,
    planned,
    step: 'requested',
    planHash,
    requestedAt: Date.now(),
    at: Date.now(),
  };
  say(`asks for the job: region ${lease?.owner ?? 'none'} has it`);
  return (await writeFailover(leases, failover, before)) ?? begin(options);
}

async function step(options: FailoverOptions, current: Versioned<Failover>): Promise<Versioned<Failover>> {
  const { leases, name } = options.shared;
  const { value } = current;
  if (value.planned && value.step === 'requested') return stopped(options, current);
  const next = await advance(options, value);
  const written = await writeFailover(leases, next, current);
  if (written) return written;
  const seen = await readFailover(leases, name);
  if (seen?.value.id === value.id) return seen;
  throw new CommandError('HR-FAILOVER-003', `job ${name}`, 'another failover began meanwhile', {
    exitCode: EXIT.failed,
  });
}

async function advance(options: FailoverOptions, failover: Failover): Promise<Failover> {
  const { shared, say } = options;
  const { name, store } = shared;
  switch (failover.step) {
    case 'requested':
      return leased(options, failover);
    case 'stopped':
      await copied(options, failover.stopped?.directory ?? '');
      return leased(options, failover);
    case 'leased': {
      const held = await hold(options);
      await sealRestorePoints(store, name, held.epoch);
      return { ...failover, step: 'sealed', epoch: held.epoch };
    }
    case 'sealed': {
      await hold(options);
      const { key, point, passedOver } = await chosen(options);
      const directory = point.flink?.directory;
      if (directory === undefined) {
        throw new CommandError(
          'HR-FAILOVER-007',
          `${store.uri}/${key}`,
          'this restore point is not of a job on Flink',
          {
            exitCode: EXIT.failed,
            mend: 'it is of the embedded engine: give that job another name',
          },
        );
      }
      for (const { key: over, reason } of passedOver) say(`passes over ${over}: ${reason}`);
      say(`goes on from checkpoint ${point.checkpoint} of epoch ${point.epoch}`);
      const { checkpoint, epoch, triggeredAt } = point;
      return {
        ...failover,
        step: 'chosen',
        point: { key, directory, checkpoint, epoch, triggeredAt, passedOver: [...passedOver] },
      };
    }
    default: {
      const held = await hold(options);
      const { directory = '', triggeredAt = 0 } = failover.point ?? {};
      const { overlap } = options.shared;
      const jobId = await startFrom(await options.jobOf(held), options, { directory, triggeredAt, overlap });
      return { ...failover, step: 'done', jobId, epoch: held.epoch, upAt: Date.now() };
    }
  }
}

/** What was read and found whole before the lease was taken: state may be large, and nothing runs now. */
const verified = new WeakMap<FailoverOptions, Awaited<ReturnType<typeof findRestorePoint>>>();

async function chosen(options: FailoverOptions) {
  const { store, name } = options.shared;
  const before = verified.get(options);
  const newest = (await readHead(store, name)).points[0];
  const same =
    newest && before && before.passedOver.length === 0 && names({ ...EMPTY_HEAD, points: [newest] }, before.point);
  return same ? before : findRestorePoint(store, name, options.planHash);
}

/** Waits for the old region's supervisor, which stops the job and gives the lease back. */
async function stopped(options: FailoverOptions, asked: Versioned<Failover>): Promise<Versioned<Failover>> {
  const { shared, wait, signal, say } = options;
  const until = Date.now() + wait;
  say(`waits for region ${asked.value.from} to stop the job with a savepoint`);
  for (;;) {
    const seen = await readFailover(shared.leases, shared.name);
    if (!seen || seen.value.id !== asked.value.id)
      throw new CommandError('HR-FAILOVER-003', `job ${shared.name}`, 'the failover was cancelled', {
        exitCode: EXIT.failed,
      });
    if (seen.value.step !== 'requested') return seen;
    if (Date.now() >= until) {
      throw new CommandError(
        'HR-FAILOVER-005',
        `region ${asked.value.from}`,
        `its supervisor has not stopped the job: ${seen.value.trouble ?? 'it does not answer'}`,
        {
          exitCode: EXIT.failed,
          mend: 'call again without --planned to go on from the newest restore point, or with --cancel',
        },
      );
    }
    await systemClock.sleep(POLL_MS, signal);
  }
}

/** Waits until the old region's last snapshot is a restore point here. */
async function copied(options: FailoverOptions, directory: string): Promise<void> {
  const { shared, wait, signal, say, copy } = options;
  const until = Date.now() + wait;
  say(`waits for the copy of ${directory}`);
  let trouble = 'does headrace replicate run here?';
  for (;;) {
    const points = await listRestorePoints(shared.store, shared.name);
    if (points.some(({ point }) => point?.flink?.directory === directory)) return;
    try {
      await copy?.(directory);
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() >= until) {
      throw new CommandError('HR-FAILOVER-005', shared.store.uri, `${directory} has not been copied: ${trouble}`, {
        exitCode: EXIT.failed,
        mend: 'the same command goes on; with --cancel the old region does',
      });
    }
    await systemClock.sleep(POLL_MS, signal);
  }
}

async function leased(options: FailoverOptions, failover: Failover): Promise<Failover> {
  const { epoch } = await hold(options);
  return { ...failover, step: 'leased', epoch, leasedAt: Date.now() };
}

/** The lease for this region: held already, gone on with after an interrupted call, or taken once it is free. */
async function hold({ shared, owner, wait, signal, say }: FailoverOptions): Promise<HeldLease> {
  if (owner.held) return owner.held;
  const until = Date.now() + wait;
  for (let look = 1; ; look++) {
    const record = await owner.lease.look();
    const mine = record?.owner === shared.region.name && record.state === 'held';
    const silent = (owner.lease.still ?? 0) >= SILENT_RENEWALS * shared.settings.renew;
    const held = mine ? silent && (await owner.take('adopt')) : await owner.take('acquire');
    if (held) return held;
    if (look === 1) say(`waits for the lease: region ${record?.owner} has it, and gives it back or loses it`);
    if (Date.now() >= until) {
      throw new CommandError(
        'HR-FAILOVER-005',
        `${shared.leases.uri}`,
        `the lease is not free: ${record?.owner} renews it`,
        {
          exitCode: EXIT.failed,
          mend: `its supervisor is another version, or another process of this region is at work; the same command goes on`,
        },
      );
    }
    await systemClock.sleep(Math.min(POLL_MS, shared.settings.renew), signal);
  }
}

/** Ends a failover that has not taken the lease yet: the old region goes on. @throws CommandError HR-FAILOVER-004 */
export async function cancelFailover(shared: Pick<SharedJob, 'leases' | 'name'>): Promise<Failover> {
  for (;;) {
    const before = await readFailover(shared.leases, shared.name);
    if (!before || !['requested', 'stopped'].includes(before.value.step)) {
      throw new CommandError(
        'HR-FAILOVER-004',
        `job ${shared.name}`,
        before && !hasEnded(before.value)
          ? `the failover is ${before.value.step}: it can only go on`
          : 'no failover is under way',
        { exitCode: EXIT.failed },
      );
    }
    const written = await writeFailover(shared.leases, { ...before.value, step: 'cancelled' }, before);
    if (written) return written.value;
  }
}

const another = ({ job, to, step: at }: Failover) =>
  new CommandError('HR-FAILOVER-003', `job ${job}`, `a failover to region ${to} is under way: it is ${at}`, {
    exitCode: EXIT.failed,
    mend: `finish it with headrace failover --to ${to}, or end it with --cancel while it has not taken the lease`,
  });
