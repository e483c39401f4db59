// Two real clusters share a job. The one that has it loses all its processes at once; a failover in the other one takes the
// job over from its own copies. Kafka, the object store and the model service are beside both, as services of a cloud are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DrillResult } from '../../ops/drill/index.ts';
import { expectedRatings } from '../flink/expected-ratings.ts';
import { readCommitted } from '../flink/topics.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { writeDeployment } from './deployment.ts';
import { headrace } from './headrace.ts';
import { testImages } from './images/test-images.ts';
import { Cluster, until } from './kubernetes/cluster.ts';
import { type Neighbours, startNeighbours } from './neighbours.ts';
import { prepareNamespace } from './stage.ts';
import { inputs, type Rated, ratedOf, send } from './stream.ts';

const NAMESPACE = 'reviews';
const SUPERVISOR = 'deployment/reviews-agents-job';
const COMMAND = ['/opt/node/bin/node', '/opt/headrace/build/ops/main.js'];
const INPUTS = 1_800;
const PER_SECOND = 20;
/** Outputs that are there before the region falls. */
const BEFORE = 200;
const RTO_BAR_SECONDS = 60;
const RPO_BAR_SECONDS = 15;

const directory = temporaryDirectory(afterAll);
let us: Cluster;
let eu: Cluster;
let neighbours: Neighbours;
let file: string;

beforeAll(async () => {
  const say = (text: string) => console.log(text);
  const images = Object.values(await testImages(say));
  us = await Cluster.start('c1', 1, say);
  eu = await Cluster.start('c2', 2, say);
  neighbours = await startNeighbours(directory, [50, 150], say);
  for (const cluster of [us, eu]) for (const image of images) await cluster.load(image);
  file = writeDeployment(directory, neighbours, {
    flinkValues: {
      taskManager: { replicas: 1, slots: 3, cpu: 0.1, memoryMiB: 1536, volumeGiB: 1, storageClassName: 'standard' },
    },
    over: {
      regions: [
        { name: 'us', cloud: 'aws', region: 'us-east-1', role: 'active', size: 'small' },
        { name: 'eu', cloud: 'aws', region: 'eu-west-1', role: 'standby', size: 'small' },
      ],
      flink: { jobManagers: 1 },
      dr: {
        mode: 'active-standby',
        commit: 'replicated',
        failback: true,
        lease: { ttl: '10s', renew: '2s', skew: '1s' },
        replication: { every: '1s', retain: 5 },
      },
      state: { checkpoint: { interval: '5s', retain: 3 } },
    },
  });
}, 3_600_000);
afterAll(async () => {
  await neighbours?.stop();
  await Promise.all([us?.stop(), eu?.stop()]);
}, 120_000);

const install = async (cluster: Cluster, region: string) => {
  await prepareNamespace(cluster, NAMESPACE, 'reviews', join(directory, region));
  const { code, out } = await headrace(cluster, 'install', '--file', file, '--region', region, '--wait', '5m');
  expect(code, out).toBe(0);
};

