// The life of a job on a real Flink, by the real command. Fault model: the command is killed in the middle of an upgrade; a
// new version cannot take over the state. What was put out in all of it is compared with an undisturbed run: once each, and
// with the memory that came before.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlinkCluster, stateFileSystemJar } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { headrace, type RunOptions } from '../ops/command-line.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { expectedRatings } from './expected-ratings.ts';
import { MockModel } from './mock-model.ts';
import { byInput, committedLines } from './part-lines.ts';
import { REVIEWS_AGENT, SENTENCES_FILE, sentences } from './reviews.ts';

const directory = temporaryDirectory(afterAll);
const state = join(directory, 'state');
const out = join(directory, 'out');
const model = new MockModel([5, 10]);
let flink: FlinkCluster;
let worker: WorkerProcess;
let url: string;

/**
 * A version of the deployment: the number of inputs in flight tells them apart.
 * @param rate inputs a second; by default they last for twelve minutes, longer than all that is done meanwhile.
 */
function version(inFlight: number, rate = 5, agent = ''): string {
  const file = join(directory, `version-${inFlight}.yaml`);
  writeFileSync(
    file,
    `version: 1
name: reviews
agent: { entry: ${REVIEWS_AGENT}, parallelism: 2, inFlight: ${inFlight}${agent} }
regions: [{ name: us, cloud: aws, region: us-east-1, role: active, size: small }]
dr: { mode: none }
source:
  file:
    path: ${SENTENCES_FILE}
    format: tsv
    columns: [id, rating, text]
    derive: { review: { from: id, pattern: "^([^_]+)_" } }
    rate: ${rate}
sink: { file: { path: ./out } }
resources: { judge: { chat: openai, model: mock, secret: openai-key, url: "${url}" } }
secrets: [openai-key]
`,
  );
  return file;
}

const on = (file: string) => ['--file', file, '--flink', flink.rest.url, '--state-root', `file://${state}`, '--json'];
const job = (file: string) => [...on(file), '--workers', worker.target, '--insecure-development'];

async function command<T = Record<string, unknown>>(args: readonly string[], more: Partial<RunOptions> = {}) {
  const ended = await headrace(args, { cwd: directory, ...more });
  return { ...ended, result: (ended.stdout.startsWith('{') ? JSON.parse(ended.stdout) : {}) as T };
}
const submit = (file: string, ...more: string[]) =>
  command<{
    jobId: string;
    outcome: string;
    startedFrom: string | null;
    failures: { code: string; message: string }[];
  }>(['job', 'submit', ...job(file), ...more]);
const running = async () => (await flink.rest.listJobs()).filter(({ state: now }) => now === 'RUNNING');
const outputs = () => (existsSync(out) ? committedLines(out).length : 0);
const moreOutputs = async () => {
  const before = outputs();
  await expect.poll(outputs, { timeout: 60_000 }).toBeGreaterThan(before);
};

beforeAll(async () => {
  url = await model.start();
  const file = version(100);
  flink = await FlinkCluster.prepare({
    directory: join(directory, 'flink'),
    configuration: {
      'taskmanager.numberOfTaskSlots': 4,
      'headrace.state.root': `file://${state}`,
      'execution.checkpointing.dir': 'state://checkpoints',
      'execution.checkpointing.savepoint-dir': 'state://savepoints',
      'execution.checkpointing.interval': '1 s',
    },
    plugins: { 'headrace-state': stateFileSystemJar() },
  });
  worker = await startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' } });
  await flink.start(1);
});
afterAll(async () => {
  model.close();
  await Promise.all([flink?.stop(), worker?.child.stop('SIGKILL')]);
});

test('a job is started once, upgraded over a kill, rolled back, saved, restored for a test, and puts each output out once', async () => {
  const first = await submit(version(100));
  expect(first, first.stderr).toMatchObject({ code: 0, result: { outcome: 'started', startedFrom: null } });
  const again = await submit(version(100));
  expect(again).toMatchObject({ code: 0, result: { outcome: 'unchanged', jobId: first.result.jobId } });
  await moreOutputs();

  // Killed as soon as the old job was told to stop.
  const upgrade = ['job', 'submit', ...job(version(200)).filter((arg) => arg !== '--json')];
  const killed = await headrace(upgrade, { cwd: directory, signalAt: { text: 'stops job', signal: 'SIGKILL' } });
  expect(killed.code).toBeNull();
  const second = await submit(version(200));
  expect(second, second.stderr).toMatchObject({
    code: 0,
    result: { startedFrom: expect.stringMatching(/^state:\/\/savepoints\/reviews\/upgrade-/) },
  });
  expect((await running()).map(({ jid }) => jid)).toEqual([second.result.jobId]);
  await moreOutputs();

  // Key groups are counted once and for all: Flink refuses state that has another number of them.
  const broken = await submit(version(300, 5, ', maxParallelism: 64'), '--wait', '40s');
  expect(broken, broken.stderr).toMatchObject({
    code: 1,
    result: {
      failures: [{ code: 'HR-JOB-004', message: expect.stringMatching(/the version before runs again as job/) }],
    },
  });
  const [back] = await running();
  expect(broken.result.failures[0]?.message).toContain(back?.jid);
  expect(await submit(version(200))).toMatchObject({ code: 0, result: { outcome: 'unchanged', jobId: back?.jid } });
  await moreOutputs();

  const status = await command(['status', ...on(version(200))]);
  expect(status).toMatchObject({
    code: 0,
    result: {
      jobId: back?.jid,
      state: 'RUNNING',
      workers: 1,
      asDeployed: true,
      upgrade: 'rolled-back',
      deadLetters: 0,
    },
  });

  const periodic = join(state, 'savepoints/reviews/periodic');
  for (let i = 0; i < 3; i++)
    expect(await command(['savepoint', ...on(version(200)), '--retain', '2'])).toMatchObject({ code: 0 });
  expect(readdirSync(periodic)).toHaveLength(2);

  const tested = await command<{
    ok: boolean;
    stateSize: number;
    state?: { entries: number; digest: string };
    record: string;
  }>(['restore-test', ...on(version(200))]);
  expect(tested, tested.stdout).toMatchObject({ code: 0, result: { ok: true } });
  expect(tested.result.stateSize).toBeGreaterThan(1_000);
  expect(tested.result.state?.entries).toBeGreaterThan(10);
  expect(JSON.parse(readFileSync(new URL(tested.result.record), 'utf8'))).toMatchObject({ ok: true });
  const left = existsSync(join(state, 'restore-tests'))
    ? readdirSync(join(state, 'restore-tests'), { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      )
    : [];
  expect(left).toEqual([]);
  expect((await running()).map(({ jid }) => jid)).toEqual([back?.jid]);

  // The rest at full speed.
  const last = await submit(version(400, 10_000));
  expect(last, last.stderr).toMatchObject({ code: 0 });
  await flink.rest.until(last.result.jobId, 'FINISHED');
  await sleep(500);
  expect(byInput(committedLines(out))).toEqual(
    await expectedRatings(
      directory,
      sentences().map(({ value }) => value),
    ),
  );
  expect(await submit(version(400, 10_000))).toMatchObject({ code: 0, result: { outcome: 'finished' } });
});
