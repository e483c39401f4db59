// Fault model: worker, TaskManager or JobManager dies by kill -9 every few seconds while inputs come in, and is replaced
// at once. Model calls take a while; the journal is in Kafka. HEADRACE_CHAOS_SECONDS says for how long (default 300),
// HEADRACE_CHAOS_SEED repeats the order of kills.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { type Kafka, startKafka } from '../../ops/dev/kafka.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { startZooKeeper, type ZooKeeper } from '../../ops/dev/zookeeper.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { random } from '../support/random.ts';
import { expectedRatings } from './expected-ratings.ts';
import { readJournal } from './journal-topic.ts';
import { MockModel } from './mock-model.ts';
import { recoverySettings } from './recovery-settings.ts';
import { repeatedWithoutNeed } from './repeated-calls.ts';
import { mockDeployment, ratingsSink, reviewsJob, sentences } from './reviews.ts';
import { type Committed, createTopics, producerOf, readCommitted } from './topics.ts';

const SECONDS = Number(process.env['HEADRACE_CHAOS_SECONDS'] ?? 300);
const SEED = Number(process.env['HEADRACE_CHAOS_SEED'] ?? Date.now() % 1_000_000);
const RATE = 500;
const WORKERS = 2;
const BETWEEN_KILLS_MS = [3_000, 6_000] as const;
/** Without a committed output for so long, none will come: recoveries are much shorter. */
const SETTLE_MS = 90_000;

const directory = temporaryDirectory(afterAll);
const model = new MockModel([50, 250]);
let kafka: Kafka;
let zooKeeper: ZooKeeper;
let flink: FlinkCluster;
const workers: WorkerProcess[] = [];
let file: string;

beforeAll(async () => {
  const url = await model.start();
  file = mockDeployment(directory, url);
  zooKeeper = await startZooKeeper(join(directory, 'zookeeper'), console.log);
  flink = await FlinkCluster.prepare({
    directory: join(directory, 'flink'),
    configuration: {
      ...recoverySettings(),
      'execution.checkpointing.interval': '2 s',
      'execution.checkpointing.unaligned.enabled': true,
      'execution.checkpointing.aligned-checkpoint-timeout': '100 ms',
      'high-availability.type': 'zookeeper',
      'high-availability.storageDir': `file://${directory}/flink/ha`,
      'high-availability.zookeeper.quorum': zooKeeper.quorum,
      'high-availability.zookeeper.client.session-timeout': '3 s',
      'high-availability.zookeeper.client.connection-timeout': '3 s',
    },
  });
  [kafka] = await Promise.all([
    startKafka(join(directory, 'kafka'), console.log),
    flink.start(2),
    ...Array.from({ length: WORKERS }, async () => workers.push(await startAgentWorker())),
  ]);
});
afterAll(async () => {
  model.close();
  await Promise.all([
    flink?.stop(),
    ...[kafka?.child, zooKeeper?.child, ...workers.map(({ child }) => child)].map((child) => child?.stop('SIGKILL')),
  ]);
});

const startAgentWorker = (port?: number) =>
  startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' }, ...(port === undefined ? {} : { port }) });

function inputs(): { key: string; value: { id: string; rating: string; text: string; review: string } }[] {
  const all = sentences();
  return Array.from({ length: RATE * SECONDS }, (_, i) => {
    const { key, value } = all[i % all.length] as (typeof all)[number];
    return { key, value: { ...value, id: `${Math.floor(i / all.length)}-${value.id}` } };
  });
}

