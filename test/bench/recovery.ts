// How long a job is away after the kill -9 of a TaskManager that is started again at once, as a kubelet does, and how
// often it restarts for it: with a resource id that stays, or through the launcher, which gives each start its own.
// Usage: recovery.ts [trials] [configuration as JSON] [stable|launched]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Child, freePort } from '../../ops/dev/child.ts';
import { FlinkCluster } from '../../ops/dev/flink.ts';
import { jobJar } from '../support/java-jar.ts';
import { machine } from './machine.ts';

const trials = Number(process.argv[2] ?? 5);
const more = JSON.parse(process.argv[3] ?? '{}') as Record<string, string | number>;
/** The launcher gives each start a name of its own; without it the name stays. */
const launched = process.argv[4] === 'launched';
const RESTART_MS = 1_000;
const SETTLE_MS = 15_000;
const LIMIT_MS = 90_000;

const directory = mkdtempSync(join(tmpdir(), 'headrace-recovery-'));
const jar = await jobJar(fileURLToPath(new URL('../flink/jobs/CountJob.java', import.meta.url)), directory);
const cluster = await FlinkCluster.prepare({
  directory,
  ...(launched ? { launcher: {} } : {}),
  configuration: {
    'heartbeat.interval': '10 s',
    'heartbeat.timeout': '50 s',
    'restart-strategy.type': 'exponential-delay',
    'restart-strategy.exponential-delay.initial-backoff': '1 s',
    'restart-strategy.exponential-delay.max-backoff': '1 min',
    'execution.checkpointing.interval': '2 s',
    'execution.state-recovery.from-local': true,
    'cluster.registration.refused-registration-delay': '30 s',
    ...more,
  },
});

interface Place {
  readonly name: string;
  readonly ports: readonly string[];
  child: Child;
}
const options = (place: Omit<Place, 'child'>) => [
  ...place.ports,
  ...['-D', `taskmanager.resource-id=${place.name}`],
  ...['-D', `process.taskmanager.working-dir=${join(directory, `work-${place.name}`)}`],
];
const places: Place[] = [];

async function vertices(id: string): Promise<boolean> {
  const job = (await cluster.rest.job(id)) as unknown as {
    state: string;
    vertices: { tasks: Record<string, number>; parallelism: number }[];
  };
  return job.state === 'RUNNING' && job.vertices.every(({ tasks, parallelism }) => tasks['RUNNING'] === parallelism);
}
async function restarts(id: string): Promise<number> {
  const [metric] = await cluster.rest.metrics(`/jobs/${id}/metrics`, ['numRestarts']);
  return Number(metric?.value ?? 0);
}

try {
  const { jobManager } = { jobManager: cluster.startJobManager() };
  for (const name of ['tm-0', 'tm-1']) {
    const ports = ['-D', `taskmanager.rpc.port=${await freePort()}`, '-D', `taskmanager.data.port=${await freePort()}`];
    const place = { name, ports };
    places.push({ ...place, child: await cluster.startTaskManager(options(place)) });
  }
  await jobManager;
  await cluster.jobManager?.until(async () => (await cluster.rest.overview())['slots-total'] >= 4, 90_000);
  const id = await cluster.rest.submit(jar, { entryClass: 'CountJob', args: ['50000', '2000', '4'] });
  await cluster.jobManager?.until(() => vertices(id), 90_000);
  const rows: object[] = [];
  for (let trial = 0; trial < trials; trial++) {
    await sleep(12_000);
    const place = places[trial % 2] as Place;
    const before = await restarts(id);
    const completed = (await cluster.rest.checkpoints(id)).latest.completed?.id;
    const killed = Date.now();
    place.child.kill('SIGKILL');
    await place.child.until(() => place.child.ended, 5_000);
    await sleep(RESTART_MS);
    place.child = await cluster.startTaskManager(options(place));
    const changes: string[] = [];
    let running = false;
    let settled = 0;
    let end = killed + LIMIT_MS;
    // Flink notices after a moment only: what is up before that is the job of old.
    await cluster.jobManager?.until(async () => !(await vertices(id)), 30_000);
    for (; Date.now() < end; await sleep(50)) {
      const now = await vertices(id).catch(() => false);
      if (now === running) continue;
      running = now;
      changes.push(`${now ? 'up' : 'down'} ${((Date.now() - killed) / 1000).toFixed(1)}`);
      if (!now) continue;
      settled = Date.now() - killed;
      end = Date.now() + SETTLE_MS;
    }
    const row = {
      trial,
      load: loadavg()[0]?.toFixed(1),
      restarts: (await restarts(id)) - before,
      changes: changes.join(', '),
      settledMs: settled,
      restored: (await cluster.rest.checkpoints(id)).latest.restored?.id,
      completedBefore: completed,
    };
    rows.push(row);
    console.log(JSON.stringify(row));
  }
  const settled = rows.map((row) => (row as { settledMs: number }).settledMs).sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      machine: machine(),
      more,
      launched,
      settledMs: { min: settled[0], median: settled[settled.length >> 1], max: settled.at(-1) },
    }),
  );
} finally {
  await cluster.stop();
  if (process.env['KEEP']) console.log(directory, readFileSync(join(directory, 'conf/config.yaml'), 'utf8').length);
  else rmSync(directory, { recursive: true, force: true });
}
