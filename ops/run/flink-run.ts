import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlinkRest, JobState } from '../../runtime/remote/index.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import type { Child } from '../dev/child.ts';
import { bridgeJar, FlinkCluster } from '../dev/flink.ts';
import { type Kafka, startKafka } from '../dev/kafka.ts';
import { startWorker } from '../dev/worker.ts';
import { flinkJob, needsKafka } from './flink-job.ts';

const POLL_MS = 500;
const OPERATOR = 'action-execute-operator';
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
  /** `finished`: the source's end was reached. `stopped`: with a savepoint that the next run goes on from. */
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
  const savepointFile = join(directory, 'savepoint.json');
  if (options.fresh) rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const children: Child[] = [];
  let flink: FlinkCluster | undefined;
  try {
    const kafka: Kafka | undefined = needsKafka(open) ? await startKafka(join(directory, 'kafka'), say) : undefined;
    if (kafka) {
      children.push(kafka.child);
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
    say(`Flink's web interface is at ${flink.rest.url}`);
    const job = flinkJob(open, {
      workers: { targets: [worker.target], tls: null },
      kafka: kafka?.bootstrap,
      region: open.deployment.regions[0]?.name ?? 'local',
      development: true,
    });
    const restoredFrom = existsSync(savepointFile)
      ? (JSON.parse(readFileSync(savepointFile, 'utf8')) as { savepoint: string }).savepoint
      : undefined;
    if (restoredFrom) say(`goes on from savepoint ${relative(process.cwd(), restoredFrom.replace(/^file:/, ''))}`);
    const jobId = await flink.rest.submit(jar, {
      entryClass: JOB_CLASS,
      args: ['--specification', asArgument(job)],
      savepointPath: restoredFrom,
    });
    const { ended, progress } = await watch(flink.rest, jobId, signal, options.onProgress);
    const result = { jobId, webUi: flink.rest.url, kafka: kafka?.bootstrap, restoredFrom, progress };
    if (ended) {
      rmSync(savepointFile, { force: true });
      return { ...result, state: 'finished' };
    }
    const savepoint = await flink.rest.stop(jobId);
    writeFileSync(savepointFile, `${JSON.stringify({ savepoint })}\n`);
    return { ...result, state: 'stopped', savepoint };
  } finally {
    await Promise.all([flink?.stop(), ...children.map((child) => child.stop())]);
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
    if (signal.aborted && state === 'RUNNING') return { ended: false, progress };
    await sleep(POLL_MS);
  }
}
