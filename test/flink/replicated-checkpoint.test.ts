// Fault model: a region is gone with its store. What its replicator had copied to the standby's store, of another vendor, is all
// there is: the job goes on there from the newest restore point.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flinkDistribution, flinkFileSystem } from '../../ops/dev/cache.ts';
import { bridgeJar, FlinkCluster, stateFileSystemJar } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { FlinkMetadataProcess } from '../../ops/replicate/flink-metadata-process.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openObjectStore } from '../../runtime/state/open-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { findRestorePoint } from '../../runtime/state/restore-point-catalog.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { BUCKET, BUILD_MS, open, type StandIn, startS3 } from '../stores/stand-ins.ts';
import { expectedRatings } from './expected-ratings.ts';
import { MockModel } from './mock-model.ts';
import { byInput, committedLines } from './part-lines.ts';
import { mockDeployment, reviewsJob, sentences, sentencesSource } from './reviews.ts';

const JOB = 'reviews';
const directory = temporaryDirectory(afterAll);
const out = join(directory, 'out');
const model = new MockModel([5, 10]);
const clusters: FlinkCluster[] = [];
let worker: WorkerProcess;
let s3: StandIn;
let s3Plugin: string;
let tool: FlinkMetadataProcess;

beforeAll(async () => {
  mkdirSync(out);
  s3Plugin = join(await flinkFileSystem('flink-s3-fs-native', console.log), 'lib');
  tool = new FlinkMetadataProcess({ distribution: await flinkDistribution(console.log), jar: bridgeJar() });
  const file = mockDeployment(directory, await model.start());
  [worker, s3] = await Promise.all([
    startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' } }),
    startS3(directory),
  ]);
}, BUILD_MS);
afterAll(async () => {
  model.close();
  tool?.close();
  await Promise.all([
    ...clusters.map((cluster) => cluster.stop()),
    worker?.child.stop('SIGKILL'),
    s3?.child.stop('SIGKILL'),
  ]);
});

async function clusterOn(root: string, more: Record<string, string | boolean> = {}): Promise<FlinkCluster> {
  const cluster = await FlinkCluster.prepare({
    directory: join(directory, `flink-${clusters.length + 1}`),
    configuration: {
      'headrace.state.root': root,
      'execution.checkpointing.dir': `state://checkpoints/${JOB}`,
      'execution.checkpointing.savepoint-dir': `state://savepoints/${JOB}`,
      'execution.checkpointing.interval': '1 s',
      'execution.checkpointing.num-retained': 2,
      ...more,
    },
    plugins: { 'headrace-state': stateFileSystemJar(), 's3-fs-native': s3Plugin },
  });
  clusters.push(cluster);
  await cluster.start(1);
  return cluster;
}

async function submit(cluster: FlinkCluster, from?: string): Promise<string> {
  const job = await reviewsJob({
    source: sentencesSource(250),
    sink: { file: { path: `file://${out}` } },
    workers: { targets: [worker.target], tls: null },
  });
  return cluster.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(job)],
    ...(from ? { savepointPath: from, claimMode: 'CLAIM' as const } : {}),
  });
}

test('a job on files goes on from its restore point in S3, and each output comes once', async () => {
  const us = join(directory, 'us');
  const first = await clusterOn(`file://${us}`);
  const id = await submit(first);
  await first.rest.until(id, 'RUNNING');
  const to: ObjectStore = await open(s3, 'region');
  const replicator = new Replicator({
    ...{ job: JOB, region: 'eu', to, every: 200, retain: 3 },
    from: await openObjectStore(pathToFileURL(us).href),
    readFlink: (folder, metadata) => tool.read(folder, metadata),
  });
  const stop = new AbortController();
  const running = replicator.run(stop.signal);
  const begun = Date.now();
  while (replicator.metrics.restorePoints < 3 || Date.now() - begun < 4_000) await sleep(100);
  // The job dies first, then what it still wrote is copied, so that no output is committed beyond the restore point.
  await first.stop();
  stop.abort();
  await running;
  await replicator.once();
  rmSync(us, { recursive: true });

  const { point } = await findRestorePoint(to, JOB, replicator.newest?.planHash ?? '');
  expect(point).toMatchObject({ engine: 'flink', job: JOB, flink: { version: '2.3.0', savepoint: false } });
  expect(point.files.some(({ key }) => key.includes('/shared/'))).toBe(true);

  const second = await clusterOn(`s3://${BUCKET}/region`, {
    's3.endpoint': s3.url,
    's3.path.style.access': true,
    's3.access-key': 'test',
    's3.secret-key': 'test',
    's3.region': 'us-east-1',
  });
  const resumed = await submit(second, `state://${point.flink?.directory}`);
  await second.rest.until(resumed, 'FINISHED');
  expect((await second.rest.checkpoints(resumed)).latest.restored?.id).toBe(point.checkpoint);
  const expected = await expectedRatings(
    directory,
    sentences().map(({ value }) => value),
  );
  expect(byInput(committedLines(out))).toEqual(expected);
});
