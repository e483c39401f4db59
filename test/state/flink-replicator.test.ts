/**
 * Checkpoints of Flink through the replicator; what Flink's reader says about a `_metadata` is part of the sample, since a JVM
 * tells it otherwise. Faults modelled: a file that vanished or has another size, a job that is not ours, paths that another
 * region cannot find, copies that were interrupted, a target with a damaged file.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FlinkMetadata } from '../../runtime/state/flink-metadata.ts';
import { Replicator, type ReplicatorEvent } from '../../runtime/state/replicator.ts';
import { collectGarbage } from '../../runtime/state/replicator-collect.ts';
import {
  findRestorePoint,
  listRestorePoints,
  readHead,
  sealRestorePoints,
} from '../../runtime/state/restore-point-catalog.ts';
import { MemoryStore } from './memory-store.ts';
import { keysOf } from './samples.ts';

const JOB = 'reviews';
const FLINK_ID = '0123456789abcdef0123456789abcdef';
const folder = (n: number, id = FLINK_ID) => `checkpoints/${JOB}/${id}/chk-${n}`;
const shared = (name: string) => `checkpoints/${JOB}/${FLINK_ID}/shared/${name}`;

/** Stands for Flink's format: its magic number, then what the reader would say. */
const encode = (content: FlinkMetadata) =>
  Buffer.concat([Buffer.from([0x49, 0x60, 0x67, 0x2d, 0, 0, 0, 6]), Buffer.from(JSON.stringify(content))]);
const readFlink = async (_directory: string, data: Uint8Array) =>
  JSON.parse(Buffer.from(data).subarray(8).toString()) as FlinkMetadata;

interface Sample {
  readonly epoch?: number;
  readonly id?: string;
  readonly change?: (content: FlinkMetadata) => FlinkMetadata;
}

/** Writes checkpoint `n`: one file of its own, shared ones by name, `_metadata` last. */
async function write(store: MemoryStore, n: number, names: readonly string[], sample: Sample = {}): Promise<void> {
  const { epoch = 1, id = FLINK_ID, change = (content) => content } = sample;
  const own = `${folder(n, id)}/own-${n}`;
  const files = [...names.map(shared), own];
  for (const key of files) if (!store.objects.has(key)) await store.put(key, Buffer.from(`content of ${key}`));
  const content: FlinkMetadata = {
    checkpoint: n,
    format: 6,
    savepoint: false,
    job: { job: JOB, region: 'us', epoch, planHash: 'plan', flinkVersion: '2.3.0', triggeredAt: 1_000 * n },
    files: files.map((key) => ({ path: `state://${key}`, size: `content of ${key}`.length })),
    positions: [{ operator: 'source', topic: 'in', partition: 0, offset: 40 + n }],
  };
  await store.put(`${folder(n, id)}/_metadata`, encode(change(content)));
}

function pair(options: { retain?: number; maxAge?: number; now?: () => number } = {}) {
  const from = new MemoryStore('us');
  const to = new MemoryStore('eu');
  const events: ReplicatorEvent[] = [];
  const { now = () => 1_000_000, ...more } = options;
  const clock = { monotonic: now, wall: now, sleep: async () => {}, after: () => () => {} };
  const made = () =>
    new Replicator({
      ...{ job: JOB, region: 'eu', from, to, every: 10, retain: 3, grace: 0, readFlink, clock },
      onEvent: (event) => events.push(event),
      ...more,
    });
  return { from, to, events, made, replicator: made() };
}

