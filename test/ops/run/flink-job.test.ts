import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { flinkJob, needsKafka } from '../../../ops/run/flink-job.ts';
import { edit, exampleCopy } from '../command-line.ts';

const PLACES = { workers: { targets: ['127.0.0.1:7443'], tls: null }, region: 'us', development: true };

async function opened(change: (file: string) => string = (file) => file, profile?: string) {
  const directory = exampleCopy();
  edit(directory, 'headrace.yaml', change);
  return { directory, open: await openDeployment(join(directory, 'headrace.yaml'), profile ? { profile } : {}) };
}

test("a managed Kafka is the region's own, and dead letters have a topic beside the outputs'", async () => {
  const { open } = await opened((file) => file.replace('state: {', 'state: { journal: kafka,'));
  expect(needsKafka(open)).toBe(true);
  const job = flinkJob(open, { ...PLACES, kafka: 'broker:9092' });
  expect(job).toMatchObject({
    name: 'reviews',
    region: 'us',
    parallelism: 2,
    maxParallelism: 128,
    inFlight: 1000,
    plan: { name: 'review-analysis', hash: open.plan.hash },
    journal: { mode: 'kafka', topic: 'reviews.journal', bootstrap: ['broker:9092'] },
    source: { kafka: { topic: 'reviews', bootstrap: ['broker:9092'], group: 'reviews', startingOffsets: 'earliest' } },
    sink: { kafka: { topic: 'ratings', deadLetterTopic: 'ratings.dead-letter', guarantee: 'exactly-once' } },
  });
});

test('brokers and a dead-letter topic of the file are taken as they are, and no Kafka is started', async () => {
  const { open } = await opened((file) =>
    file
      .replace('topic: reviews, bootstrap: managed', 'topic: reviews, bootstrap: ["a:1"]')
      .replace('topic: ratings, bootstrap: managed', 'topic: ratings, bootstrap: ["b:2"], deadLetterTopic: lost')
      .replace('state: {', 'state: { journal: kafka, memory: { ttl: 2h },'),
  );
  expect(needsKafka(open)).toBe(false);
  expect(flinkJob(open, PLACES)).toMatchObject({
    memory: { ttl: 7_200_000 },
    journal: { bootstrap: ['a:1', 'b:2'] },
    source: { kafka: { bootstrap: ['a:1'] } },
    sink: { kafka: { bootstrap: ['b:2'], deadLetterTopic: 'lost' } },
  });
});

test('paths are relative to the file, and a list is refused', async () => {
  const { directory, open } = await opened(undefined, 'local');
  expect(needsKafka(open)).toBe(false);
  expect(flinkJob(open, PLACES)).toMatchObject({
    source: { file: { path: join(directory, 'amazon-review-sentences.tsv'), columns: ['id', 'rating', 'text'] } },
    sink: { file: { path: `file://${join(directory, 'out')}` } },
  });
  const { open: list } = await opened((file) =>
    file.replace('source: { kafka: { topic: reviews, bootstrap: managed } }', 'source: { list: [] }'),
  );
  expect(() => flinkJob(list, PLACES)).toThrow(expect.objectContaining({ code: 'HR-CLI-003' }));
});
