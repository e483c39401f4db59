// Mutual TLS between a real Flink and real workers. Fault model: the workers have another plan; the operator's certificate
// has expired; certificates are missing altogether.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Authority } from '../../ops/dev/authority.ts';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { asArgument, JOB_CLASS, type JobSpecification } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { byInput, committedLines } from './part-lines.ts';
import { REVIEWS_FILE, reviewsJob, sentencesSource } from './reviews.ts';

const directory = temporaryDirectory(afterAll);
let flink: FlinkCluster;
let authority: Authority;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  authority = await Authority.create('headrace test');
  flink = await FlinkCluster.prepare({
    directory: join(directory, 'flink'),
    configuration: { 'execution.checkpointing.interval': '1 s' },
  });
  await flink.start(1);
});
afterEach(async () => {
  for (const { id, status } of (await flink.rest.jobs()).jobs) {
    if (status !== 'FINISHED' && status !== 'CANCELED' && status !== 'FAILED') await flink.rest.cancel(id);
  }
  await Promise.all(workers.splice(0).map(({ child }) => child.stop('SIGKILL')));
});
afterAll(() => flink?.stop());

async function secureWorker(file = REVIEWS_FILE): Promise<WorkerProcess> {
  const tls = await authority.issue(join(directory, 'worker'));
  const worker = await startWorker({ file, profile: 'local', directory, args: ['--tls', tls] });
  workers.push(worker);
  return worker;
}

async function submit(target: string, tls: { validTo: number }, out = 'out'): Promise<string> {
  mkdirSync(join(directory, out), { recursive: true });
  const job = await reviewsJob({
    development: false,
    source: sentencesSource(10_000),
    sink: { file: { path: `file://${join(directory, out)}` } },
    workers: {
      targets: [target],
      tls: {
        directory: await authority.issue(join(directory, `operator-${tls.validTo}`), tls),
        serverName: 'localhost',
      },
    },
  });
  return run(job);
}

const run = (job: JobSpecification) =>
  flink.rest.submit(bridgeJar(), { entryClass: JOB_CLASS, args: ['--specification', asArgument(job)] });
const taskManagerLog = () => readFileSync(flink.taskManagers[0]?.log ?? '', 'utf8');

test('with certificates of one authority the job runs', async () => {
  const worker = await secureWorker();
  await flink.rest.until(await submit(worker.target, { validTo: 1 }), 'FINISHED');
  expect(byInput(committedLines(join(directory, 'out'))).size).toBe(3_708);
});

test('workers of another plan are not used, and both sides say why', async () => {
  const agent = join(directory, 'agent.ts');
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(directory, 'node_modules'));
  const example = REVIEWS_FILE.replace('headrace.yaml', 'agent.ts');
  writeFileSync(
    agent,
    readFileSync(example, 'utf8')
      .replace("'../../runtime", `'${new URL('../../runtime', import.meta.url).pathname}`)
      .replace('review: z.string(), text', 'review: z.string(), rating: z.string(), text'),
  );
  const file = join(directory, 'headrace.yaml');
  writeFileSync(
    file,
    readFileSync(REVIEWS_FILE, 'utf8')
      .replace('./agent.ts', agent)
      .replace('./amazon', REVIEWS_FILE.replace('headrace.yaml', 'amazon')),
  );
  const worker = await secureWorker(file);
  await submit(worker.target, { validTo: 1 }, 'refused');
  const reason =
    /the job was submitted with agent plan [0-9a-f]{12}, this worker has [0-9a-f]{12}; roll out the workers/;
  await expect.poll(() => readFileSync(worker.child.log, 'utf8'), { timeout: 30_000 }).toMatch(reason);
  await expect.poll(taskManagerLog, { timeout: 30_000 }).toMatch(reason);
  // The job waits rather than fails, and says what for.
  await expect
    .poll(taskManagerLog, { timeout: 30_000 })
    .toMatch(/no worker serves job reviews \(plan [0-9a-f]{12}\), so it waits: 127/);
});

test('an expired certificate of the operator is refused, and both sides say why', async () => {
  const worker = await secureWorker();
  await submit(worker.target, { validTo: -1 }, 'refused');
  const reason = /its certificate, localhost, expired at .*Z \(renew tls\.crt on the Flink side\)/;
  await expect.poll(() => readFileSync(worker.child.log, 'utf8'), { timeout: 30_000 }).toMatch(reason);
  await expect.poll(taskManagerLog, { timeout: 30_000 }).toMatch(reason);
});

test('a worker with a certificate of another authority is not used, and the operator says why', async () => {
  const tls = await (await Authority.create('another')).issue(join(directory, 'stranger'));
  const worker = await startWorker({ file: REVIEWS_FILE, profile: 'local', directory, args: ['--tls', tls] });
  workers.push(worker);
  await submit(worker.target, { validTo: 1 }, 'refused');
  await expect.poll(taskManagerLog, { timeout: 30_000 }).toMatch(/its certificate is of another authority/);
});

test('without TLS a job is refused unless it says that it is for development', async () => {
  const job = await reviewsJob({
    source: sentencesSource(10_000),
    sink: { file: { path: `file://${join(directory, 'out')}` } },
    workers: { targets: ['127.0.0.1:7443'], tls: null },
  });
  await expect(run({ ...job, development: false })).rejects.toMatchObject({
    code: 'HR-REMOTE-001',
    message: expect.stringMatching(/HR-FLINK-010 job specification \/workers\/tls: is missing/),
  });
  await expect(startWorker({ file: REVIEWS_FILE, profile: 'local', directory, args: [] })).rejects.toMatchObject({
    message: expect.stringMatching(/HR-CLI-008 a worker takes connections by mutual TLS/),
  });
});
