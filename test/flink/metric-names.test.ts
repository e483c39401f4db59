// The list of metrics that rules and dashboards are written from, against a real Flink and worker: a name that neither
// shows is an alert that never fires.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { type Kafka, startKafka } from '../../ops/dev/kafka.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { REVIEWS_FILE, ratingsSink, reviewsJob, sentences } from './reviews.ts';
import { createTopics, produce } from './topics.ts';

const LIST = fileURLToPath(new URL('../charts/metric-names.json', import.meta.url));
/** Metrics of Kafka's own clients, by hundreds: rules and dashboards use `pendingRecords` of the source alone. */
const LEFT_OUT = /KafkaSourceReader|KafkaProducer|KafkaConsumer/;

const directory = temporaryDirectory(afterAll);
let kafka: Kafka;
let flink: FlinkCluster;
let worker: WorkerProcess;

beforeAll(async () => {
  flink = await FlinkCluster.prepare({
    directory: `${directory}/flink`,
    configuration: {
      'execution.checkpointing.interval': '1 s',
      // As the chart sets it.
      'metrics.job.status.enable': 'CURRENT_TIME;STATE;TOTAL_TIME',
      'metrics.reporter.prom.port': '29250-29290',
    },
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

/** The port that a process's reporter took of its range. */
function reporterPort(process: 'jobmanager' | 'taskmanager'): number {
  const log = join(flink.directory, 'log');
  const file = readdirSync(log).find((name) => name.startsWith(process));
  const port = /PrometheusReporter HTTP server on port (\d+)/.exec(readFileSync(join(log, file ?? ''), 'utf8'))?.[1];
  if (!port) throw new Error(`the ${process} reports no metrics`);
  return Number(port);
}

async function scrape(url: string): Promise<string[]> {
  const text = await (await fetch(url)).text();
  const names = [...text.matchAll(/^([a-zA-Z_:][a-zA-Z0-9_:]*)/gm)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)].filter((name) => !LEFT_OUT.test(name)).sort();
}

test('every metric of the list is shown by JobManager, TaskManager or worker', async () => {
  const { bootstrap } = kafka;
  await createTopics(bootstrap, ['reviews', 'ratings', 'ratings.dead-letter'], 2);
  await produce(bootstrap, 'reviews', sentences());
  const job = await reviewsJob({
    source: { kafka: { topic: 'reviews', bootstrap: [bootstrap], group: 'reviews', startingOffsets: 'earliest' } },
    sink: ratingsSink(bootstrap),
    workers: { targets: [worker.target], tls: null },
  });
  await flink.rest.submit(bridgeJar(), { entryClass: JOB_CLASS, args: ['--specification', asArgument(job)] });
  const read = async () => ({
    jobManager: await scrape(`http://127.0.0.1:${reporterPort('jobmanager')}/metrics`),
    taskManager: await scrape(`http://127.0.0.1:${reporterPort('taskmanager')}/metrics`),
    worker: await scrape(`${worker.httpUrl}/metrics`),
  });
  // Some appear with the first completed checkpoint or the first finished run only.
  let seen = await read();
  const missing = (list: typeof seen) =>
    Object.entries(list).flatMap(([process, names]) =>
      names.filter((name) => !seen[process as keyof typeof seen].includes(name)).map((name) => `${process}: ${name}`),
    );
  if (process.env['HEADRACE_WRITE_METRIC_NAMES']) {
    await sleep(20_000);
    writeFileSync(LIST, `${JSON.stringify(await read(), null, 2)}\n`);
    return;
  }
  const listed = JSON.parse(readFileSync(LIST, 'utf8')) as typeof seen;
  for (let tries = 0; missing(listed).length > 0 && tries < 60; tries++) {
    await sleep(1_000);
    seen = await read();
  }
  expect(missing(listed)).toEqual([]);
});
