import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { managedTopics } from '../../config/index.ts';
import { asArgument, type FlinkRest, JOB_CLASS, type JobState, RemoteError } from '../../runtime/remote/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import type { Child } from '../dev/child.ts';
import { bridgeJar, FlinkCluster } from '../dev/flink.ts';
import { createTopics, type Kafka, startKafka } from '../dev/kafka.ts';
import { endLeftovers, noteProcesses, PROCESSES_FILE } from '../dev/leftovers.ts';
import { startWorker } from '../dev/worker.ts';
import { flinkJob, needsKafka } from './flink-job.ts';
import { newestSnapshot, removeOutputs } from './flink-places.ts';

const POLL_MS = 500;
const OPERATOR = 'action-execute-operator';
const FINISHED_FILE = 'finished.json';
/** All that a run makes in its directory. */
const MADE = ['flink', 'kafka', 'log', FINISHED_FILE, PROCESSES_FILE];
/** Of one TaskManager. */
const SLOTS = 4;

export interface FlinkRunOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  /** Where state, logs and Kafka's data are kept. */
  readonly directory: string;
  /** Forget what an earlier run left. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly onProgress: (progress: FlinkProgress) => void;
}

export interface FlinkProgress {
  readonly state: JobState;
  readonly finished: number;
  readonly inFlight: number;
  readonly deadLetters: number;
  readonly checkpoints: number;
}

export interface FlinkRunResult {
  /** `finished`: the source's end was reached. `stopped`: the next run goes on from the savepoint, or from the newest checkpoint where none could be taken. */
  readonly state: 'finished' | 'stopped';
  readonly jobId: string;
  readonly webUi: string;
  readonly kafka?: string | undefined;
  readonly restoredFrom?: string | undefined;
  readonly savepoint?: string | undefined;
  readonly progress: FlinkProgress;
}

/** Runs a deployment's agent on a Flink of this machine, with a worker, and Kafka where the file asks for it. */
export async function runOnFlink(open: OpenDeployment, options: FlinkRunOptions): Promise<FlinkRunResult> {
  const { directory, signal, say } = options;
  const jar = bridgeJar();
  const finishedFile = join(directory, FINISHED_FILE);
  const left = endLeftovers(directory);
  if (left) say(`ended ${left} processes that a killed run left`);
  const sink = open.deployment.sink.file?.path;
  if (options.fresh) {
    for (const made of MADE) rmSync(join(directory, made), { recursive: true, force: true });
    if (sink !== undefined) removeOutputs(resolve(open.directory, sink));
  }
  if (existsSync(finishedFile)) return JSON.parse(readFileSync(finishedFile, 'utf8')) as FlinkRunResult;
  mkdirSync(directory, { recursive: true });
  const children: Child[] = [];
  let flink: FlinkCluster | undefined;
  try {
    const kafka: Kafka | undefined = needsKafka(open) ? await startKafka(join(directory, 'kafka'), say) : undefined;
    if (kafka) {
      children.push(kafka.child);
      const { reads, writes } = managedTopics(open.deployment);
      await createTopics(kafka.bootstrap, [...reads, ...writes], open.deployment.agent.parallelism);
      say(`Kafka is at ${kafka.bootstrap}`);
    }
    flink = await FlinkCluster.prepare({
      directory: join(directory, 'flink'),
      configuration: {
        'execution.checkpointing.interval': `${open.deployment.state.checkpoint.interval} ms`,
        'taskmanager.numberOfTaskSlots': SLOTS,
      },
      agent: open.deployment.agent.config,
      say,
    });
    const [worker] = await Promise.all([
      startWorker({ file: resolve(options.file), profile: options.profile, directory: join(directory, 'log') }),
      flink.start(Math.ceil(open.deployment.agent.parallelism / SLOTS)),
    ]);
    children.push(worker.child);
    noteProcesses(
      directory,
      [...children, ...flink.taskManagers, flink.jobManager].flatMap((child) => (child ? [child.pid] : [])),
    );
    say(`Flink's web interface is at ${flink.rest.url}`);
    const job = flinkJob(open, {
      workers: { targets: [worker.target], tls: null },
      kafka: kafka?.bootstrap,
      region: open.deployment.regions[0]?.name ?? 'local',
      development: true,
    });
    const restoredFrom = newestSnapshot(flink.directory);
    if (restoredFrom) say(`goes on from ${relative(process.cwd(), fileURLToPath(restoredFrom))}`);
    const jobId = await flink.rest.submit(jar, {
      entryClass: JOB_CLASS,
      args: ['--specification', asArgument(job)],
      savepointPath: restoredFrom,
    });
    const { ended, progress } = await watch(flink.rest, jobId, signal, options.onProgress);
    const result = { jobId, webUi: flink.rest.url, kafka: kafka?.bootstrap, restoredFrom, progress };
    if (ended) {
      const finished: FlinkRunResult = { ...result, state: 'finished' };
      writeFileSync(finishedFile, `${JSON.stringify(finished)}\n`);
      return finished;
    }
    return { ...result, state: 'stopped', savepoint: await stop(flink.rest, jobId) };
  } finally {
    await Promise.all([flink?.stop(), ...children.map((child) => child.stop())]);
  }
}

/** Stops with a savepoint; a job that cannot take one, since it restarts, leaves its newest checkpoint to the next run. */
async function stop(rest: FlinkRest, id: string): Promise<string | undefined> {
  try {
    return await rest.stop(id);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    await rest.cancel(id);
    await rest.until(id, 'CANCELED');
    return undefined;
  }
}

/** Follows a job to its end or to the interruption. @throws RemoteError HR-REMOTE-002 when it fails, with Flink's reason. */
async function watch(
  rest: FlinkRest,
  id: string,
  signal: AbortSignal,
  onProgress: (progress: FlinkProgress) => void,
): Promise<{ ended: boolean; progress: FlinkProgress }> {
  let progress: FlinkProgress = { state: 'CREATED', finished: 0, inFlight: 0, deadLetters: 0, checkpoints: 0 };
  for (;;) {
    const { state, vertices } = await rest.job(id);
    if (state === 'FINISHED' || state === 'FAILED' || state === 'CANCELED') {
      await rest.until(id, 'FINISHED');
      return { ended: true, progress: { ...progress, state } };
    }
    const vertex = vertices.find(({ name }) => name.includes(OPERATOR));
    const names = ['runsFinished', 'runsInFlight', 'deadLetters'] as const;
    const metrics = vertex
      ? await rest.metrics(
          `/jobs/${id}/vertices/${vertex.id}/subtasks/metrics`,
          names.map((name) => `${OPERATOR}.headrace.${name}`),
        )
      : [];
    const sum = (name: (typeof names)[number]) =>
      Number(metrics.find((metric) => metric.id.endsWith(`.${name}`))?.sum ?? 0);
    progress = {
      state,
      finished: Math.max(progress.finished, sum('runsFinished')),
      inFlight: sum('runsInFlight'),
      deadLetters: Math.max(progress.deadLetters, sum('deadLetters')),
      checkpoints: (await rest.checkpoints(id)).counts.completed,
    };
    onProgress(progress);
    if (signal.aborted) return { ended: false, progress };
    await sleep(POLL_MS);
  }
}
