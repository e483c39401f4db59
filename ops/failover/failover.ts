import { randomBytes } from 'node:crypto';
import { EMPTY_HEAD, names } from '../../runtime/state/restore-point.ts';
import { findRestorePoint, readHead, sealRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Versioned } from '../job/record-store.ts';
import type { FailoverOptions } from './failover-options.ts';
import type { SharedJob } from './places.ts';
import { type Failover, hasEnded, readFailover, writeFailover } from './record.ts';
import { startFrom } from './start-from.ts';
import { copied, hold, stopped } from './waits.ts';

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

async function leased(options: FailoverOptions, failover: Failover): Promise<Failover> {
  const { epoch } = await hold(options);
  return { ...failover, step: 'leased', epoch, leasedAt: Date.now() };
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
