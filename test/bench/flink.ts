// Figures of the bridge between Flink and agent workers on one machine: a Flink session cluster, one worker and a mock
// model over HTTP, all on loopback. Prints a table, then one line of JSON. Usage: npm run bench:flink
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Authority } from '../../ops/dev/authority.ts';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { compilePlan, loadAgent } from '../../runtime/plan/index.ts';
import { asArgument, JOB_CLASS, jobSpecification } from '../../runtime/remote/index.ts';
import { Operator } from '../runtime/worker/operator.ts';
import { machine } from './machine.ts';

const AGENT = fileURLToPath(new URL('./flink-agent.ts', import.meta.url));
const OPERATOR = 'action-execute-operator';
const directory = mkdtempSync(join(tmpdir(), 'headrace-bench-'));

/** A model that answers after a time, however many ask. */
async function mockModel(): Promise<{ url: (ms: number) => string; close: () => void }> {
  const answer = JSON.stringify({
    id: 'x',
    object: 'chat.completion',
    created: 0,
    model: 'mock',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'fine' } }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
  const server = createServer((request, response) => {
    request.resume();
    setTimeout(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end(answer),
      Number(request.url?.split('/')[1]),
    );
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 8_192, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (ms) => `http://127.0.0.1:${port}/${ms}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Records with keys of their own. @returns the file. */
async function records(count: number): Promise<string> {
  const file = join(directory, `records-${count}.jsonl`);
  const out = createWriteStream(file);
  for (let i = 0; i < count; i++) {
    const line = `${JSON.stringify({ id: `i${i}`, key: `k${i}`, text: `question ${i} ${'x'.repeat(200)}` })}\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  await new Promise<void>((resolve) => out.end(() => resolve()));
  return file;
}

function deployment(modelUrl: string, ask: boolean): string {
  const file = join(directory, `headrace-${Math.random()}.yaml`);
  writeFileSync(
    file,
    `version: 1
name: bench
agent: { entry: ${AGENT}, config: { ask: ${ask} } }
regions: [{ name: us, cloud: aws, region: us-east-1, role: active, size: small }]
dr: { mode: none }
source: { list: [] }
sink: { file: { path: ./out } }
resources: { model: { chat: openai, model: mock, secret: openai-key, url: "${modelUrl}" } }
secrets: [openai-key]
`,
  );
  return file;
}

/** Resident memory of a process and its children, MiB. */
function residentMiB(pid: number): number {
  const own = (id: number) =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return Math.round(own(pid) + children.reduce((sum, id) => sum + own(Number(id)), 0));
}

interface Case {
  readonly file: string;
  readonly inFlight: number;
  readonly worker: WorkerProcess;
}

interface Measured {
  /** Between a tenth and nine tenths of the records, or over the time that was given. */
  readonly eventsPerSecond: number;
  readonly peakInFlight: number;
  readonly workerMiB: number;
  readonly checkpointMs: number | undefined;
}

/** Runs a job until its records are through, or for a time. */
async function measure(
  flink: FlinkCluster,
  { file, inFlight, worker }: Case,
  limits: { readonly records: number; readonly seconds: number; readonly checkpointAfter?: number },
): Promise<Measured> {
  const out = mkdtempSync(join(directory, 'out-'));
  const job = jobSpecification(compilePlan(await loadAgent(AGENT)), {
    name: 'bench',
    region: 'us',
    development: true,
    parallelism: 1,
    inFlight,
    retry: { attempts: 5, initialBackoff: 1_000, maxBackoff: 60_000, onFailure: 'dead-letter' },
    memory: { ttl: null },
    journal: { mode: 'checkpoint' },
    source: { file: { path: file, name: 'records', format: 'jsonl', maxLineBytes: 1 << 20 } },
    sink: { file: { path: `file://${out}` } },
    workers: { targets: [worker.target], tls: null },
  });
  const id = await flink.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(job)],
  });
  await flink.rest.until(id, 'RUNNING');
  const samples: { at: number; finished: number }[] = [];
  let [peakInFlight, workerMiB] = [0, 0];
  let checkpointMs: number | undefined;
  const begun = performance.now();
  while (performance.now() - begun < limits.seconds * 1000) {
    const { vertices, state } = await flink.rest.job(id);
    if (state === 'FINISHED') break;
    const vertex = vertices.find(({ name }) => name.includes(OPERATOR));
    const metrics = await flink.rest.metrics(
      `/jobs/${id}/vertices/${vertex?.id}/subtasks/metrics`,
      ['runsFinished', 'runsInFlight'].map((name) => `${OPERATOR}.headrace.${name}`),
    );
    const value = (name: string) => Number(metrics.find((metric) => metric.id.endsWith(name))?.sum ?? 0);
    samples.push({ at: performance.now(), finished: value('runsFinished') });
    peakInFlight = Math.max(peakInFlight, value('runsInFlight'));
    workerMiB = Math.max(workerMiB, residentMiB(worker.child.pid));
    if (limits.checkpointAfter !== undefined && checkpointMs === undefined && peakInFlight >= limits.checkpointAfter) {
      await flink.rest.checkpoint(id);
      checkpointMs = (await flink.rest.checkpoints(id)).latest.completed?.end_to_end_duration;
      break;
    }
    await sleep(250);
  }
  if ((await flink.rest.job(id)).state === 'RUNNING') await flink.rest.cancel(id);
  const last = samples.at(-1)?.finished ?? 0;
  const middle = samples.filter(({ finished }) => finished > last * 0.1 && finished < Math.max(last * 0.9, 1));
  const [first, end] = [middle[0], middle.at(-1)];
  const eventsPerSecond =
    first && end && end.at > first.at ? Math.round(((end.finished - first.finished) / (end.at - first.at)) * 1000) : 0;
  return { eventsPerSecond, peakInFlight, workerMiB, checkpointMs };
}

