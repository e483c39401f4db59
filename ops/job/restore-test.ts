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
import { listSnapshots, newestSnapshot } from './snapshots.ts';
import { start } from './start.ts';
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

/**
 * Restores the newest snapshot as a second job, and clears it away, whatever comes of it.
 * @param given the version to restore with where no record says what runs.
 * @throws CommandError HR-JOB-008 without a snapshot, HR-JOB-001 without free slots, HR-JOB-013 when it was not restored.
 */
export async function testRestore(context: JobContext, given: () => Promise<Version>): Promise<RestoreTestResult> {
  const deployed = (await readDeployed(context))?.value;
  const version = deployed ?? (await given());
  const newest = newestSnapshot(await listSnapshots(context.store, context.places), deployed?.abandoned ?? []);
  if (!newest) {
    throw new CommandError('HR-JOB-008', context.store.uri, `there is no savepoint or checkpoint of ${context.name}`, {
      exitCode: EXIT.failed,
      mend: 'look at headrace status: without a checkpoint nothing can be restored',
    });
  }
  const specification = rehearsalOf(version.specification);
  const rehearsal: JobContext = { ...context, name: specification.name };
  await clearAway(rehearsal, context);
  await awaitFreeSlots(context, specification.parallelism);
  const snapshot = context.places.uriOf(newest.key);
  const begun = Date.now();
  const jobId = randomBytes(16).toString('hex');
  let test: RestoreTest;
  try {
    context.say(`restores ${snapshot} as job ${jobId}`);
    const outcome = await restore(rehearsal, { ...version, specification }, jobId, snapshot, context.name);
    test = {
      format: 1,
      ok: outcome.reason === undefined,
      snapshot,
      kind: newest.kind,
      identity: deployed?.identity ?? null,
      planHash: specification.plan.hash,
      duration: Date.now() - begun,
      ...(outcome.stateSize === undefined ? {} : { stateSize: outcome.stateSize }),
      age: Math.max(0, begun - newest.at),
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
      headrace: VERSIONS.headrace,
      at: now(),
    };
  } finally {
    await clearAway({ ...rehearsal, signal: new AbortController().signal }, context);
  }
  const key = restoreTestKey(context.name, test.at.replaceAll(':', '-'));
  await context.store.put(key, new TextEncoder().encode(`${JSON.stringify(test, null, 2)}\n`));
  return { ...test, record: `${context.store.uri}/${key}` };
}

async function restore(
  context: JobContext,
  version: Version,
  jobId: string,
  savepoint: string,
  keptUnder: string,
): Promise<{ readonly reason?: string; readonly stateSize?: number }> {
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
  return latest.completed ? { stateSize: latest.completed.state_size } : {};
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