interface Kill {
  readonly what: 'worker' | 'TaskManager' | 'JobManager';
  readonly inFlight: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What was committed before a kill may be seen a little after it. */
const SEEN_LATE_MS = 300;

/** Median seconds from a kill to the next outputs that became visible, the wait for a checkpoint included. */
function recovery(kills: readonly Kill[], what: Kill['what'], seen: readonly Committed[]): string {
  const arrivals = seen.map(({ at }) => at);
  const waits = kills
    .filter((kill) => kill.what === what)
    .flatMap((kill) => {
      const next = arrivals.find((at) => at > kill.at + SEEN_LATE_MS);
      return next === undefined ? [] : [(next - kill.at) / 1000];
    })
    .sort((a, b) => a - b);
  const [median, longest] = [waits[Math.floor(waits.length / 2)], waits.at(-1)];
  return `${what} ${median?.toFixed(1) ?? '-'} s (longest ${longest?.toFixed(1) ?? '-'} s)`;
}

/** Kills and replaces until the time is over. */
async function chaos(until: number): Promise<Kill[]> {
  const next = random(SEED);
  const kills: Kill[] = [];
  for (;;) {
    const [shortest, longest] = BETWEEN_KILLS_MS;
    await sleep(shortest + next() * (longest - shortest));
    if (Date.now() > until) return kills;
    const what = (['worker', 'TaskManager', 'JobManager'] as const)[Math.floor(next() * 3)] ?? 'worker';
    kills.push({ what, inFlight: model.inFlight(), at: Date.now() });
    if (what === 'worker') {
      const index = Math.floor(next() * workers.length);
      const victim = workers[index] as WorkerProcess;
      await victim.child.stop('SIGKILL');
      model.lost();
      workers[index] = await startAgentWorker(Number(victim.target.split(':')[1]));
    } else if (what === 'TaskManager') {
      await flink.taskManagers.splice(Math.floor(next() * flink.taskManagers.length), 1)[0]?.stop('SIGKILL');
      model.lost();
      await flink.startTaskManager();
    } else {
      await flink.jobManager?.stop('SIGKILL');
      model.lost();
      await flink.startJobManager();
    }
    // What was still asked for the process that was gone, or by tasks that had not noticed, is lost as well.
    model.lost();
  }
}

async function produceAtRate(bootstrap: string, records: ReturnType<typeof inputs>): Promise<void> {
  const producer = producerOf(bootstrap);
  const begun = Date.now();
  for (let sent = 0; sent < records.length; ) {
    const due = Math.min(records.length, Math.floor(((Date.now() - begun) / 1000) * RATE));
    if (due > sent) {
      await producer.send({
        messages: records.slice(sent, due).map(({ key, value }) => ({ topic: 'reviews', key, value })),
      });
      sent = due;
    }
    await sleep(50);
  }
  await producer.close();
}

test(
  `nothing is lost, repeated or out of order while processes die at random for ${SECONDS} s (seed ${SEED})`,
  async () => {
    const { bootstrap } = kafka;
    const records = inputs();
    const expected = await expectedRatings(
      directory,
      records.map(({ value }) => value),
    );
    expect(expected.size).toBe(records.length);
    await createTopics(bootstrap, ['reviews', 'ratings', 'ratings.dead-letter'], 2);
    const job = await reviewsJob({
      retry: { attempts: 20, initialBackoff: 50, maxBackoff: 500, onFailure: 'dead-letter' },
      journal: { mode: 'kafka', topic: 'reviews.journal', bootstrap: [bootstrap] },
      source: { kafka: { topic: 'reviews', bootstrap: [bootstrap], group: 'reviews', startingOffsets: 'earliest' } },
      sink: ratingsSink(bootstrap),
      workers: { targets: workers.map(({ target }) => target), tls: null },
    });
    const id = await flink.rest.submit(bridgeJar(), {
      entryClass: JOB_CLASS,
      args: ['--specification', asArgument(job)],
    });
    await flink.rest.until(id, 'RUNNING');
    const reading = readCommitted(bootstrap, 'ratings', { count: records.length, quietMs: SETTLE_MS });
    const producing = produceAtRate(bootstrap, records);
    const kills = await chaos(Date.now() + SECONDS * 1000);
    await producing;
    const seen = await reading;
    const count = (what: Kill['what']) => kills.filter((kill) => kill.what === what).length;
    const atKills = kills.reduce((sum, { inFlight }) => sum + inFlight, 0);
    console.log(
      `measured: seed ${SEED}: killed ${count('worker')} workers, ${count('TaskManager')} TaskManagers, ${count('JobManager')} JobManagers; ` +
        `${records.length} inputs, ${seen.length} outputs; ${model.calls.size} calls, ${model.repeated} made again, ${atKills} in flight at kills; ` +
        `from a kill to the next visible output, median: ${(['worker', 'TaskManager', 'JobManager'] as const).map((what) => recovery(kills, what, seen)).join(', ')}`,
    );
    expect(await readCommitted(bootstrap, 'ratings.dead-letter', { quietMs: 2_000 })).toEqual([]);
    const places = new Map<string, string[]>();
    for (const { value, partition, offset } of seen)
      places.set(value, [...(places.get(value) ?? []), `${partition}:${offset}`]);
    expect([...places].filter(([, at]) => at.length > 1)).toEqual([]);
    expect(seen).toHaveLength(records.length);
    const lines = new Map(seen.map(({ value }) => [(JSON.parse(value) as { input: string }).input, value]));
    expect(lines.size).toBe(records.length);
    const different = [...expected].filter(([input, line]) => lines.get(input) !== line);
    expect(different.slice(0, 3).map(([input, line]) => [line, lines.get(input)])).toEqual([]);
    // Of one key, outputs lie in the log in the order of the inputs.
    const order = new Map<string, string[]>();
    for (const { key, value } of seen) order.set(key, [...(order.get(key) ?? []), JSON.parse(value).input]);
    const wanted = new Map<string, string[]>();
    for (const { key, value } of records) wanted.set(key, [...(wanted.get(key) ?? []), value.id]);
    expect(order).toEqual(wanted);
    expect(model.calls.size).toBe(records.length);
    const journaled = await readJournal(bootstrap, 'reviews.journal');
    expect(new Set(journaled.map(({ call }) => call))).toEqual(new Set(model.calls.keys()));
    expect(repeatedWithoutNeed(model.asked, model.losses, journaled)).toEqual({ withoutLoss: [], thoughOnRecord: [] });
    expect((await flink.rest.job(id)).state).toBe('RUNNING');
  },
  // The longest review is a queue of its own: it ends some minutes after the last kill.
  (2 * SECONDS + 300) * 1000,
);
