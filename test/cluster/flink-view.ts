import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, listens } from '../../ops/dev/child.ts';
import { FlinkRest } from '../../runtime/remote/index.ts';
import type { Cluster } from './kubernetes/cluster.ts';

const UP_TRIES = 100;

/** A port of a pod, on loopback, through the API server: no policy is passed by. */
export async function forward(
  cluster: Cluster,
  namespace: string,
  pod: string,
  port: number,
): Promise<{ readonly port: number; stop(): void }> {
  const local = await freePort();
  const child: ChildProcess = spawn(
    'kubectl',
    ['--kubeconfig', cluster.kubeconfig, '-n', namespace, 'port-forward', `pod/${pod}`, `${local}:${port}`],
    { stdio: 'ignore' },
  );
  for (let i = 0; i < UP_TRIES && !(await listens(local)); i++) await sleep(100);
  return { port: local, stop: () => child.kill('SIGKILL') };
}

export interface FlinkView {
  /** The first JobManager that answers. */
  ask<T>(question: (rest: FlinkRest) => Promise<T>): Promise<T>;
  stop(): void;
}

/** Flink's REST interface by mutual TLS, through every JobManager that is there now. */
export async function viewFlink(
  cluster: Cluster,
  namespace: string,
  release: string,
  certificates: string,
): Promise<FlinkView> {
  const selector = `app.kubernetes.io/instance=${release},app.kubernetes.io/component=jobmanager`;
  const pods = await cluster.pods(namespace, selector);
  const forwards = await Promise.all(pods.map((pod) => forward(cluster, namespace, pod.metadata.name, 8081)));
  const directory = join(certificates, `${release}-tls`);
  const tls = { ca: join(directory, 'ca.crt'), cert: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
  const rests = forwards.map(({ port }) => new FlinkRest({ url: `https://localhost:${port}`, tls, timeout: 3_000 }));
  return {
    async ask(question) {
      return Promise.any(rests.map(question));
    },
    stop() {
      for (const one of forwards) one.stop();
    },
  };
}

/** The running job: its id, restarts since it started, and whether all of it runs. */
export async function jobNow(view: FlinkView) {
  return view.ask(async (rest) => {
    const running = (await rest.jobs()).jobs.filter(
      ({ status }) => !['FAILED', 'CANCELED', 'FINISHED'].includes(status),
    );
    const [job] = running;
    if (!job) throw new Error('no job runs');
    const [details, restarts, checkpoints] = await Promise.all([
      rest.job(job.id),
      rest.metrics(`/jobs/${job.id}/metrics`, ['numRestarts']),
      rest.checkpoints(job.id),
    ]);
    const vertices = await Promise.all(details.vertices.map(({ id }) => rest.vertex(job.id, id)));
    return {
      id: job.id,
      /** When the last task got to run, milliseconds since 1970. */
      since: Math.max(
        ...vertices.flatMap(({ now, subtasks }) =>
          subtasks.map((task) => now - (task['status-duration'].RUNNING ?? 0)),
        ),
      ),
      runs: details.state === 'RUNNING' && details.vertices.every(({ status }) => status === 'RUNNING'),
      restarts: Number(restarts[0]?.value ?? 0),
      completed: checkpoints.counts.completed,
      restored: checkpoints.latest.restored?.id,
    };
  });
}

export interface Recovery {
  /** From the kill to all tasks running again, seconds. */
  readonly seconds: number;
  /** Restarts of the job that the kill cost, a while later. */
  readonly restarts: number;
  /** Why it restarted, by the JobManager that leads now, newest first. */
  readonly reasons: readonly string[];
}

/**
 * Kills something and waits until the job runs again, by the time that Flink has for its tasks: REST may be slow meanwhile.
 * @param kill returns when it killed, milliseconds since 1970.
 * @param settle seconds for which a further restart is waited for.
 */
export async function recovery(view: FlinkView, kill: () => Promise<number>, settle: number): Promise<Recovery> {
  const before = await jobNow(view);
  const killed = await kill();
  const deadline = killed + 180_000;
  let last: Awaited<ReturnType<typeof jobNow>> | undefined;
  while (Date.now() < deadline) {
    const now = await jobNow(view).catch(() => undefined);
    last = now ?? last;
    if (now?.runs && now.since > killed && Date.now() - now.since > settle * 1000) {
      const reasons = await view.ask((rest) => restartReasons(rest, now.id, killed));
      // A JobManager that came to lead counts from zero.
      const restarts = now.restarts < before.restarts ? now.restarts : now.restarts - before.restarts;
      return { seconds: (now.since - killed) / 1000, restarts, reasons };
    }
    await sleep(500);
  }
  throw new Error(`the job did not come back within 180 s: ${JSON.stringify(last)}`);
}

/** Exceptions since a time, each as its seconds after it and its first line. */
async function restartReasons(rest: FlinkRest, job: string, since: number): Promise<string[]> {
  const { exceptionHistory } = await rest.exceptions(job);
  return (exceptionHistory?.entries ?? [])
    .filter(({ timestamp }) => timestamp >= since)
    .map(({ timestamp, stacktrace }) => `+${((timestamp - since) / 1000).toFixed(1)} s ${stacktrace.split('\n')[0]}`);
}
