import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { cancelJob } from './cluster.ts';
import { type JobContext, now } from './context.ts';
import { mendOf } from './explain.ts';
import { awaitHealth } from './health.ts';
import { readRecord, type Versioned, writeRecord } from './record-store.ts';
import {
  type Deployed,
  deployedKey,
  deployedSchema,
  hasEnded,
  type Upgrade,
  upgradeKey,
  upgradeSchema,
} from './records.ts';
import { listSnapshots, newestSnapshot } from './snapshots.ts';
import { forgetJars, start } from './start.ts';
import { stopWithSavepoint } from './stop.ts';

/** Jobs whose snapshots are passed over; older ones have none any more. */
const REMEMBERED = 20;

export const readUpgrade = (context: JobContext) => readRecord(context.store, upgradeKey(context.name), upgradeSchema);
export const readDeployed = (context: JobContext) =>
  readRecord(context.store, deployedKey(context.name), deployedSchema);

/**
 * Does what is left of a change. Every step can be repeated: jobs have ids that were chosen before, the savepoint has a
 * directory of its own, and records are replaced only by who has read them. So a process that dies leaves the next call a
 * whole state, and two at once do the same work and one of them goes on.
 */
export async function drive(context: JobContext, begun: Versioned<Upgrade>): Promise<Upgrade> {
  let current = begun;
  while (!hasEnded(current.value)) {
    context.signal.throwIfAborted();
    const next = await take(context, current.value);
    const written = await writeRecord(context.store, upgradeKey(context.name), { ...next, at: now() }, current);
    const seen = written ?? (await readUpgrade(context));
    // Another call took over and began something else.
    if (!seen || seen.value.id !== begun.value.id) return next;
    current = seen;
  }
  return current.value;
}

/** Takes one step. @returns the change as it stands then. */
async function take(context: JobContext, upgrade: Upgrade): Promise<Upgrade> {
  switch (upgrade.step) {
    case 'stopping':
      return stop(context, upgrade);
    case 'starting':
      return startNew(context, upgrade);
    case 'checking':
      return check(context, upgrade);
    case 'rolling-back':
      return rollBack(context, upgrade);
    case 'checking-old':
      return checkOld(context, upgrade);
    default:
      return upgrade;
  }
}

async function stop(context: JobContext, upgrade: Upgrade): Promise<Upgrade> {
  const old = upgrade.stop ?? '';
  context.say(`stops job ${old} with a savepoint`);
  const stopped = await stopWithSavepoint(context, old, `${context.places.savepoints}/upgrade-${upgrade.id}`);
  if (stopped.kind === 'refused') return { ...upgrade, step: 'aborted', reason: stopped.reason };
  if (stopped.kind === 'savepoint') {
    context.say(`savepoint ${stopped.uri}`);
    return { ...upgrade, step: 'starting', savepoint: stopped.uri };
  }
  const newest = newestSnapshot(await listSnapshots(context.store, context.places), upgrade.from?.abandoned ?? []);
  const savepoint = newest ? context.places.uriOf(newest.key) : (upgrade.from?.startedFrom ?? null);
  context.say(
    `job ${old} took no savepoint (${stopped.how}); ${savepoint === null ? 'there is no snapshot: the new one starts empty' : `the new one starts from ${savepoint}`}`,
  );
  return { ...upgrade, step: 'starting', savepoint };
}

async function startNew(context: JobContext, upgrade: Upgrade): Promise<Upgrade> {
  context.say(`starts job ${upgrade.newJobId} ${upgrade.savepoint === null ? 'empty' : `from ${upgrade.savepoint}`}`);
  const refusal = await start(context, upgrade.to, {
    jobId: upgrade.newJobId,
    savepoint: upgrade.savepoint,
    // Positions in another Kafka are left behind.
    allowNonRestoredState: upgrade.to.specification.source.kafka?.startingTime !== undefined,
  });
  return refusal === undefined ? { ...upgrade, step: 'checking' } : fallBack(context, upgrade, refusal, 0);
}