test('headrace drill kills the pods of one cluster, moves the job to the other one and back, and each input has its output once', async () => {
  await install(us, 'us');
  await install(eu, 'eu');
  const both = { kubeconfig: `${us.kubeconfig}:${eu.kubeconfig}` };
  const drill = (...more: string[]) =>
    headrace(
      both,
      ...['drill', '--file', file, '--context', `us=${us.name}`, '--context', `eu=${eu.name}`],
      ...['--out', join(directory, 'drill'), '--observe', '10s', ...more],
    );
  const refused = await drill();
  expect(refused.code, refused.out).toBe(2);
  expect(refused.out).toContain('--yes-i-mean us');

  const stream = { on: true, sent: 0 };
  const sending = (async () => {
    while (stream.on) {
      // Keys of its own, or their memory would be the next test's.
      const batch = inputs(`pods${stream.sent}`, PER_SECOND).map(({ key, value }) => ({
        key: `p${key}`,
        value: { ...value, review: `p${key}` },
      }));
      await send(neighbours.kafka.bootstrap, 'reviews', batch, PER_SECOND);
      stream.sent += batch.length;
    }
  })();
  try {
    await until('an output of us', 120, async () => (await seenOutputs()) > 0);
    const { code, out } = await drill('--yes-i-mean', 'us', '--json');
    expect([0, 3], out).toContain(code);
    const result = JSON.parse(out.slice(out.indexOf('{'))) as DrillResult;
    const { rto, rpo, outputs } = result;
    expect(result).toMatchObject({ outcome: 'failover', engine: 'flink', exact: true, surprises: [] });
    expect(outputs).toMatchObject({ lost: 0, repeated: 0, unexpected: 0, different: 0, keysOutOfOrder: 0 });
    expect(outputs.seen).toBeGreaterThan(PER_SECOND * 30);
    const seconds = (of: { measured: number } | undefined) => ((of?.measured ?? Number.NaN) / 1000).toFixed(1);
    console.log(
      `measured: headrace drill of two clusters: RTO ${seconds(rto)} s, RPO ${seconds(rpo)} s, ${outputs.seen} outputs, ${outputs.lost} lost, ${outputs.repeated} repeated`,
    );
    expect(readFileSync(result.files.report, 'utf8')).toContain('all that the inputs call for');
  } finally {
    stream.on = false;
    await sending;
  }
  const again = await drill('--revive');
  expect(again.out).toContain('was not stopped by a drill');
}, 1_200_000);

const seenOutputs = async () => (await readCommitted(neighbours.kafka.bootstrap, 'ratings', { quietMs: 1_000 })).length;

test('a cluster that dies under load is replaced by the other one, and each output comes once', async () => {
  const records = inputs('drill', INPUTS);
  const seen: Rated[] = [];
  const ofThisTest = ({ input }: Rated) => input.startsWith('drill-');
  const before = await seenOutputs();
  const reading = readCommitted(neighbours.kafka.bootstrap, 'ratings', {
    count: before + INPUTS,
    quietMs: 240_000,
    onRecord: (record) => {
      const rated = ratedOf(record);
      if (ofThisTest(rated)) seen.push(rated);
    },
  });
  const sending = send(neighbours.kafka.bootstrap, 'reviews', records, PER_SECOND);
  await until('outputs of us', 120, async () => seen.length >= BEFORE);
  const standby = await eu.kubectl('-n', NAMESPACE, 'logs', SUPERVISOR);
  expect(standby).toContain('stands by: region us has the job');

  const killed = Date.now();
  await us.stop();
  const atKill = seen.length;
  const failover = await eu.exec(NAMESPACE, SUPERVISOR, [...COMMAND, 'failover', '--to', 'eu', '--json']);
  expect(failover.code, failover.out).toBe(0);
  const report = JSON.parse(failover.out.slice(failover.out.indexOf('{'))) as {
    outcome: string;
    from: string;
    rpoMs: number;
  };
  expect(report).toMatchObject({ outcome: 'moved', from: 'us', to: 'eu', planned: false });
  const first = await until('an output of eu', 120, async () => seen.find(({ at }) => at > killed + 1_000));
  const rto = (first.at - killed) / 1000;
  const rpo = report.rpoMs / 1000;
  console.log(
    `measured: a killed cluster: RTO ${rto.toFixed(1)} s (bar ${RTO_BAR_SECONDS} s), RPO ${rpo.toFixed(1)} s (bar ${RPO_BAR_SECONDS} s), ${atKill} outputs before it`,
  );

  await sending;
  await reading;
  // What came twice would come now.
  await sleep(5_000);
  const all = (await readCommitted(neighbours.kafka.bootstrap, 'ratings', { quietMs: 5_000 })).map(ratedOf);
  const outputs = all.filter(ofThisTest);
  expect(new Set(outputs.map(({ id }) => id)).size).toBe(outputs.length);
  const expected = await expectedRatings(
    directory,
    records.map(({ value }) => value),
  );
  expect(Object.fromEntries(outputs.map(({ input, value }) => [input, value]))).toEqual(Object.fromEntries(expected));
  expect(outputs).toHaveLength(INPUTS);
  console.log(`measured: a killed cluster: ${outputs.length} outputs, 0 lost, 0 repeated`);
}, 1_200_000);
