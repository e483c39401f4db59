// Fault model: a cluster is gone, and so is the place of its state; a copy of its incremental checkpoint lies elsewhere, in
// another folder and then in S3. The job goes on from the copy, in new processes.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flinkFileSystem } from '../../ops/dev/cache.ts';
import type { Child } from '../../ops/dev/child.ts';
import { bridgeJar, FlinkCluster, stateFileSystemJar } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { expectedRatings } from './expected-ratings.ts';
import { MockModel } from './mock-model.ts';
import { startMoto } from './moto.ts';
import { byInput, committedLines } from './part-lines.ts';
import { mockDeployment, reviewsJob, sentences, sentencesSource } from './reviews.ts';

const directory = temporaryDirectory(afterAll);
const out = join(directory, 'out');
const model = new MockModel([5, 10]);
let worker: WorkerProcess;
let s3: { readonly url: string; readonly child: Child };
let s3Plugin: string;
const clusters: FlinkCluster[] = [];

beforeAll(async () => {
  mkdirSync(out);
  s3Plugin = join(await flinkFileSystem('flink-s3-fs-native', console.log), 'lib');
  const file = mockDeployment(directory, await model.start());
  [worker, s3] = await Promise.all([
    startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' } }),
    startMoto(directory),
  ]);
});
afterAll(async () => {
  model.close();
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
      'execution.checkpointing.dir': 'state://flink/checkpoints',
      'execution.checkpointing.savepoint-dir': 'state://flink/savepoints',
      'execution.checkpointing.interval': '1 s',
      'execution.checkpointing.num-retained': 2,
      // Small state would be part of _metadata: this is about the files beside it.
      'state.storage.fs.memory-threshold': '0 b',
      ...more,
    },
    plugins: { 'headrace-state': stateFileSystemJar(), 's3-fs-native': s3Plugin },
  });
  clusters.push(cluster);
  await cluster.start(1);
  return cluster;
}

/** Starts the job, lets it work for a while, and kills all of the cluster. @returns where its newest checkpoint is. */
async function workAndDie(cluster: FlinkCluster, from?: string): Promise<string> {
  const id = await submit(cluster, from);
  await cluster.rest.until(id, 'RUNNING');
  const begun = Date.now();
  for (;;) {
    const { counts, latest } = await cluster.rest.checkpoints(id);
    if (counts.completed >= 3 && Date.now() - begun > 4_000 && latest.completed) {
      await cluster.stop();
      return latest.completed.external_path;
    }
    await sleep(100);
  }
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

/** Uploads a folder. */
async function upload(folder: string, bucket: string, prefix: string): Promise<void> {
  const client = new S3Client({
    endpoint: s3.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${path.slice(folder.length)}`, Body: readFileSync(path) }),
    );
  }
  client.destroy();
}

test('an incremental checkpoint moves from one root to another and to S3, and the job ends with each output once', async () => {
  const [a, b] = [join(directory, 'root-a'), join(directory, 'root-b')];
  const first = await workAndDie(await clusterOn(`file://${a}`));
  expect(first).toMatch(/^state:.*flink\/checkpoints/);
  expect(readdirSync(a, { recursive: true }).some((name) => String(name).includes('shared/'))).toBe(true);
  cpSync(a, b, { recursive: true });
  // Gone, so that nothing can read there in silence.
  renameSync(a, `${a}-gone`);

  const second = await workAndDie(await clusterOn(`file://${b}`), first);
  await upload(b, 'state', 'region');
  rmSync(b, { recursive: true });

  const s3Cluster = await clusterOn('s3://state/region', {
    's3.endpoint': s3.url,
    's3.path.style.access': true,
    's3.access-key': 'test',
    's3.secret-key': 'test',
    's3.region': 'us-east-1',
  });
  const id = await submit(s3Cluster, second);
  await s3Cluster.rest.until(id, 'FINISHED');
  expect((await s3Cluster.rest.checkpoints(id)).latest.restored?.id).toBeGreaterThan(0);
  const expected = await expectedRatings(
    directory,
    sentences().map(({ value }) => value),
  );
  expect(byInput(committedLines(out))).toEqual(expected);
});
