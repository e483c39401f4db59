import { type JobState, RemoteError } from '../../runtime/remote/index.ts';
import { failureOf, observeJobs } from './cluster.ts';
import { type JobContext, patience } from './context.ts';
import { lookOf, noJob } from './health.ts';
import { PARAMETERS } from './identity.ts';
import { patiently } from './patience.ts';
import { readDeployed, readUpgrade } from './upgrade.ts';

const OPERATOR = 'action-execute-operator';

export interface JobStatus {
  readonly job: string;
  readonly jobId: string;
  readonly state: JobState;
  /** Vertices that run, of all. */
  readonly running: number;
  readonly vertices: number;
  /** Since the last restart, milliseconds; null while it does not run. */
  readonly uptime: number | null;
  readonly restarts: number;
  readonly checkpoint: SnapshotStatus | null;
  readonly checkpointsFailed: number;
  readonly savepoint: SnapshotStatus | null;
  readonly inFlight: number | null;
  readonly deadLetters: number | null;
  /** Workers that the best connected subtask has. */
  readonly workers: number | null;
  /** The newest reason of a restart, or of the end. */
  readonly failure: string | null;
  readonly identity: string | null;
  readonly planHash: string | null;
  /** Whether it is what the record says should run; null without a record. */
  readonly asDeployed: boolean | null;
  /** A change that has not ended. */
  readonly upgrade: string | null;
}

export interface SnapshotStatus {
  /** Milliseconds. */
  readonly age: number;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly uri: string;
}

/** What the job does now. @throws CommandError HR-JOB-012 where Flink knows no such job. */
export async function jobStatus(context: JobContext): Promise<JobStatus> {
  const [deployed, upgrade] = await Promise.all([readDeployed(context), readUpgrade(context)]);
  const jobs = await observeJobs(context, deployed?.value.jobId);
  const job = jobs.find(({ state }) => !['FAILED', 'CANCELED', 'FINISHED'].includes(state)) ?? jobs[0];
  if (!job) return noJob(context);
  const { rest } = context;
  const id = job.jid;
  const [details, checkpoints, restarts, parameters] = await patiently('reads the job', patience(context), () =>
    Promise.all([
      rest.job(id),
      rest.checkpoints(id),
      rest.metrics(`/jobs/${id}/metrics`, ['numRestarts']),
      rest.jobParameters(id),
    ]),
  );
  const look = lookOf(details, checkpoints, Number(restarts[0]?.value ?? 0));
  const vertex = details.vertices.find(({ name }) => name.includes(OPERATOR));
  const sums = vertex ? await operatorMetrics(context, id, vertex.id) : undefined;
  const snapshot = (one: (typeof checkpoints.latest)['completed']): SnapshotStatus | null =>
    one
      ? {
          age: details.now - one.latest_ack_timestamp,
          size: one.state_size,
          duration: one.end_to_end_duration,
          uri: one.external_path,
        }
      : null;
  const identity = parameters[PARAMETERS.identity] ?? null;
  return {
    job: context.name,
    jobId: id,
    state: look.state,
    running: look.vertices.filter((status) => status === 'RUNNING').length,
    vertices: look.vertices.length,
    uptime: look.state === 'RUNNING' ? look.now - look.runningSince : null,
    restarts: look.restarts,
    checkpoint: snapshot(checkpoints.latest.completed),
    checkpointsFailed: checkpoints.counts.failed,
    savepoint: snapshot(checkpoints.latest.savepoint),
    inFlight: sums?.inFlight ?? null,
    deadLetters: sums?.deadLetters ?? null,
    workers: sums?.workers ?? null,
    failure: (await failureOf(context, id)) ?? null,
    identity,
    planHash: parameters[PARAMETERS.plan] ?? null,
    asDeployed: deployed ? deployed.value.jobId === id && deployed.value.identity === identity : null,
    upgrade: upgrade && upgrade.value.step !== 'done' ? upgrade.value.step : null,
  };
}

async function operatorMetrics(context: JobContext, id: string, vertex: string) {
  const names = ['runsInFlight', 'deadLetters', 'workers'] as const;
  try {
    const found = await context.rest.metrics(
      `/jobs/${id}/vertices/${vertex}/subtasks/metrics`,
      names.map((name) => `${OPERATOR}.headrace.${name}`),
    );
    const of = (name: (typeof names)[number]) => found.find((metric) => metric.id.endsWith(`.${name}`));
    return {
      inFlight: of('runsInFlight')?.sum ?? null,
      deadLetters: of('deadLetters')?.sum ?? null,
      workers: of('workers')?.max ?? null,
    };
  } catch (error) {
    // Metrics of tasks that do not run are not there.
    if (error instanceof RemoteError && error.status === 404) return undefined;
    throw error;
  }
}
