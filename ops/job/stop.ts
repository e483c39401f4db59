import { randomBytes } from 'node:crypto';
import { type JobState, RemoteError } from '../../runtime/remote/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { cancelJob, jobEnded, stateOf } from './cluster.ts';
import { type JobContext, patience } from './context.ts';
import { lookAt } from './health.ts';
import { isPassing, type Patience, patiently, pause } from './patience.ts';
import { listSnapshots, newestSnapshot } from './snapshots.ts';

/** A running job that refuses so many savepoints in a row has something that does not pass. */
const REFUSALS = 3;

export type Stopped =
  | { readonly kind: 'savepoint'; readonly uri: string }
  /** It had ended, or could not take a savepoint and was canceled: its newest snapshot counts. */
  | { readonly kind: 'ended'; readonly how: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Longest time for which a job that restarts is asked again: a lost TaskManager is back by then. Milliseconds. */
const RESTART_MS = 60_000;

/**
 * What a failed attempt to stop leads to.
 * @param refusals attempts that failed while the job ran.
 * @param sound the job completed a checkpoint in the run that was found: it is worth keeping.
 */
export function afterFailedStop(
  state: JobState | undefined,
  { refusals, over, sound }: { readonly refusals: number; readonly over: boolean; readonly sound: boolean },
): 'look' | 'again' | 'give-up' | 'cancel' {
  if (state === undefined || jobEnded(state)) return 'look';
  if (!over && refusals < REFUSALS) return 'again';
  return sound && state === 'RUNNING' ? 'give-up' : 'cancel';
}

/**
 * Stops a job with a savepoint in a directory of its own, so that a second call recognizes what the first one did. A job
 * that restarts all the time cannot take one: it is canceled once the time is over.
 */
export async function stopWithSavepoint(context: JobContext, id: string, directory: string): Promise<Stopped> {
  const limit = { ...patience(context), until: Date.now() + Math.min(context.wait, RESTART_MS) };
  const sound = await isSound(context, id);
  let refusals = 0;
  for (;;) {
    const state = await stateOf(context, id);
    const made = await savepointIn(context, directory);
    if (state === undefined || jobEnded(state))
      return made ? { kind: 'savepoint', uri: made } : { kind: 'ended', how: state ?? 'unknown to Flink' };
    let reason: string | undefined;
    if (state === 'RUNNING') {
      try {
        const uri = await takeSavepoint(context, id, directory, 'stops', patience(context));
        await until(context, patience(context), async () => {
          const then = await stateOf(context, id);
          return then === undefined || jobEnded(then);
        });
        return { kind: 'savepoint', uri };
      } catch (error) {
        if (!(error instanceof RemoteError) && !(error instanceof CommandError)) throw error;
        reason = error.message;
      }
    }
    const then = reason === undefined ? state : await stateOf(context, id);
    // Tasks that are not up yet refuse as well: that is a restart, not a refusal.
    if (
      reason !== undefined &&
      then === 'RUNNING' &&
      !/not (all )?.*running|NOT_ALL_REQUIRED_TASKS_RUNNING/i.test(reason)
    )
      refusals++;
    const next = afterFailedStop(then, { refusals, over: Date.now() >= limit.until, sound });
    if (next === 'give-up') return { kind: 'refused', reason: reason ?? 'the time is over' };
    if (next === 'cancel') {
      context.say(
        `job ${id} is ${then} all the time and takes no savepoint: it is canceled, and its newest snapshot counts`,
      );
      await cancelJob(context, id);
      return { kind: 'ended', how: 'canceled' };
    }
    context.progress(`stops job ${id}: ${reason ?? `it is ${state}`}`);
    await pause(limit);
  }
}

async function isSound(context: JobContext, id: string): Promise<boolean> {
  try {
    const { checkpointAt, runningSince } = await lookAt(context, id);
    return checkpointAt !== undefined && checkpointAt >= runningSince;
  } catch (error) {
    // Without an answer it is not known to be worthless.
    if (error instanceof RemoteError) return true;
    throw error;
  }
}

/** Takes a savepoint and makes sure that it is there. @throws RemoteError, or CommandError HR-JOB-011 */
export async function takeSavepoint(
  context: JobContext,
  id: string,
  directory: string,
  then: 'goes-on' | 'stops',
  limit: Patience,
): Promise<string> {
  const trigger = randomBytes(16).toString('hex');
  await patiently('asks for a savepoint', limit, () =>
    context.rest.triggerSavepoint(id, { trigger, directory: context.places.uriOf(directory), then }),
  );
  for (;;) {
    const location = await progressOf(context, id, trigger, directory);
    if (location.state === 'failed')
      throw new CommandError('HR-JOB-011', `job ${id}`, `the savepoint failed: ${location.reason}`, {
        exitCode: EXIT.failed,
      });
    if (location.state === 'completed') {
      const key = context.places.keyOf(location.location);
      if (key !== undefined && (await isComplete(context, key))) return context.places.uriOf(key);
      throw new CommandError(
        'HR-JOB-011',
        location.location,
        `Flink says that the savepoint is complete, and ${context.store.uri} does not have its _metadata`,
        { exitCode: EXIT.failed, mend: 'name the --state-root that Flink uses: headrace.state.root of the cluster' },
      );
    }
    if (Date.now() >= limit.until)
      throw new CommandError('HR-JOB-011', `job ${id}`, 'the savepoint is not complete in time', {
        exitCode: EXIT.failed,
        mend: 'give it more time with --wait; its duration grows with the state: headrace status shows its size',
      });
    context.progress(`waits for a savepoint of job ${id}`);
    await pause(limit);
  }
}

/** Results live in a JobManager's memory: after its loss the store alone knows whether the savepoint came to be. */
async function progressOf(context: JobContext, id: string, trigger: string, directory: string) {
  try {
    return await context.rest.savepointProgress(id, trigger);
  } catch (error) {
    const lost = error instanceof RemoteError && error.status === 404;
    if (!lost && !isPassing(error)) throw error;
    if (!lost) return { state: 'in-progress' as const };
    const made = await savepointIn(context, directory);
    return made
      ? { state: 'completed' as const, location: made }
      : { state: 'failed' as const, reason: 'the JobManager that took it is gone' };
  }
}

/** The newest complete savepoint in a directory. */
export async function savepointIn(context: JobContext, directory: string): Promise<string | undefined> {
  const all = await listSnapshots(context.store, context.places);
  const newest = newestSnapshot(
    all.filter(({ kind, key }) => kind === 'savepoint' && key.startsWith(`${directory}/`)),
    [],
  );
  return newest && context.places.uriOf(newest.key);
}

export async function isComplete(context: Pick<JobContext, 'store'>, key: string): Promise<boolean> {
  for await (const object of context.store.list(`${key}/_metadata`))
    if (object.key === `${key}/_metadata`) return object.size > 0;
  return false;
}

async function until(context: JobContext, limit: Patience, holds: () => Promise<boolean>): Promise<void> {
  while (!(await patiently('looks at the job', limit, holds))) {
    if (Date.now() >= limit.until)
      throw new CommandError('HR-JOB-001', context.rest.url, 'the stopped job does not end', { exitCode: EXIT.failed });
    await pause(limit);
  }
}
