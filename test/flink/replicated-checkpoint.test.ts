// Fault model: a region is gone with its store. What its replicator had copied to the standby's store, of another vendor, is all
// there is: the job goes on there from the newest restore point, with the state that it had.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flinkDistribution, flinkFileSystem } from '../../ops/dev/cache.ts';
import { bridgeJar, FlinkCluster, stateFileSystemJar } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { rehearsalOf } from '../../ops/job/restore-test.ts';
import { restoredState, type StateDigest } from '../../ops/job/state-digest.ts';
import { FlinkMetadataProcess } from '../../ops/replicate/flink-metadata-process.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openObjectStore } from '../../runtime/state/open-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { findRestorePoint } from '../../runtime/state/restore-point-catalog.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { BUCKET, BUILD_MS, open, type StandIn, startGcs, startS3 } from '../stores/stand-ins.ts';
import { expectedRatings } from './expected-ratings.ts';
import { MockModel } from './mock-model.ts';
import { byInput, committedLines } from './part-lines.ts';
import { mockDeployment, reviewsJob, sentences, sentencesSource } from './reviews.ts';

const JOB = 'reviews';
/** Inputs a second: the job is still at it when some checkpoints are replicated; then the rest at once. */
const [SLOW, FAST] = [15, 10_000];
const directory = temporaryDirectory(afterAll);
const model = new MockModel([5, 10]);
const clusters: FlinkCluster[] = [];
const standIns: StandIn[] = [];
let worker: WorkerProcess;
let tool: FlinkMetadataProcess;

/** A region's store, and how its Flink reaches it. */
interface Place {
  readonly root: string;
  readonly store: ObjectStore;
  readonly configuration: Readonly<Record<string, string | boolean>>;
  readonly plugins: Readonly<Record<string, string>>;
  /** Takes it away for good. */
  lose(): Promise<void>;
}

async function onFiles(name: string): Promise<Place> {
  const folder = join(directory, name);
  mkdirSync(folder);
  return {
    root: `file://${folder}`,
    store: await openObjectStore(pathToFileURL(folder).href),
    configuration: {},
    plugins: {},
    lose: async () => rmSync(folder, { recursive: true }),
  };
}

async function onS3(name: string): Promise<Place> {
  const s3 = await startS3(directory);
  standIns.push(s3);
  return {
    root: `s3://${BUCKET}/${name}`,
    store: await open(s3, name),
    configuration: {
      's3.endpoint': s3.url,
      's3.path.style.access': true,
      's3.access-key': 'test',
      's3.secret-key': 'test',
      's3.region': 'us-east-1',
    },
    plugins: { 's3-fs-native': join(await flinkFileSystem('flink-s3-fs-native', console.log), 'lib') },
    lose: () => s3.child.stop('SIGKILL'),
  };
}

async function onCloudStorage(name: string): Promise<Place> {
  const gcs = await startGcs(directory);
  standIns.push(gcs);
  return {
    root: `gs://${BUCKET}/${name}`,
    store: await open(gcs, name),
    configuration: {
      'fs.gs.storage.root.url': gcs.url,
      'fs.gs.auth.type': 'UNAUTHENTICATED',
      'fs.gs.auth.null.enable': true,
      'fs.gs.auth.service.account.enable': false,
    },
    plugins: { 'gs-fs-hadoop': join(await flinkFileSystem('flink-gs-fs-hadoop', console.log), 'lib') },
    lose: () => gcs.child.stop('SIGKILL'),
  };
}

beforeAll(async () => {
  tool = new FlinkMetadataProcess({ distribution: await flinkDistribution(console.log), jar: bridgeJar() });
  const file = mockDeployment(directory, await model.start());
  worker = await startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' } });
}, BUILD_MS);
afterAll(async () => {
  model.close();
  tool?.close();
  await Promise.all([
    ...clusters.map((cluster) => cluster.stop()),
    worker?.child.stop('SIGKILL'),
    ...standIns.map(({ child }) => child.stop('SIGKILL')),
  ]);
});

