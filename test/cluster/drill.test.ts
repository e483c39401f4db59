// Two real clusters share a job. The one that has it loses all its processes at once; a failover in the other one takes the
// job over from its own copies. Kafka, the object store and the model service are beside both, as services of a cloud are.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
const INPUTS = 2_400;
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

test('a cluster that dies under load is replaced by the other one, and each output comes once', async () => {
  await install(us, 'us');
  await install(eu, 'eu');
  const records = inputs('drill', INPUTS);
  const seen: Rated[] = [];
  const reading = readCommitted(neighbours.kafka.bootstrap, 'ratings', {
    count: INPUTS,
    quietMs: 240_000,
    onRecord: (record) => seen.push(ratedOf(record)),
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
  const outputs = (await readCommitted(neighbours.kafka.bootstrap, 'ratings', { quietMs: 5_000 })).map(ratedOf);
  expect(new Set(outputs.map(({ id }) => id)).size).toBe(outputs.length);
  const expected = await expectedRatings(
    directory,
    records.map(({ value }) => value),
  );
  expect(Object.fromEntries(outputs.map(({ input, value }) => [input, value]))).toEqual(Object.fromEntries(expected));
  expect(outputs).toHaveLength(INPUTS);
  console.log(`measured: a killed cluster: ${outputs.length} outputs, 0 lost, 0 repeated`);
}, 1_200_000);
