// The example of the README on a real Flink, from Kafka to Kafka.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { type Kafka, startKafka } from '../../ops/dev/kafka.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { REVIEWS_FILE, ratingsSink, reviewsJob, sentences } from './reviews.ts';
import { createTopics, produce, readCommitted } from './topics.ts';

const directory = temporaryDirectory(afterAll);
let kafka: Kafka;
let flink: FlinkCluster;
let worker: WorkerProcess;

beforeAll(async () => {
  flink = await FlinkCluster.prepare({
    directory: `${directory}/flink`,
    configuration: { 'execution.checkpointing.interval': '1 s' },
  });
  [kafka, worker] = await Promise.all([
    startKafka(`${directory}/kafka`, console.log),
    startWorker({ file: REVIEWS_FILE, profile: 'local', directory }),
    flink.start(1),
  ]);
});
afterAll(async () => {
  await Promise.all([flink?.stop(), kafka?.child.stop('SIGKILL'), worker?.child.stop('SIGKILL')]);
});

test('every sentence is rated once, read committed', async () => {
  const { bootstrap } = kafka;
  await createTopics(bootstrap, ['reviews', 'ratings', 'ratings.dead-letter'], 2);
  const records = sentences();
  await produce(bootstrap, 'reviews', records);
  const job = await reviewsJob({
    source: {
      kafka: { topic: 'reviews', bootstrap: [bootstrap], group: 'reviews', startingOffsets: 'earliest', bounded: true },
    },
    sink: ratingsSink(bootstrap),
    workers: { targets: [worker.target], tls: null },
  });
  const id = await flink.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(job)],
  });
  await flink.rest.until(id, 'FINISHED');
  const outputs = await readCommitted(bootstrap, 'ratings', { count: records.length });
  expect(outputs).toHaveLength(3_708);
  const lines = outputs.map(({ value }) => JSON.parse(value) as { id: string; input: string; key: string });
  expect(new Set(lines.map((line) => line.id)).size).toBe(3_708);
  expect(new Set(lines.map((line) => line.input))).toEqual(new Set(records.map(({ value }) => value.id)));
  expect(await readCommitted(bootstrap, 'ratings.dead-letter', { quietMs: 2_000 })).toEqual([]);
});
