import { type FlinkRest, type JobState, type ListedJob, RemoteError, rootCause } from '../../runtime/remote/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { type JobContext, patience } from './context.ts';
import { isPassing, type Patience, patiently, pause } from './patience.ts';

const ENDED: ReadonlySet<JobState> = new Set(['FAILED', 'CANCELED', 'FINISHED']);
export const jobEnded = (state: JobState) => ENDED.has(state);

/** A job that is not listed for so long is not there: a JobManager that takes over lists its jobs before it answers. */
const ABSENT_LOOKS = 5;

/** What a cluster lacks to start a job. */
export type Lack =
  | { readonly what: 'answer'; readonly message: string }
  | { readonly what: 'task managers' }
  | { readonly what: 'slots'; readonly total: number; readonly needed: number };

export interface ClusterOverview {
  readonly taskmanagers: number;
  readonly 'slots-total': number;
}

/** Whether the cluster can hold a job. @param elastic one whose scheduler makes do with fewer slots. */
export function lackOf(overview: ClusterOverview, parallelism: number, elastic: boolean): Lack | undefined {
  if (overview.taskmanagers === 0) return { what: 'task managers' };
  const total = overview['slots-total'];
  const needed = elastic ? 1 : parallelism;
  return total < needed ? { what: 'slots', total, needed } : undefined;
}

export function describeLack(lack: Lack): { readonly message: string; readonly mend: string } {
  switch (lack.what) {
    case 'answer':
      return {
        message: lack.message,
        mend: "look at the JobManagers: kubectl get pods, and their logs; behind a Service only a leader's answer counts",
      };
    case 'task managers':
      return {
        message: 'no TaskManager has registered',
        mend: 'look at the TaskManager pods: kubectl get pods, kubectl describe pod',
      };
    case 'slots':
      return {
        message: `it has ${lack.total} slots, the job needs ${lack.needed}`,
        mend: 'give it more TaskManagers, or lower agent.parallelism',
      };
  }
}

/** Waits for a leader, TaskManagers and slots. @throws CommandError HR-JOB-001 that says which of them is missing. */
export async function awaitCluster(
  rest: FlinkRest,
  parallelism: number,
  limit: Patience,
): Promise<Readonly<Record<string, string>>> {
  let lack: Lack | undefined;
  for (;;) {
    limit.signal.throwIfAborted();
    try {
      const configuration = await rest.configuration();
      const elastic = configuration['jobmanager.scheduler']?.toLowerCase() === 'adaptive';
      lack = lackOf(await rest.overview(), parallelism, elastic);
      if (!lack) return configuration;
    } catch (error) {
      if (!isPassing(error)) throw error;
      lack = { what: 'answer', message: error.message };
    }
    const { message, mend } = describeLack(lack);
    if (Date.now() >= limit.until) {
      throw new CommandError('HR-JOB-001', rest.url, `Flink is not ready: ${message}`, { exitCode: EXIT.failed, mend });
    }
    limit.progress(`waits for Flink: ${message}`);
    await pause(limit);
  }
}

/** The jobs of one name, newest first. */
export const jobsNamed = (jobs: readonly ListedJob[], name: string): ListedJob[] =>
  jobs.filter((job) => job.name === name).toSorted((a, b) => b['start-time'] - a['start-time']);

/** All jobs of this deployment that Flink knows. @param expected a job that should be among them: it is looked for again. */
export async function observeJobs(context: JobContext, expected?: string): Promise<ListedJob[]> {
  const limit = patience(context);
  for (let look = 1; ; look++) {
    const jobs = jobsNamed(await patiently('lists jobs', limit, () => context.rest.listJobs()), context.name);
    if (expected === undefined || look === ABSENT_LOOKS || jobs.some(({ jid }) => jid === expected)) return jobs;
    await pause(limit);
  }
}

/** A job's state; undefined for one that Flink does not know, or knows no more. */
export async function stateOf(context: JobContext, id: string): Promise<JobState | undefined> {
  return (await observeJobs(context, id)).find(({ jid }) => jid === id)?.state;
}

/** The innermost reason of a job's last failure. */
export async function failureOf(context: JobContext, id: string): Promise<string | undefined> {
  const { exceptionHistory, 'root-exception': root } = await patiently('reads exceptions', patience(context), () =>
    context.rest.exceptions(id),
  );
  const trace = exceptionHistory?.entries[0]?.stacktrace ?? root;
  return trace === undefined || trace === null ? undefined : rootCause(trace);
}

/** Cancels a job and waits for its end; one that is not there is no error. */
export async function cancelJob(context: JobContext, id: string): Promise<void> {
  const limit = patience(context);
  for (;;) {
    const state = await stateOf(context, id);
    if (state === undefined || jobEnded(state)) return;
    if (state !== 'CANCELLING') {
      try {
        await patiently('cancels', limit, () => context.rest.cancel(id));
      } catch (error) {
        // It ended in between.
        if (!(error instanceof RemoteError) || (error.status !== 404 && error.status !== 409)) throw error;
      }
    }
    if (Date.now() >= limit.until) {
      throw new CommandError('HR-JOB-001', `job ${id}`, `it does not end: it is ${state}`, {
        exitCode: EXIT.failed,
        mend: 'look at the TaskManagers: a task that does not react to its cancellation ends its process after 3 minutes',
      });
    }
    await pause(limit);
  }
}
