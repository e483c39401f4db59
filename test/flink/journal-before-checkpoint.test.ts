// Fault model: a job's TaskManager dies by kill -9, twice before the job has a checkpoint at all, and once more when the first one
// holds only a part of what was recorded before. What is on record in the journal is not asked for again.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { type Kafka, startKafka } from '../../ops/dev/kafka.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { readJournal } from './journal-topic.ts';
import { MockModel } from './mock-model.ts';
import { recoverySettings } from './recovery-settings.ts';
import { repeatedWithoutNeed } from './repeated-calls.ts';
import { mockDeployment, ratingsSink, reviewsJob, sentences } from './reviews.ts';
import { createTopics, produce, readCommitted } from './topics.ts';

const INPUTS = 1_200;
/** Calls that were made when a TaskManager dies. */
const [FIRST, SECOND] = [300, 700];

const directory = temporaryDirectory(afterAll);
const model = new MockModel([100, 200]);
let kafka: Kafka;
let flink: FlinkCluster;
let worker: WorkerProcess;
let file: string;

beforeAll(async () => {
  file = mockDeployment(directory, await model.start());
  flink = await FlinkCluster.prepare({
    directory: join(directory, 'flink'),
    configuration: {
      ...recoverySettings(),
      // Checkpoints are taken where the test says so.
      'execution.checkpointing.interval': '10 h',
      'execution.checkpointing.min-pause': '9 h',
      // Little lies between source and operator: a checkpoint holds what the operator has taken, and not all inputs.
      'taskmanager.memory.segment-size': '4 kb',
      'taskmanager.network.memory.buffers-per-channel': 2,
      'taskmanager.network.memory.floating-buffers-per-gate': 2,
    },
  });
  [kafka, worker] = await Promise.all([
    startKafka(join(directory, 'kafka'), console.log),
    startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' } }),
    flink.start(1),
  ]);
});
afterAll(async () => {
  model.close();
  await Promise.all([flink?.stop(), kafka?.child.stop('SIGKILL'), worker?.child.stop('SIGKILL')]);
});

const called = (count: number) =>
  expect.poll(() => model.calls.size, { timeout: 120_000, interval: 20 }).toBeGreaterThanOrEqual(count);

async function loseTaskManager(): Promise<void> {
  await flink.taskManagers.splice(0, 1)[0]?.stop('SIGKILL');
  model.lost();
}

/** What a worker still asked for a TaskManager that was gone is not asked again without a loss in between. */
async function startTaskManager(): Promise<void> {
  await flink.startTaskManager();
  model.lost();
}

test('calls on record are not made again, whether or not there was a checkpoint when the job died', async () => {
  const { bootstrap } = kafka;
  await createTopics(bootstrap, ['reviews', 'ratings', 'ratings.dead-letter'], 2);
  await produce(bootstrap, 'reviews', sentences().slice(0, INPUTS));
  const job = await reviewsJob({
    inFlight: 25,
    retry: { attempts: 20, initialBackoff: 50, maxBackoff: 500, onFailure: 'dead-letter' },
    journal: { mode: 'kafka', topic: 'reviews.journal', bootstrap: [bootstrap] },
    source: { kafka: { topic: 'reviews', bootstrap: [bootstrap], group: 'reviews', startingOffsets: 'earliest' } },
    sink: ratingsSink(bootstrap),
    workers: { targets: [worker.target], tls: null },
  });
  const id = await flink.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(job)],
  });
  const completed = async () => (await flink.rest.checkpoints(id)).counts.completed;
  await called(FIRST);
  await loseTaskManager();
  await startTaskManager();
  await called(SECOND);
  expect(await completed()).toBe(0);
  await loseTaskManager();
  // Without a worker the operator takes some inputs and no more.
  await worker.child.stop('SIGKILL');
  const runs = async () => (await flink.rest.job(id)).vertices.every(({ status }) => status === 'RUNNING');
  // The loss is noticed some seconds later.
  await expect.poll(runs, { timeout: 60_000 }).toBe(false);
  await startTaskManager();
  await expect.poll(runs, { timeout: 60_000 }).toBe(true);
  await flink.rest.checkpoint(id);
  await loseTaskManager();
  const port = Number(worker.target.split(':')[1]);
  worker = await startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' }, port });
  await startTaskManager();
  await called(INPUTS);
  expect((await flink.rest.checkpoints(id)).latest.restored).toBeDefined();
  // Outputs become visible with a checkpoint that begins when all calls are finished.
  await expect
    .poll(async () => new Set((await readJournal(bootstrap, 'reviews.journal')).map(({ call }) => call)).size, {
      timeout: 60_000,
    })
    .toBe(INPUTS);
  await flink.rest.checkpoint(id);
  const seen = await readCommitted(bootstrap, 'ratings', { count: INPUTS, quietMs: 20_000 });
  expect(new Set(seen.map(({ value }) => JSON.parse(value).input)).size).toBe(INPUTS);
  expect(seen).toHaveLength(INPUTS);
  expect(model.repeated).toBeGreaterThan(0);
  const journaled = await readJournal(bootstrap, 'reviews.journal');
  expect(repeatedWithoutNeed(model.asked, model.losses, journaled)).toEqual({ withoutLoss: [], thoughOnRecord: [] });
});
