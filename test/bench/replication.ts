/** Copies one tree with the replicator and with the tools that people copy trees with, in turns. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type CheckpointManifest, metadataKey, type StateFile, sharedPrefix } from '../../runtime/state/checkpoint.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openObjectStore } from '../../runtime/state/open-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { forEachLimited } from '../../runtime/state/replicator-copy.ts';
import { BUCKET, open, type StandIn, startS3 } from '../stores/stand-ins.ts';
import { percentile } from './dr-row.ts';

const run = promisify(execFile);

/** `files`: directory to directory; `upload`: directory to an S3 stand-in; `s3`: stand-in to stand-in. */
export const COPIES = ['files', 'upload', 's3'] as const;
export type Copy = (typeof COPIES)[number];
/** Of another tool's throughput that the replicator must reach. */
export const SHARE = 0.8;

export interface CopySettings {
  readonly files?: number;
  readonly bytes?: number;
  readonly concurrency?: number;
  readonly rounds?: number;
}

export interface Comparison {
  /** Milliseconds, one a round. */
  readonly taken: Readonly<Record<string, number[]>>;
  /** The replicator's throughput as a share of the other's. */
  readonly ratios: readonly { readonly name: string; readonly rounds: readonly number[]; readonly median: number }[];
  /** The best median of those that do the same work; undefined where there was none. */
  readonly bestRatio: number | undefined;
  /** What a look at an unchanged tree asked the source's store. */
  readonly unchangedTreeRequests: readonly string[];
}

interface Side {
  readonly store: ObjectStore;
  readonly path?: string;
  /** Where rclone and aws find the same place. */
  readonly rclone: string;
  readonly aws: string;
}

interface Contender {
  readonly name: string;
  readonly copy: (from: Side, to: Side) => Promise<unknown>;
}

const JOB = 'bench';
/** Does less than the replicator: the bytes stay within the server. */
const AWS_ON_SERVER = 'aws s3 sync, which lets the server copy';

