import type { CheckpointStatistics, JobDetails, JobState } from '../../runtime/remote/index.ts';
import { RemoteError } from '../../runtime/remote/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { failureOf, observeJobs } from './cluster.ts';
import { type JobContext, patience } from './context.ts';
import { isPassing, pause } from './patience.ts';

/** A look at a job. */
export interface JobLook {
  readonly state: JobState;
  /** Vertices by state. */
  readonly vertices: readonly string[];
  /** Since it was submitted. */
  readonly restarts: number;
  /** When it became RUNNING last, milliseconds since 1970. */
  readonly runningSince: number;
  readonly completed: number;
  /** When the newest completed checkpoint was triggered, milliseconds since 1970. */
  readonly checkpointAt: number | undefined;
  /** Flink's clock, or this machine's: milliseconds since 1970. */
  readonly now: number;
}

export type Verdict =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'finished' }
  | {
      readonly kind: 'waits';
      readonly for: string /** What alone is missing. */;
      readonly lacks?: 'checkpoint' | 'time';
    }
  | { readonly kind: 'broken'; readonly why: string };

/** So many restarts without a checkpoint are a loop. */
export const RESTART_LOOP = 4;
const ASK_AGAIN_MS = 10_000;

/**
 * Whether a job came up: all vertices run, and a checkpoint that was begun since the last restart is complete, and some
 * time has passed without another restart.
 * @param upFor milliseconds for which it has been seen like that.
 * @param settle milliseconds that it must stay so.
 */
export function judge(look: JobLook, upFor: number, settle: number): Verdict {
  if (look.state === 'FINISHED') return { kind: 'finished' };
  if (look.state === 'FAILED' || look.state === 'CANCELED' || look.state === 'CANCELLING')
    return { kind: 'broken', why: `it is ${look.state}` };
  if (look.restarts >= RESTART_LOOP && look.completed === 0)
    return { kind: 'broken', why: `it restarted ${look.restarts} times without completing a checkpoint` };
  if (look.state !== 'RUNNING') return { kind: 'waits', for: `the job is ${look.state}` };
  const running = look.vertices.filter((status) => status === 'RUNNING' || status === 'FINISHED').length;
  if (running < look.vertices.length)
    return { kind: 'waits', for: `${running} of ${look.vertices.length} vertices run` };
  if (look.checkpointAt === undefined || look.checkpointAt < look.runningSince)
    return { kind: 'waits', for: 'all vertices run; a checkpoint is on its way', lacks: 'checkpoint' };
  if (upFor < settle) return { kind: 'waits', for: 'a checkpoint is complete; it must stay up', lacks: 'time' };
  return { kind: 'healthy' };
}

/** Looks at a job. */
export async function lookAt(context: JobContext, id: string): Promise<JobLook> {
  const { rest } = context;
  const [details, checkpoints, metrics] = await Promise.all([
    rest.job(id),
    rest.checkpoints(id),
    rest.metrics(`/jobs/${id}/metrics`, ['numRestarts']),
  ]);
  return lookOf(details, checkpoints, Number(metrics.find((metric) => metric.id === 'numRestarts')?.value ?? 0));
}

export function lookOf(details: JobDetails, checkpoints: CheckpointStatistics, restarts: number): JobLook {
  return {
    state: details.state,
    vertices: details.vertices.map(({ status }) => status),
    restarts: Number.isFinite(restarts) ? restarts : 0,
    runningSince: details.timestamps.RUNNING ?? 0,
    completed: checkpoints.counts.completed,
    checkpointAt: checkpoints.latest.completed?.trigger_timestamp,
    now: details.now,
  };
}

export type Health =
  | { readonly kind: 'healthy' | 'finished' }
  | { readonly kind: 'broken'; readonly reason: string; readonly completed: number };

/**
 * Waits until a job has come up, has ended, restarts in a loop, or the time is over.
 * @throws RemoteError HR-REMOTE-001 where Flink does not answer at the end of it.
 */
export async function awaitHealth(context: JobContext, id: string): Promise<Health> {
  const limit = patience(context);
  let completed = 0;
  /** An interval may be longer than all of this, so a checkpoint is asked for; one that fails, again. */
  let asked = 0;
  /** Since when it is up, and in which run: a restart between two looks begins anew. */
  let up: { readonly run: string; readonly since: number } | undefined;
  for (;;) {
    let verdict: Verdict;
    let unanswered: unknown;
    try {
      const look = await lookAt(context, id);
      completed = look.completed;
      const run = `${look.runningSince}/${look.restarts}`;
      verdict = judge(look, up?.run === run ? look.now - up.since : 0, context.settle);
      if (verdict.kind !== 'waits' || verdict.lacks !== 'time') up = undefined;
      else if (up?.run !== run) up = { run, since: look.now };
      if (verdict.kind === 'waits' && verdict.lacks === 'checkpoint' && Date.now() - asked > ASK_AGAIN_MS) {
        await context.rest.triggerCheckpoint(id);
        asked = Date.now();
      }
    } catch (error) {
      const gone = error instanceof RemoteError && error.status === 404;
      if (gone && !(await observeJobs(context, id)).some(({ jid }) => jid === id))
        return { kind: 'broken', reason: 'Flink does not know it any more', completed };
      // A refused checkpoint among others: the next look says more.
      if (!gone && !isPassing(error) && !(error instanceof RemoteError && error.status !== undefined)) throw error;
      unanswered = error;
      verdict = { kind: 'waits', for: error instanceof Error ? error.message : String(error) };
    }
    if (verdict.kind === 'healthy' || verdict.kind === 'finished') return verdict;
    const over = Date.now() >= limit.until;
    // Nothing is known about the job: it is not to be replaced for that.
    if (over && isPassing(unanswered)) throw unanswered;
    if (verdict.kind === 'broken' || over) {
      const why = verdict.kind === 'broken' ? verdict.why : `after ${Math.round(context.wait / 1000)} s ${verdict.for}`;
      const failure = await failureOf(context, id).catch(() => undefined);
      return { kind: 'broken', reason: failure === undefined ? why : `${failure} (${why})`, completed };
    }
    context.progress(verdict.for);
    await pause(limit);
  }
}

/** @throws CommandError HR-JOB-012 */
export function noJob(context: Pick<JobContext, 'name' | 'rest'>): never {
  throw new CommandError('HR-JOB-012', context.rest.url, `no job ${context.name} runs there`, {
    exitCode: EXIT.failed,
    mend: 'start it: headrace job submit',
  });
}

/** The id of the running job of this deployment. @throws CommandError HR-JOB-012 when there is none. */
export async function runningJob(context: JobContext): Promise<string> {
  const jobs = await observeJobs(context);
  const running = jobs.find(({ state }) => !['FAILED', 'CANCELED', 'FINISHED'].includes(state));
  return running?.jid ?? noJob(context);
}
