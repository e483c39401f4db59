// How long a job is away after the kill -9 of a TaskManager that is started again at once, as a kubelet does, and how
// often it restarts for it; with a resource id that stays, and with one of its own for each start.
// Usage: recovery.ts [trials] [configuration as JSON]
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
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
const stable = process.argv[4] !== 'fresh';
const RESTART_MS = 1_000;
const SETTLE_MS = 25_000;

const directory = mkdtempSync(join(tmpdir(), 'headrace-recovery-'));
const jar = await jobJar(fileURLToPath(new URL('../flink/jobs/CountJob.java', import.meta.url)), directory);
const cluster = await FlinkCluster.prepare({
  directory,
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
  starts: number;
}
const options = (place: Omit<Place, 'child'>) => [
  ...place.ports,
  ...['-D', `taskmanager.resource-id=${place.name}${stable ? '' : `-${place.starts}`}`],
  ...['-D', `process.taskmanager.working-dir=${join(directory, `work-${place.name}`)}`],
];
const places: Place[] = [];

async function vertices(id: string): Promise<boolean> {
  const job = (await cluster.rest.job(id)) as unknown as { state: string; vertices: { tasks: Record<string, number>; parallelism: number }[] };
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
    const place = { name, ports, starts: 1 };
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
    const name = () => `tm_${place.name}${stable ? '' : `-${place.starts}`}`;
    const old = join(directory, `work-${place.name}`, name());
    place.starts++;
    if (!stable) renameSync(old, join(directory, `work-${place.name}`, name()));
    place.child = await cluster.startTaskManager(options(place));
    let running = false;
    const changes: string[] = [];
    let settled = 0;
    for (const end = killed + SETTLE_MS; Date.now() < end; await sleep(50)) {
      const now = await vertices(id).catch(() => false);
      if (now === running) continue;
      if (Date.now() - killed < 1_500 && now) continue;
      running = now;
      settled = Date.now() - killed;
      changes.push(`${now ? 'up' : 'down'} ${(settled / 1000).toFixed(1)}`);
    }
    const restored = (await cluster.rest.checkpoints(id)).latest.restored?.id;
    const row = { trial, load: loadavg()[0]?.toFixed(1), restarts: (await restarts(id)) - before, changes: changes.join(', '), settledMs: settled, restored, completedBefore: completed };
    rows.push(row);
    console.log(JSON.stringify(row));
  }
  const settled = rows.map((row) => (row as { settledMs: number }).settledMs).sort((a, b) => a - b);
  console.log(JSON.stringify({ machine: machine(), more, stable, settledMs: { min: settled[0], median: settled[settled.length >> 1], max: settled.at(-1) } }));
} finally {
  await cluster.stop();
  if (process.env['KEEP']) console.log(directory, readFileSync(join(directory, 'conf/config.yaml'), 'utf8').length);
  else rmSync(directory, { recursive: true, force: true });
}