/** One run at a time over mutual TLS, from a client in this process: milliseconds, sorted. */
async function roundTrips(count: number): Promise<number[]> {
  const authority = await Authority.create('bench');
  const tls = await authority.issue(join(directory, 'tls'));
  const worker = await startWorker({
    file: deployment('http://127.0.0.1:1', false),
    directory,
    args: ['--tls', tls],
    env: { OPENAI_API_KEY: 'sk-bench' },
  });
  const operator = new Operator(Number(worker.target.split(':')[1]), tls);
  operator.hello({ planHash: compilePlan(await loadAgent(AGENT)).hash, job: 'bench' });
  await operator.until(({ frames }) => frames.length > 0);
  const times: number[] = [];
  for (let id = 1; id <= count + 500; id++) {
    const value = { id: `i${id}`, key: 'k', text: 'x'.repeat(200) };
    const begun = performance.now();
    operator.run({ id, key: 'k', inputId: value.id, input: Buffer.from(JSON.stringify(value)) });
    await operator.until(({ results }) => results.has(id));
    if (id > 500) times.push(performance.now() - begun);
  }
  operator.close();
  await worker.child.stop('SIGKILL');
  return times.sort((a, b) => a - b);
}

const model = await mockModel();
const flink = await FlinkCluster.prepare({
  directory: join(directory, 'flink'),
  configuration: {
    'execution.checkpointing.interval': '5 s',
    'taskmanager.numberOfTaskSlots': 1,
    'metrics.fetcher.update-interval': 200,
  },
  say: console.error,
});
mkdirSync(join(directory, 'out'));
const result: Record<string, number | undefined> = {};
const rows: [string, string, string][] = [];
const row = (what: string, figure: string, bar: string) => rows.push([what, figure, bar]);

async function withWorker(ms: number, ask: boolean, inFlight: number, run: (worker: WorkerProcess) => Promise<void>) {
  const worker = await startWorker({
    file: deployment(model.url(ms), ask),
    directory,
    args: ['--insecure-development', '--in-flight', String(inFlight)],
    env: { OPENAI_API_KEY: 'sk-bench' },
  });
  try {
    await run(worker);
  } finally {
    await worker.child.stop('SIGKILL');
  }
}

try {
  await flink.start(1);
  const many = await records(600_000);
  const some = await records(120_000);
  await withWorker(0, false, 1_000, async (worker) => {
    const { eventsPerSecond } = await measure(
      flink,
      { file: many, inFlight: 1_000, worker },
      { records: 600_000, seconds: 60 },
    );
    result['noModelEventsPerSecond'] = eventsPerSecond;
    row('no model call, parallelism 1', `${eventsPerSecond.toLocaleString('en')} events/s`, '40,000');
  });
  await withWorker(100, true, 1_000, async (worker) => {
    const { eventsPerSecond } = await measure(
      flink,
      { file: some, inFlight: 1_000, worker },
      { records: 120_000, seconds: 30 },
    );
    result['model100msEventsPerSecond'] = eventsPerSecond;
    row('100 ms model, default settings', `${eventsPerSecond.toLocaleString('en')} events/s`, '2,280');
  });
  await withWorker(1_000, true, 1_000, async (worker) => {
    const { eventsPerSecond, peakInFlight } = await measure(
      flink,
      { file: some, inFlight: 1_000, worker },
      { records: 120_000, seconds: 25 },
    );
    result['model1sEventsPerSecond'] = eventsPerSecond;
    row(
      '1 s model, 1,000 in flight',
      `${eventsPerSecond.toLocaleString('en')} events/s, peak ${peakInFlight} in flight`,
      '900',
    );
  });
  await withWorker(1_000, true, 5_000, async (worker) => {
    const { eventsPerSecond, peakInFlight, workerMiB } = await measure(
      flink,
      { file: some, inFlight: 5_000, worker },
      { records: 120_000, seconds: 25 },
    );
    result['inFlight5000WorkerMiB'] = workerMiB;
    result['inFlight5000EventsPerSecond'] = eventsPerSecond;
    row(
      '1 s model, 5,000 in flight, one worker',
      `${workerMiB} MiB, peak ${peakInFlight} in flight, ${eventsPerSecond.toLocaleString('en')} events/s`,
      '1,536 MiB',
    );
  });
  await withWorker(10_000, true, 1_000, async (worker) => {
    const { checkpointMs } = await measure(
      flink,
      { file: some, inFlight: 1_000, worker },
      { records: 120_000, seconds: 30, checkpointAfter: 1_000 },
    );
    result['checkpointMs'] = checkpointMs;
    row('a checkpoint while 1,000 calls of 10 s are in flight', `${checkpointMs} ms`, '2,000');
  });
  await flink.stop();
  const times = await roundTrips(5_000);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  result['roundTripP50Ms'] = Number(at(0.5).toFixed(3));
  result['roundTripP99Ms'] = Number(at(0.99).toFixed(3));
  row(
    'one run at a time, mutual TLS, client in Node',
    `p50 ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms`,
    '0.5, 2',
  );
} finally {
  model.close();
  await flink.stop();
  rmSync(directory, { recursive: true, force: true });
}
const widths = [0, 1].map((i) => Math.max(...rows.map((one) => one[i]?.length ?? 0)));
for (const [what, figure, bar] of rows)
  console.log(`  ${what.padEnd(widths[0] ?? 0)}  ${figure.padEnd(widths[1] ?? 0)}  bar ${bar}`);
console.log(JSON.stringify({ bench: 'flink', machine: machine(), ...result }));
process.exit(0);
