import { randomBytes } from 'node:crypto';
import { VERSIONS } from '../../config/index.ts';
import type { JobSpecification } from '../../runtime/remote/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { cancelJob, jobEnded, observeJobs } from './cluster.ts';
import { type JobContext, now, patience } from './context.ts';
import { awaitHealth, type Health } from './health.ts';
import { patiently, pause } from './patience.ts';
import { type RestoreTest, restoreTestKey, type Version } from './records.ts';
import { listSnapshots, newestSnapshot, type Snapshot } from './snapshots.ts';
import { start } from './start.ts';
import { restoredState, type StateDigest } from './state-digest.ts';
import { isComplete } from './stop.ts';
import { readDeployed } from './upgrade.ts';

export interface RestoreTestResult extends RestoreTest {
  /** Where the result is. */
  readonly record: string;
}

/** The job that restores and does nothing else. */
export const rehearsalOf = (specification: JobSpecification): JobSpecification => ({
  ...specification,
  name: `${specification.name}-restore-test`,
  rehearsal: true,
  // One slot is enough to read all of the state.
  parallelism: 1,
});

const ATTEMPTS = 3;
/** More than the time between two heartbeats, 10 s where nothing else is set. */
const DIGEST_MS = 25_000;

/**
 * The snapshot to test. A running job deletes its checkpoints as newer ones complete, so that one may vanish while it is
 * restored; then a savepoint, which does not, is taken where there is one.
 */
export function snapshotToTest(
  snapshots: readonly Snapshot[],
  abandoned: readonly string[],
  attempt: number,
): Snapshot | undefined {
  const savepoints = snapshots.filter(({ kind }) => kind === 'savepoint');
  return (attempt > 1 ? newestSnapshot(savepoints, abandoned) : undefined) ?? newestSnapshot(snapshots, abandoned);
}

/**
 * Restores the newest snapshot as a second job, and clears it away, whatever comes of it.
 * @param given the version to restore with where no record says what runs.
 * @throws CommandError HR-JOB-008 without a snapshot, HR-JOB-001 without free slots.
 */
export async function testRestore(context: JobContext, given: () => Promise<Version>): Promise<RestoreTestResult> {
  const deployed = (await readDeployed(context))?.value;
  const version = deployed ?? (await given());
  const specification = rehearsalOf(version.specification);
  const rehearsal: JobContext = { ...context, name: specification.name };
  for (let attempt = 1; ; attempt++) {
    await clearAway(rehearsal, context);
    await awaitFreeSlots(context, specification.parallelism);
    const found = await listSnapshots(context.store, context.places);
    const chosen = snapshotToTest(found, deployed?.abandoned ?? [], attempt) ?? noSnapshot(context);
    const test = await testOne(context, rehearsal, { ...version, specification }, chosen);
    if (!test.ok && attempt < ATTEMPTS && !(await isComplete(context, chosen.key))) {
      context.say(`the job has deleted ${test.snapshot} meanwhile, for newer ones; once more`);
      continue;
    }
    const key = restoreTestKey(context.name, test.at.replaceAll(':', '-'));
    await context.store.put(key, new TextEncoder().encode(`${JSON.stringify(test, null, 2)}\n`));
    return { ...test, record: `${context.store.uri}/${key}` };
  }
}

function noSnapshot({ store, name }: JobContext): never {
  throw new CommandError('HR-JOB-008', store.uri, `there is no savepoint or checkpoint of ${name}`, {
    exitCode: EXIT.failed,
    mend: 'look at headrace status: without a checkpoint nothing can be restored',
  });
}

async function testOne(
  context: JobContext,
  rehearsal: JobContext,
  version: Version,
  { key, kind, at }: Snapshot,
): Promise<RestoreTest> {
  const snapshot = context.places.uriOf(key);
  const begun = Date.now();
  const jobId = randomBytes(16).toString('hex');
  try {
    context.say(`restores ${snapshot} as job ${jobId}`);
    const { reason, stateSize, state } = await restore(rehearsal, version, jobId, snapshot, context.name);
    return {
      format: 1,
      ok: reason === undefined,
      snapshot,
      kind,
      identity: version.identity,
      planHash: version.specification.plan.hash,
      duration: Date.now() - begun,
      ...(stateSize === undefined ? {} : { stateSize }),
      ...(state === undefined ? {} : { state }),
      age: Math.max(0, begun - at),
      ...(reason === undefined ? {} : { reason }),
      headrace: VERSIONS.headrace,
      at: now(),
    };
  } finally {
    await clearAway({ ...rehearsal, signal: new AbortController().signal }, context);
  }
}

async function restore(
  context: JobContext,
  version: Version,
  jobId: string,
  savepoint: string,
  keptUnder: string,
): Promise<{ readonly reason?: string; readonly stateSize?: number; readonly state?: StateDigest }> {
  const refusal = await start(context, version, {
    jobId,
    savepoint,
    jarOf: keptUnder,
    allowNonRestoredState: true,
    configuration: {
      'execution.checkpointing.dir': context.places.uriOf(context.places.restoreTests),
      'execution.checkpointing.savepoint-dir': context.places.uriOf(context.places.restoreTests),
      'execution.checkpointing.externalized-checkpoint-retention': 'NO_EXTERNALIZED_CHECKPOINTS',
    },
  });
  if (refusal !== undefined) return { reason: refusal };
  const health: Health = await awaitHealth(context, jobId);
  if (health.kind === 'broken') return { reason: health.reason };
  const { counts, latest } = await patiently('reads checkpoints', patience(context), () =>
    context.rest.checkpoints(jobId),
  );
  if (counts.restored < 1 || !latest.restored) return { reason: 'the job came up, but restored nothing' };
  const state = await awaitDigest(context, jobId);
  return {
    ...(latest.completed ? { stateSize: latest.completed.state_size } : {}),
    ...(state === undefined ? {} : { state }),
  };
}

/** A TaskManager tells accumulators with its heartbeats. The bridge of an older version has none. */
async function awaitDigest(context: JobContext, jobId: string): Promise<StateDigest | undefined> {
  const limit = patience(context);
  const until = Math.min(limit.until, Date.now() + DIGEST_MS);
  for (;;) {
    const state = await patiently('reads the digest', limit, () => restoredState(context.rest, jobId));
    if (state !== undefined || Date.now() >= until) return state;
    context.progress('waits for the digest of the restored state');
    await pause(limit);
  }
}

/** Ends jobs of the test, also those that an earlier, killed test left, and removes all that they wrote. */
async function clearAway(rehearsal: JobContext, { places, store }: JobContext): Promise<void> {
  for (const { jid, state } of await observeJobs(rehearsal)) if (!jobEnded(state)) await cancelJob(rehearsal, jid);
  const written: string[] = [];
  for await (const { key } of store.list(`${places.restoreTests}/`)) written.push(key);
  for (const key of written) await store.delete(key);
}

/** The test runs beside the job: it takes no slot from it. */
async function awaitFreeSlots(context: JobContext, needed: number): Promise<void> {
  const limit = patience(context);
  for (;;) {
    const overview = await patiently('asks for slots', limit, () => context.rest.overview());
    const free = overview['slots-available'];
    if (free >= needed) return;
    if (Date.now() >= limit.until) {
      throw new CommandError('HR-JOB-001', context.rest.url, `${free} slots are free, the test needs ${needed}`, {
        exitCode: EXIT.failed,
        mend: 'give the cluster one more TaskManager, or slots beyond those of the job',
      });
    }
    context.progress(`waits for free slots: ${free} of ${needed}`);
    await pause(limit);
  }
}