export async function compareCopies(copy: Copy, parent: string, settings: CopySettings): Promise<Comparison> {
  const { files = 2_000, bytes = 1_000_000_000, concurrency = 8, rounds = 3 } = settings;
  const directory = mkdtempSync(join(parent, `${copy}-`));
  const standIn = copy === 'files' ? undefined : await startS3(directory);
  const side = async (name: string, kind: 'files' | 's3'): Promise<Side> => {
    if (kind === 's3' && standIn) return s3Side(standIn, name);
    const path = join(directory, name);
    mkdirSync(path);
    return { store: await openObjectStore(pathToFileURL(path).href), path, rclone: path, aws: path };
  };
  try {
    const from = await side('us', copy === 's3' ? 's3' : 'files');
    await fill(from.store, files, bytes);
    const taken: Record<string, number[]> = {};
    const note = (name: string, ms: number) => {
      taken[name] ??= [];
      taken[name].push(ms);
    };
    let unchangedTreeRequests: readonly string[] = [];
    const ours: Contender = {
      name: 'headrace',
      copy: async (_, to) => {
        unchangedTreeRequests = await replicate(from.store, to.store, concurrency, (ms) => note('headrace', ms));
      },
    };
    const others = await otherTools(copy, concurrency, standIn);
    for (let round = 1; round <= rounds; round++) {
      const all = [ours, ...others];
      // In turns, and each goes first at times: all see the same machine.
      if (round % 2 === 0) all.reverse();
      for (const [i, contender] of all.entries()) {
        const to = await side(`eu-${round}-${i}`, copy === 'files' ? 'files' : 's3');
        const ms = await timed(() => contender.copy(from, to));
        if (contender !== ours) note(contender.name, ms);
        // What is not on the disk yet must not burden the next one.
        const synced = to.path ? await timed(() => run('sync', ['-f', to.path as string])) : 0;
        if (to.path && contender !== ours) note(`${contender.name}, then sync -f`, ms + synced);
        await clear(to);
      }
    }
    const ratios = Object.entries(taken)
      .filter(([name]) => name !== ours.name)
      .map(([name, times]) => {
        const each = times.map((ms, i) => ms / (taken[ours.name]?.[i] ?? Number.NaN));
        return { name, rounds: each, median: percentile(each, 0.5) };
      });
    const equals = ratios.filter(({ name }) => others.some((other) => other.name === name && name !== AWS_ON_SERVER));
    const bestRatio = equals.length > 0 ? Math.max(...equals.map(({ median }) => median)) : undefined;
    return { taken, ratios, bestRatio, unchangedTreeRequests };
  } finally {
    await standIn?.child.stop('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

async function s3Side(standIn: StandIn, name: string): Promise<Side> {
  const about = `provider=Other,access_key_id=test,secret_access_key=test,endpoint='${standIn.url}'`;
  return {
    store: await open(standIn, name),
    rclone: `:s3,${about}:${BUCKET}/${name}`,
    aws: `s3://${BUCKET}/${name}`,
  };
}

async function clear({ store, path }: Side): Promise<void> {
  if (path) rmSync(path, { recursive: true, force: true });
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  await forEachLimited(keys, 8, (key) => store.delete(key));
}

/** @returns what the look after the copy asked of the source. */
async function replicate(
  from: ObjectStore,
  to: ObjectStore,
  concurrency: number,
  took: (ms: number) => void,
): Promise<string[]> {
  const asked: string[] = [];
  const counted = new Proxy(from, {
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
    ...{ job: JOB, region: 'eu', from: counted, to, every: 1_000, retain: 1, concurrency },
  });
  took(await timed(() => replicator.once()));
  asked.length = 0;
  await replicator.once();
  return asked;
}

/** Those on the path (HEADRACE_RCLONE names rclone otherwise) that can do this copy. */
async function otherTools(copy: Copy, concurrency: number, standIn: StandIn | undefined): Promise<Contender[]> {
  const rclone = process.env['HEADRACE_RCLONE'] ?? 'rclone';
  // rclone refuses to start with AWS_CA_BUNDLE set; the stand-in speaks plain HTTP.
  const { AWS_CA_BUNDLE: _, ...own } = process.env;
  const options = { maxBuffer: 1 << 26, env: { ...own, ...standIn?.environment } };
  const lanes = String(concurrency);
  const flags = ['--transfers', lanes, '--checkers', lanes, '--checksum'];
  // Without its copy on the server, as from one cloud or account to another: then the bytes pass through, as they do through ours.
  if (copy === 's3') flags.push('--disable', 'copy');
  const found: Contender[] = [];
  if (await starts(rclone, 'version')) {
    const sync = (from: Side, to: Side) => run(rclone, ['sync', ...flags, from.rclone, to.rclone], options);
    found.push({ name: 'rclone sync', copy: sync });
  }
  if (copy !== 'files' && (await starts('aws', '--version'))) {
    const sync = (from: Side, to: Side) => run('aws', ['s3', 'sync', '--only-show-errors', from.aws, to.aws], options);
    found.push({ name: copy === 's3' ? AWS_ON_SERVER : 'aws s3 sync', copy: sync });
  }
  return found;
}

const starts = (command: string, version: string) =>
  run(command, [version]).then(
    () => true,
    () => false,
  );

/** Sizes as of RocksDB's files: many small ones, a few large ones; together `bytes`. */
function sizes(count: number, bytes: number): number[] {
  const weights = Array.from({ length: count }, (_, i) => 1 / (1 + (i % 100)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => Math.max(1, Math.round((weight / sum) * bytes)));
}

async function fill(store: ObjectStore, count: number, bytes: number): Promise<void> {
  const block = randomBytes(64 << 20);
  const files: StateFile[] = [];
  async function* content(i: number, size: number) {
    let start = (i * 9_973) % (block.byteLength - 1);
    for (let left = size; left > 0; start = 0) {
      const chunk = block.subarray(start, start + left);
      left -= chunk.byteLength;
      yield chunk;
    }
  }
  await forEachLimited([...sizes(count, bytes).entries()], 8, async ([i, size]) => {
    const key = `${sharedPrefix(JOB)}0000000001-${i}`;
    files[i] = { key, ...(await store.put(key, content(i, size))) };
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

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
