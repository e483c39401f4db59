/**
 * Throughput of the replicator on a tree of 2,000 files and 1 GB, from one S3 stand-in or directory to another, beside rclone sync
 * where rclone is on the path (HEADRACE_RCLONE names it otherwise); then what an unchanged tree costs.
 *
 *     node test/bench/replicator.ts [files|s3] [--files 2000] [--bytes 1000000000]
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { type CheckpointManifest, metadataKey, type StateFile, sharedPrefix } from '../../runtime/state/checkpoint.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openObjectStore } from '../../runtime/state/open-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { forEachLimited } from '../../runtime/state/replicator-copy.ts';
import { BUCKET, open, type StandIn, startS3 } from '../stores/stand-ins.ts';
import { machine } from './machine.ts';

const run = promisify(execFile);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '2000' },
    bytes: { type: 'string', default: '1000000000' },
    concurrency: { type: 'string', default: '8' },
  },
});
const kind = positionals[0] ?? 'files';
const JOB = 'bench';
const directory = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
const rclone = process.env['HEADRACE_RCLONE'] ?? 'rclone';
const standIns: StandIn[] = [];

interface Side {
  readonly store: ObjectStore;
  /** Where rclone finds the same place. */
  readonly remote: string;
}

async function side(name: string): Promise<Side> {
  if (kind === 'files') {
    const path = join(directory, name);
    mkdirSync(path);
    return { store: await openObjectStore(pathToFileURL(path).href), remote: path };
  }
  const standIn = standIns[0] ?? (await startS3(directory));
  if (standIns.length === 0) standIns.push(standIn);
  const about = `provider=Other,access_key_id=test,secret_access_key=test,endpoint='${standIn.url}'`;
  return { store: await open(standIn, name), remote: `:s3,${about}:${BUCKET}/${name}` };
}

/** Sizes as of RocksDB's files: many small ones, a few large ones; together `bytes`. */
function sizes(count: number, bytes: number): number[] {
  const weights = Array.from({ length: count }, (_, i) => 1 / (1 + (i % 100)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => Math.max(1, Math.round((weight / sum) * bytes)));
}

async function fill(store: ObjectStore): Promise<void> {
  const block = randomBytes(64 << 20);
  const all = sizes(Number(values.files), Number(values.bytes));
  const files: StateFile[] = [];
  await forEachLimited([...all.entries()], 8, async ([i, size]) => {
    const start = (i * 9_973) % (block.byteLength - 1);
    const data = Buffer.concat([block.subarray(start), block.subarray(0, start)]).subarray(0, size);
    const key = `${sharedPrefix(JOB)}0000000001-${i}`;
    files[i] = { key, ...(await store.put(key, data)) };
  });
  const manifest: CheckpointManifest = {
    ...{ format: 1, engine: 'embedded', job: JOB, checkpoint: 1, epoch: 1, region: 'us', planHash: 'plan' },
    ...{ triggeredAt: Date.now(), completedAt: Date.now() },
    records: { read: 0, finished: 0, outputs: 0, deadLetters: 0 },
    files,
    restore: {},
  };
  await store.put(metadataKey(JOB, 1), Buffer.from(JSON.stringify(manifest)));
}

const seconds = async (work: () => Promise<unknown>) => {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
};

try {
  const from = await side('us');
  console.log(`${values.files} files, ${values.bytes} bytes, ${kind} to ${kind}, ${values.concurrency} at once`);
  await fill(from.store);
  const results: Record<string, number[]> = { headrace: [], rclone: [] };
  let looks = 0;
  // One after the other, in turns: both see the same machine.
  for (let round = 1; round <= 3; round++) {
    const to = await side(`eu-${round}`);
    const asked: string[] = [];
    const counted = new Proxy(from.store, {
      get(store, name: keyof ObjectStore) {
        const value = store[name];
        if (typeof value !== 'function') return value;
        return (...args: never[]) => {
          asked.push(name);
          return (value as (...args: never[]) => unknown).apply(store, args);
        };
      },
    });
    const replicator = new Replicator({
      ...{ job: JOB, region: 'eu', from: counted, to: to.store, every: 1_000, retain: 1 },
      concurrency: Number(values.concurrency),
    });
    results['headrace']?.push(await seconds(() => replicator.once()));
    asked.length = 0;
    await replicator.once();
    looks = asked.length === 1 && asked[0] === 'list' ? 1 : asked.length;
    const other = await side(`rclone-${round}`);
    const flags = ['--transfers', values.concurrency, '--checkers', values.concurrency, '--checksum'];
    try {
      results['rclone']?.push(
        await seconds(() => run(rclone, ['sync', ...flags, from.remote, other.remote], { maxBuffer: 1 << 26 })),
      );
    } catch (error) {
      if (round === 1) console.log(`rclone: not measured (${(error as { code?: string }).code ?? error})`);
    }
  }
  const report = { machine: machine(), kind, ...values, unchangedTreeRequests: looks, seconds: results };
  for (const [name, taken] of Object.entries(results)) {
    if (taken.length === 0) continue;
    const best = Math.min(...taken);
    console.log(
      `${name}: ${taken.map((s) => s.toFixed(2)).join(', ')} s; best ${(Number(values.bytes) / best / 1e6).toFixed(0)} MB/s, ${(Number(values.files) / best).toFixed(0)} files/s`,
    );
  }
  console.log(`an unchanged tree costs ${looks === 1 ? 'one listing' : `${looks} requests`}`);
  console.log(JSON.stringify(report));
} finally {
  await Promise.all(standIns.map(({ child }) => child.stop('SIGKILL')));
  rmSync(directory, { recursive: true, force: true });
}