describe('the replicator of Flink’s checkpoints', () => {
  it('copies every file, `_metadata` last, and writes a restore point that tells all', async () => {
    const { from, to, replicator } = pair();
    await write(from, 7, ['a', 'b']);
    const written: string[] = [];
    to.after = (_, key) => written.push(key);
    const point = await replicator.once();
    expect(point).toMatchObject({
      ...{ job: JOB, engine: 'flink', checkpoint: 7, epoch: 1, planHash: 'plan', origin: 'us', triggeredAt: 7_000 },
      flink: {
        ...{ version: '2.3.0', directory: folder(7), savepoint: false },
        positions: [{ operator: 'source', topic: 'in', partition: 0, offset: 47 }],
      },
    });
    expect(point?.records).toBeUndefined();
    expect(point?.files.at(-1)?.key).toBe(`${folder(7)}/_metadata`);
    for (const { key, size, sha256 } of point?.files ?? []) {
      const data = to.objects.get(key)?.data ?? new Uint8Array();
      expect(data).toEqual(from.objects.get(key)?.data);
      expect({ size, sha256 }).toEqual({
        size: data.byteLength,
        sha256: createHash('sha256').update(data).digest('hex'),
      });
    }
    expect(written.indexOf(`${folder(7)}/_metadata`)).toBe(3);
    expect((await findRestorePoint(to, JOB, 'plan')).point).toEqual(point);
  });

  it('copies shared files once, and reads each `_metadata` once', async () => {
    const { from, to, replicator } = pair();
    await write(from, 1, ['a', 'b']);
    await replicator.once();
    await write(from, 2, ['b', 'c']);
    const asked: string[] = [];
    from.before = (operation, key) => void asked.push(`${operation} ${key}`);
    await replicator.once();
    expect(asked).toEqual([
      `list checkpoints/${JOB}/`,
      `get ${folder(2)}/_metadata`,
      `read ${shared('c')}`,
      `read ${folder(2)}/own-2`,
      `read ${folder(2)}/_metadata`,
    ]);
    asked.length = 0;
    await replicator.once();
    expect(asked).toEqual([`list checkpoints/${JOB}/`]);
    expect((await listRestorePoints(to, JOB)).map(({ checkpoint }) => checkpoint)).toEqual([2, 1]);
  });

  it('reads back what an interrupted copy left, rather than copying it again', async () => {
    const { from, to, replicator, made } = pair();
    await write(from, 1, ['a', 'b', 'c']);
    let writes = 0;
    to.before = (operation) => {
      if (operation === 'put' && ++writes === 3) throw new Error('killed');
    };
    await expect(replicator.once()).rejects.toThrow('killed');
    to.before = () => {};
    const left = (await keysOf(to)).length;
    expect(left).toBeGreaterThan(0);
    const read: string[] = [];
    from.before = (operation, key) => void (operation === 'read' && read.push(key));
    expect(await made().once()).toMatchObject({ checkpoint: 1 });
    expect(read).toHaveLength(5 - left);
  });

  it('keeps exactly the files of the restore points that count', async () => {
    const { from, to, replicator } = pair({ retain: 2 });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (let n = 1; n <= 5; n++) {
      await write(from, n, names.slice(n - 1, n + 1));
      await replicator.once();
    }
    const points = await listRestorePoints(to, JOB);
    expect(points.map(({ checkpoint }) => checkpoint)).toEqual([5, 4]);
    const needed = new Set(points.flatMap(({ point }) => point?.files.map(({ key }) => key) ?? []));
    expect(new Set(await keysOf(to, 'checkpoints/'))).toEqual(needed);
    expect(needed).toContain(shared('d'));
  });

  it('lets restore points go by age, but never the newest', async () => {
    let now = 10_000;
    const { from, to, replicator } = pair({ retain: 10, maxAge: 5_000, now: () => now });
    for (const n of [1, 2, 3, 4]) {
      await write(from, n, ['a']);
      await replicator.once();
    }
    // Triggered at 1 s to 4 s; 6 s and older go, and so did all but the newest.
    expect((await readHead(to, JOB)).points).toEqual([{ epoch: 1, checkpoint: 4 }]);
    now = 1_000_000;
    await write(from, 5, ['a']);
    await replicator.once();
    expect((await readHead(to, JOB)).points).toEqual([{ epoch: 1, checkpoint: 5 }]);
    expect(replicator.metrics.lag).toBe(995_000);
  });

  it('collects nothing while a restore point that counts cannot be read', async () => {
    const { from, to, replicator } = pair();
    await write(from, 1, ['a']);
    await replicator.once();
    const [first] = await listRestorePoints(to, JOB);
    await to.put(first?.key ?? '', Buffer.from('damaged'));
    await write(from, 2, ['b']);
    await replicator.once();
    expect(to.objects.has(shared('a'))).toBe(true);
    expect((await findRestorePoint(to, JOB, 'plan')).point.checkpoint).toBe(2);
  });

  it('takes the newer job of Flink when a later owner started one', async () => {
    const { from, replicator } = pair();
    await write(from, 9, ['a']);
    await write(from, 4, ['b'], { epoch: 2, id: 'f'.repeat(32) });
    expect(await replicator.once()).toMatchObject({
      epoch: 2,
      checkpoint: 4,
      flink: { directory: folder(4, 'f'.repeat(32)) },
    });
  });

  it.each<[string, Sample['change'], object]>([
    ['of a job that is not Headrace’s', (c) => ({ ...c, job: null }), { code: 'HR-STATE-010' }],
    [
      'with a path that only one region knows',
      (c) => ({ ...c, files: [{ path: 's3://bucket/x', size: 1 }] }),
      { code: 'HR-STATE-010', mend: expect.stringContaining('state://') },
    ],
  ])('passes over a checkpoint %s, and says why', async (_, change, failure) => {
    const { from, events, replicator } = pair();
    await write(from, 1, ['a']);
    await write(from, 2, ['b'], change ? { change } : {});
    expect(await replicator.once()).toMatchObject({ checkpoint: 1 });
    expect(events).toContainEqual({ kind: 'failed', error: expect.objectContaining(failure) });
  });

  it('passes over a checkpoint of another job in silence', async () => {
    const { from, events, replicator } = pair();
    await write(from, 2, ['a'], { change: (c) => ({ ...c, job: c.job && { ...c.job, job: 'other' } }) });
    expect(await replicator.once()).toBeUndefined();
    expect(events).toEqual([]);
  });

  it.each([
    ['vanished', (from: MemoryStore) => void from.objects.delete(shared('a')), 'HR-STATE-002'],
    ['has another size', (from: MemoryStore) => void from.put(shared('a'), Buffer.from('x')), 'HR-STATE-003'],
  ])('makes no restore point when a file %s', async (_, harm, code) => {
    const { from, to, replicator } = pair();
    await write(from, 1, ['a']);
    harm(from);
    await expect(replicator.once()).rejects.toMatchObject({ code });
    expect(await listRestorePoints(to, JOB)).toEqual([]);
    expect(await keysOf(to, folder(1))).not.toContain(`${folder(1)}/_metadata`);
  });

  it('says what is missing when nobody can read Flink’s metadata', async () => {
    const { from, to, events } = pair();
    await write(from, 1, ['a']);
    const blind = new Replicator({
      ...{ job: JOB, region: 'eu', from, to, every: 10, retain: 3 },
      onEvent: (event) => events.push(event),
    });
    expect(await blind.once()).toBeUndefined();
    expect(events).toMatchObject([
      { kind: 'failed', error: { code: 'HR-STATE-010', mend: expect.stringContaining('FLINK_HOME') } },
    ]);
  });
});

describe('a region that took the job over', () => {
  it('keeps the files of its own job from a replicator that was paused before it cleared away', async () => {
    const { from, to, replicator } = pair();
    await write(from, 1, ['a']);
    await replicator.once();
    const own = `checkpoints/${JOB}/${'f'.repeat(32)}/chk-2/_metadata`;
    await to.put(own, Buffer.from('of the job here'));
    await sealRestorePoints(to, JOB, 2);
    expect(await collectGarbage(to, JOB, Date.now() + 1e9, 0, new AbortController().signal)).toBe(0);
    expect(to.objects.has(own)).toBe(true);
  });
});