async function clusterOn({ root, configuration, plugins }: Place): Promise<FlinkCluster> {
  const cluster = await FlinkCluster.prepare({
    directory: join(directory, `flink-${clusters.length + 1}`),
    configuration: {
      'headrace.state.root': root,
      'execution.checkpointing.dir': `state://checkpoints/${JOB}`,
      'execution.checkpointing.savepoint-dir': `state://savepoints/${JOB}`,
      'execution.checkpointing.interval': '1 s',
      'execution.checkpointing.num-retained': 2,
      'heartbeat.interval': '2 s',
      // What is uploaded lies in the heap meanwhile: on a busy machine more than the default's 350 MB.
      'taskmanager.memory.process.size': '2 gb',
      // However small it is, state is a file, and not part of the metadata.
      'state.storage.fs.memory-threshold': '0 b',
      ...configuration,
    },
    plugins: { 'headrace-state': stateFileSystemJar(), ...plugins },
  });
  clusters.push(cluster);
  await cluster.start(1);
  return cluster;
}

const jobWith = (out: string, rate: number) =>
  reviewsJob({
    source: sentencesSource(rate),
    sink: { file: { path: `file://${out}` } },
    workers: { targets: [worker.target], tls: null },
  });

async function submit(cluster: FlinkCluster, out: string, from?: string): Promise<string> {
  const job = await jobWith(out, from ? FAST : SLOW);
  return cluster.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(job)],
    ...(from ? { savepointPath: from, claimMode: 'CLAIM' as const } : {}),
  });
}

/** What keyed state holds in a checkpoint, as a job finds it that restores it and does nothing else. */
async function digestOf(cluster: FlinkCluster, from: string): Promise<StateDigest> {
  const job = rehearsalOf(await jobWith(join(directory, 'nowhere'), SLOW));
  const id = await cluster.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(job)],
    savepointPath: from,
    claimMode: 'NO_CLAIM',
    allowNonRestoredState: true,
  });
  await cluster.rest.until(id, 'RUNNING');
  let found: StateDigest | undefined;
  await expect
    .poll(
      async () => {
        found = await restoredState(cluster.rest, id);
        return found;
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBeDefined();
  await cluster.rest.cancel(id);
  return found as StateDigest;
}

test.each([
  ['files', onFiles, 'S3', onS3],
  ['S3', onS3, 'Cloud Storage', onCloudStorage],
] as const)(
  'a job on %s goes on from its restore point in another store, and each output comes once',
  async (...row) => {
    const [from, makeFrom, to, makeTo] = row;
    const [us, eu] = [await makeFrom(`us-${from}`.replace(' ', '-')), await makeTo(`eu-${to}`.replace(' ', '-'))];
    const out = join(directory, `out-${from}`);
    mkdirSync(out);
    const first = await clusterOn(us);
    const id = await submit(first, out);
    await first.rest.until(id, 'RUNNING');
    const replicator = new Replicator({
      ...{ job: JOB, region: 'eu', to: eu.store, every: 200, retain: 3 },
      from: us.store,
      readFlink: (folder, metadata) => tool.read(folder, metadata),
    });
    const stop = new AbortController();
    const running = replicator.run(stop.signal);
    const begun = Date.now();
    while (replicator.metrics.restorePoints < 3 || Date.now() - begun < 8_000) {
      await sleep(100);
      expect((await first.rest.job(id)).state).toBe('RUNNING');
    }
    // The job dies first, then what it still wrote is copied, so that no output is committed beyond the restore point.
    await first.stop();
    stop.abort();
    await running;
    await replicator.once();

    const { point } = await findRestorePoint(eu.store, JOB, replicator.newest?.planHash ?? '');
    expect(point).toMatchObject({ engine: 'flink', job: JOB, flink: { version: '2.3.0', savepoint: false } });
    expect(point.files.some(({ key }) => key.includes('/shared/'))).toBe(true);
    const checkpoint = `state://${point.flink?.directory}`;
    const again = await clusterOn(us);
    const before = await digestOf(again, checkpoint);
    expect(before.entries).toBeGreaterThan(10);
    await again.stop();
    await us.lose();

    const second = await clusterOn(eu);
    expect(await digestOf(second, checkpoint)).toEqual(before);
    const resumed = await submit(second, out, checkpoint);
    // Asked for at once: a job that loses a heartbeat on a busy machine restores a later checkpoint of its own.
    let restored: number | undefined;
    await expect
      .poll(
        async () => {
          restored = (await second.rest.checkpoints(resumed)).latest.restored?.id;
          return restored;
        },
        { timeout: 60_000, interval: 50 },
      )
      .toBeDefined();
    expect(restored).toBe(point.checkpoint);
    await second.rest.until(resumed, 'FINISHED');
    const expected = await expectedRatings(
      directory,
      sentences().map(({ value }) => value),
    );
    expect(byInput(committedLines(out))).toEqual(expected);
  },
);
