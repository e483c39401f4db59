// A stream that is held back: as many calls in flight as may be, each of ten seconds, and a source that has far more. What
// takes its state must not wait for any of them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { MockModel } from './mock-model.ts';
import { mockDeployment, reviewsJob } from './reviews.ts';

const CALLS = 1_000;
const BAR_MS = 2_000;
const directory = temporaryDirectory(afterAll);
const model = new MockModel([10_000, 10_000]);
let flink: FlinkCluster;
let worker: WorkerProcess;

beforeAll(async () => {
  const file = mockDeployment(directory, await model.start());
  flink = await FlinkCluster.prepare({
    directory: join(directory, 'flink'),
    configuration: { 'execution.checkpointing.interval': '1 h', 'taskmanager.numberOfTaskSlots': 1 },
  });
  [worker] = await Promise.all([startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' } }), flink.start(1)]);
});
afterAll(async () => {
  model.close();
  await Promise.all([flink?.stop(), worker?.child.stop('SIGKILL')]);
});

test('a checkpoint, and a stop with a savepoint, while 1,000 calls of 10 s are in flight take less than 2 s', async () => {
  const path = join(directory, 'inputs.jsonl');
  const line = (i: number) =>
    JSON.stringify({ id: `i${i}`, review: `r${i}`, text: `sentence ${i} ${'x'.repeat(300)}` });
  writeFileSync(path, Array.from({ length: 30_000 }, (_, i) => `${line(i)}\n`).join(''));
  const job = await reviewsJob({
    parallelism: 1,
    inFlight: CALLS,
    source: { file: { path, name: 'inputs', format: 'jsonl', maxLineBytes: 1 << 20 } },
    sink: { file: { path: `file://${join(directory, 'out')}` } },
    workers: { targets: [worker.target], tls: null },
  });
  const id = await flink.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(job)],
  });
  await expect.poll(() => model.calls.size, { timeout: 30_000, interval: 20 }).toBeGreaterThanOrEqual(CALLS);
  await flink.rest.checkpoint(id);
  const { latest } = await flink.rest.checkpoints(id);
  const begun = performance.now();
  await flink.rest.stop(id);
  const stopped = performance.now() - begun;
  console.log(
    `measured: checkpoint ${latest.completed?.end_to_end_duration} ms, stop with savepoint ${Math.round(stopped)} ms`,
  );
  expect(model.calls.size, 'calls beyond the limit').toBe(CALLS);
  expect(latest.completed?.end_to_end_duration).toBeLessThan(BAR_MS);
  expect(stopped).toBeLessThan(BAR_MS);
});
