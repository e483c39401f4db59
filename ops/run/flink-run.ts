import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { managedTopics } from '../../config/index.ts';
import { asArgument, type FlinkRest, JOB_CLASS, type JobState, RemoteError } from '../../runtime/remote/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import type { Child } from '../dev/child.ts';
import { bridgeJar, FlinkCluster } from '../dev/flink.ts';
import { createTopics, type Kafka, startKafka } from '../dev/kafka.ts';
import { endLeftovers, noteProcesses, PROCESSES_FILE } from '../dev/leftovers.ts';
import { startWorker } from '../dev/worker.ts';
import { writeWhole } from '../plan/write-whole.ts';
import { flinkJob, needsKafka } from './flink-job.ts';
import { newestSnapshot, removeOutputs, savepointOf } from './flink-places.ts';
import { ARCHIVE, FLINK, finishedWhileAlone, JOB_FILE, noteJob } from './left-job.ts';

const POLL_MS = 500;
const OPERATOR = 'action-execute-operator';
const FINISHED_FILE = 'finished.json';
/** All that a run makes in its directory. */
const MADE = [FLINK, 'kafka', 'log', FINISHED_FILE, PROCESSES_FILE, JOB_FILE];
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
  /** Undefined for a job that ended while no command looked, since its own was killed. */
  readonly progress?: FlinkProgress | undefined;
}

/** Runs a deployment's agent on a Flink of this machine, with a worker, and Kafka where the file asks for it. */
export async function runOnFlink(open: OpenDeployment, options: FlinkRunOptions): Promise<FlinkRunResult> {
  const { directory, signal, say } = options;
  const jar = bridgeJar();
  const finishedFile = join(directory, FINISHED_FILE);
  const doneAlone = options.fresh ? undefined : await finishedWhileAlone(directory);
  const left = endLeftovers(directory);
  if (left) say(`ended ${left} processes that a killed run left`);
  const sink = open.deployment.sink.file?.path;
  if (options.fresh) {
    for (const made of MADE) rmSync(join(directory, made), { recursive: true, force: true });
    if (sink !== undefined) removeOutputs(resolve(open.directory, sink));
  }
  if (existsSync(finishedFile)) return JSON.parse(readFileSync(finishedFile, 'utf8')) as FlinkRunResult;
  if (doneAlone) {
    say('its job came to the end by itself');
    const { jobId, webUi, kafka } = doneAlone;
    return concluded(finishedFile, { state: 'finished', jobId, webUi, kafka });
  }
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
      directory: join(directory, FLINK),
      configuration: {
        'execution.checkpointing.interval': `${open.deployment.state.checkpoint.interval} ms`,
        'taskmanager.numberOfTaskSlots': SLOTS,
        'jobmanager.archive.fs.dir': pathToFileURL(join(directory, ARCHIVE)).href,
      },
      agent: open.deployment.agent.config,
      say,
    });
    const starting = startWorker({
      file: resolve(options.file),
      profile: options.profile,
      directory: join(directory, 'log'),
    });
    // Whichever of them is up is stopped where the other one is not.
    const [worker, cluster] = await Promise.allSettled([
      starting.then((started) => {
        children.push(started.child);
        return started;
      }),
      flink.start(Math.ceil(open.deployment.agent.parallelism / SLOTS)),
    ]);
    if (cluster.status === 'rejected') throw cluster.reason;
    if (worker.status === 'rejected') throw worker.reason;
    noteProcesses(
      directory,
      [...children, ...flink.taskManagers, flink.jobManager].flatMap((child) => (child ? [child.pid] : [])),
    );
    say(`Flink's web interface is at ${flink.rest.url}`);
    const job = flinkJob(open, {
      workers: { targets: [worker.value.target], tls: null },
      kafka: kafka?.bootstrap,
      region: open.deployment.regions[0]?.name ?? 'local',
      development: true,
    });
    const restoredFrom = newestSnapshot(flink.directory);
    if (restoredFrom) say(`goes on from ${relative(process.cwd(), fileURLToPath(restoredFrom))}`);
    const noted = { jobId: randomBytes(16).toString('hex'), webUi: flink.rest.url, kafka: kafka?.bootstrap };
    const { jobId } = noted;
    noteJob(directory, noted);
    await flink.rest.submit(jar, {
      entryClass: JOB_CLASS,
      args: ['--specification', asArgument(job)],
      savepointPath: restoredFrom,
      jobId,
    });
    const { ended, progress } = await watch(flink.rest, jobId, signal, options.onProgress);
    const result = { ...noted, restoredFrom, progress };
    if (ended) return concluded(finishedFile, { ...result, state: 'finished' });
    noteJob(directory, { ...noted, stopping: true });
    const stopped = await stop(flink, jobId);
    if (stopped.ended) return concluded(finishedFile, { ...result, state: 'finished' });
    return { ...result, state: 'stopped', savepoint: stopped.savepoint };
  } finally {
    await Promise.all([flink?.stop(), ...children.map((child) => child.stop())]);
  }
}

function concluded(file: string, result: FlinkRunResult): FlinkRunResult {
  writeWhole(file, `${JSON.stringify(result)}\n`);
  return result;
}

/**
 * Stops with a savepoint; a job that cannot take one, since it restarts, leaves its newest checkpoint to the next run.
 * @returns `ended` when the source's end came first.
 * @throws RemoteError HR-REMOTE-002 when the job has failed, with Flink's reason.
 */
async function stop(
  { rest, directory }: FlinkCluster,
  id: string,
): Promise<{ ended: boolean; savepoint?: string | undefined }> {
  try {
    return { ended: false, savepoint: await rest.stop(id) };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    // Refused where it has ended.
    await rest.cancel(id).catch(() => {});
    const { state } = await rest.untilEnded(id);
    if (state === 'FINISHED') {
      // Flink calls a job finished that a savepoint stopped, though word of it was lost.
      const savepoint = savepointOf(directory, id);
      return { ended: savepoint === undefined, savepoint };
    }
    await rest.until(id, 'CANCELED');
    return { ended: false };
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