async function check(context: JobContext, upgrade: Upgrade): Promise<Upgrade> {
  const health = await awaitHealth(context, upgrade.newJobId);
  if (health.kind === 'broken') return fallBack(context, upgrade, health.reason, health.completed);
  await record(context, {
    ...upgrade.to,
    format: 1,
    planHash: upgrade.to.specification.plan.hash,
    jobId: upgrade.newJobId,
    startedFrom: upgrade.savepoint,
    at: now(),
    abandoned: upgrade.from?.abandoned ?? [],
    ...(upgrade.lastFailure ? { lastFailure: upgrade.lastFailure } : {}),
  });
  await forgetJars(context, [upgrade.to.jar, ...(upgrade.from ? [upgrade.from.jar] : [])]);
  return { ...upgrade, step: 'done' };
}

/** The new version did not come up: back to the old one where there is one that is another. */
async function fallBack(context: JobContext, upgrade: Upgrade, reason: string, completed: number): Promise<Upgrade> {
  const failed = { ...upgrade, reason, newVersionCheckpoints: completed };
  if (upgrade.from && upgrade.from.identity !== upgrade.to.identity) {
    context.say(`the new version did not come up: ${reason}`);
    return { ...failed, step: 'rolling-back' };
  }
  // It stays as it is: what it waits for may come. The record lets the next call recognize it.
  await record(context, {
    ...upgrade.to,
    format: 1,
    planHash: upgrade.to.specification.plan.hash,
    jobId: upgrade.newJobId,
    startedFrom: upgrade.savepoint,
    at: now(),
    abandoned: upgrade.from?.abandoned ?? [],
    ...(upgrade.lastFailure ? { lastFailure: upgrade.lastFailure } : {}),
  });
  return { ...failed, step: 'failed' };
}

async function rollBack(context: JobContext, upgrade: Upgrade): Promise<Upgrade> {
  const from = upgrade.from as Deployed;
  await cancelJob(context, upgrade.newJobId);
  context.say(
    `starts the version before as job ${upgrade.oldJobId} ${upgrade.savepoint === null ? 'empty' : `from ${upgrade.savepoint}`}`,
  );
  const refusal = await start(context, from, { jobId: upgrade.oldJobId, savepoint: upgrade.savepoint });
  if (refusal !== undefined) throw lostBoth(context, upgrade, refusal);
  return { ...upgrade, step: 'checking-old' };
}

async function checkOld(context: JobContext, upgrade: Upgrade): Promise<Upgrade> {
  const from = upgrade.from as Deployed;
  const health = await awaitHealth(context, upgrade.oldJobId);
  if (health.kind === 'broken') throw lostBoth(context, upgrade, health.reason);
  const { lastFailure: _, ...rest } = from;
  await record(context, {
    ...rest,
    jobId: upgrade.oldJobId,
    startedFrom: upgrade.savepoint,
    at: now(),
    abandoned: [...from.abandoned, upgrade.newJobId].slice(-REMEMBERED),
  });
  return { ...upgrade, step: 'rolled-back' };
}

function lostBoth(context: JobContext, upgrade: Upgrade, reason: string): CommandError {
  const mend = mendOf(reason);
  return new CommandError(
    'HR-JOB-006',
    `job ${context.name}`,
    `the new version did not come up (${upgrade.reason ?? ''}), and the one before does not either: ${reason}`,
    {
      exitCode: EXIT.failed,
      mend: `${mend ? `${mend}; then ` : ''}run the same command again: it goes on with the rollback from ${upgrade.savepoint ?? 'an empty state'}`,
    },
  );
}

/** Says what runs; of two that do the same work one writes. */
async function record(context: JobContext, deployed: Deployed): Promise<void> {
  for (;;) {
    const before = await readDeployed(context);
    if (before?.value.jobId === deployed.jobId && before.value.identity === deployed.identity) return;
    if (await writeRecord(context.store, deployedKey(context.name), deployed, before)) return;
  }
}
