/**
 * Faults modelled: files that are damaged or vanish on the way, a primary that drops checkpoints while they are copied, a
 * zombie primary's late checkpoints, a store that fails in between, files left over by an interrupted copy.
 */
import { describe, expect, it } from 'vitest';
import { checkpointDirectory, metadataKey, sharedPrefix } from '../../runtime/state/checkpoint.ts';
import type { WriteBatch } from '../../runtime/state/object-store.ts';
import { Replicator, type ReplicatorEvent } from '../../runtime/state/replicator.ts';
import { restorePointKey } from '../../runtime/state/restore-point.ts';
import {
  findRestorePoint,
  listRestorePoints,
  readHead,
  sealRestorePoints,
} from '../../runtime/state/restore-point-catalog.ts';
import { MemoryStore } from './memory-store.ts';
import { JOB, keysOf, PLAN, writeCheckpoint } from './samples.ts';

function pair(options: { retain?: number; concurrency?: number } = {}) {
  const from = new MemoryStore('us');
  const to = new MemoryStore('eu');
  const events: ReplicatorEvent[] = [];
  const replicator = new Replicator({
    job: JOB,
    region: 'eu',
    from,
    to,
    every: 10,
    retain: 3,
    grace: 0,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { from, to, events, replicator };
}
const shared = (n: number) => `${sharedPrefix(JOB)}${String(n).padStart(10, '0')}-delta`;

/** Writes into `to` that are done with once `release` is called, or refused. */
function batched(to: MemoryStore) {
  let release = () => {};
  let refuse = (_: Error) => {};
  const settled = new Promise<void>((done, fail) => {
    release = done;
    refuse = fail;
  });
  settled.catch(() => {});
  const batch = (): WriteBatch => ({ put: (...args) => to.put(...args), settle: () => settled });
  Object.assign(to, { batch });
  return { release, refuse };
}

describe('files that are not on the disk yet', () => {
  it('hold _metadata up, and the restore point', async () => {
    const { from, to, replicator } = pair();
    const { release } = batched(to);
    await writeCheckpoint(from, 1);
    const copying = replicator.once();
    await expect.poll(() => to.objects.has(shared(1))).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(to.objects.has(metadataKey(JOB, 1))).toBe(false);
    release();
    expect(await copying).toMatchObject({ checkpoint: 1 });
    expect(to.objects.has(metadataKey(JOB, 1))).toBe(true);
  });

  it('that never come there leave no restore point', async () => {
    const { from, to, replicator } = pair();
    const { refuse } = batched(to);
    await writeCheckpoint(from, 1);
    refuse(new Error('no space left on device'));
    await expect(replicator.once()).rejects.toThrow('no space left on device');
    expect(to.objects.has(metadataKey(JOB, 1))).toBe(false);
    expect(await listRestorePoints(to, JOB)).toEqual([]);
  });
});

describe('the replicator', () => {
  it('copies the newest checkpoint with every file and says so in a verified restore point', async () => {
    const { from, to, replicator } = pair();
    await writeCheckpoint(from, 1);
    await writeCheckpoint(from, 2);
    const point = await replicator.once();
    expect(point).toMatchObject({
      checkpoint: 2,
      epoch: 1,
      origin: 'us',
      copiedBy: 'eu',
      planHash: PLAN,
      engine: 'embedded',
    });
    expect(point?.files.map(({ key }) => key)).toEqual([
      shared(1),
      shared(2),
      `${checkpointDirectory(JOB, 2)}pending`,
      metadataKey(JOB, 2),
    ]);
    for (const { key } of point?.files ?? []) expect(to.objects.get(key)?.data).toEqual(from.objects.get(key)?.data);
    expect((await findRestorePoint(to, JOB, PLAN)).point.records?.finished).toBe(18);
    expect(replicator.metrics).toMatchObject({ restorePoints: 1, files: 4, failures: 0 });
  });

  it('writes the files first, then _metadata, then the restore point, then the head', async () => {
    const { from, to, replicator } = pair({ concurrency: 2 });
    await writeCheckpoint(from, 3);
    const written: string[] = [];
    to.after = (_, key) => written.push(key);
    await replicator.once();
    expect(written.slice(-3)).toEqual([metadataKey(JOB, 3), restorePointKey(JOB, 3, 1), `restore-points/${JOB}/head`]);
  });

  it('copies only what is new, and looks no further when nothing changed', async () => {
    const { from, to, replicator } = pair();
    await writeCheckpoint(from, 2);
    await replicator.once();
    await writeCheckpoint(from, 3, { from: 1 });
    const written: string[] = [];
    to.after = (_, key) => written.push(key);
    await replicator.once();
    expect(written).not.toContain(shared(1));
    expect(written).toContain(shared(3));
    const asked: string[] = [];
    from.before = (operation) => void asked.push(operation);
    to.before = (operation) => void asked.push(operation);
    expect(await replicator.once()).toBeUndefined();
    expect(asked).toEqual(['list']);
  });

  it('never writes to the primary’s store', async () => {
    const { from, replicator } = pair();
    await writeCheckpoint(from, 1);
    from.before = (operation) => {
      if (operation.startsWith('put') || operation === 'delete') throw new Error(`wrote: ${operation}`);
    };
    await expect(replicator.once()).resolves.toMatchObject({ checkpoint: 1 });
  });

  it('makes no restore point of a file that does not match its checksum, and leaves no such file', async () => {
    const { from, to, replicator } = pair();
    await writeCheckpoint(from, 1);
    const file = from.objects.get(shared(1));
    file?.data.set([0x58], 3);
    await expect(replicator.once()).rejects.toMatchObject({ code: 'HR-STATE-003' });
    expect(to.objects.has(shared(1))).toBe(false);
    expect(to.objects.has(metadataKey(JOB, 1))).toBe(false);
    expect(await listRestorePoints(to, JOB)).toEqual([]);
    await writeCheckpoint(from, 2, { from: 2 });
    expect(await replicator.once()).toMatchObject({ checkpoint: 2 });
  });

  it('goes on with the next checkpoint when the primary drops one while it is copied', async () => {
    const { from, replicator } = pair();
    await writeCheckpoint(from, 1);
    from.before = (operation, key) => {
      if (operation === 'read' && key === shared(1)) from.objects.delete(key);
    };
    await expect(replicator.once()).rejects.toMatchObject({ code: 'HR-STATE-002' });
    from.before = () => {};
    await writeCheckpoint(from, 2, { from: 2 });
    expect(await replicator.once()).toMatchObject({ checkpoint: 2 });
  });

  it('passes over an unreadable manifest and copies the others', async () => {
    const { from, events, replicator } = pair();
    await writeCheckpoint(from, 1);
    await from.put(metadataKey(JOB, 2), Buffer.from('{ half'));
    expect(await replicator.once()).toMatchObject({ checkpoint: 1 });
    expect(events.map(({ kind }) => kind)).toContain('failed');
  });

  it('copies a file again that is there with other content', async () => {
    const { from, to, replicator } = pair();
    await to.put(shared(1), Buffer.from('of another life'));
    await writeCheckpoint(from, 1);
    await replicator.once();
    expect(to.objects.get(shared(1))?.data).toEqual(from.objects.get(shared(1))?.data);
  });

  it('finishes after a failure at any write, without a half restore point at any moment', async () => {
    for (let failAt = 1; failAt <= 7; failAt++) {
      const { from, to, replicator } = pair();
      await writeCheckpoint(from, 2);
      let writes = 0;
      to.before = (operation) => {
        if (operation.startsWith('put') && ++writes === failAt) throw new Error('killed');
      };
      await replicator.once().catch(() => {});
      for (const { point } of await listRestorePoints(to, JOB)) {
        for (const { key } of point?.files ?? []) expect(to.objects.has(key)).toBe(true);
      }
      to.before = () => {};
      const again = new Replicator({ job: JOB, region: 'eu', from, to, every: 10, retain: 3, grace: 0 });
      await again.once();
      expect((await findRestorePoint(to, JOB, PLAN)).point.checkpoint).toBe(2);
    }
  });

  it('refuses the checkpoints of an epoch that is over', async () => {
    const { from, to, events, replicator } = pair();
    await writeCheckpoint(from, 1);
    await replicator.once();
    await sealRestorePoints(to, JOB, 2);
    await writeCheckpoint(from, 2);
    expect(await replicator.once()).toBeUndefined();
    expect(events.at(-1)).toEqual({ kind: 'refused', epoch: 1, known: 2 });
    expect((await readHead(to, JOB)).points).toEqual([{ epoch: 1, checkpoint: 1 }]);
  });

  it('publishes nothing when the takeover happens while it copies', async () => {
    const { from, to, replicator } = pair();
    await writeCheckpoint(from, 1);
    let sealed = false;
    to.before = async (operation, key) => {
      if (!sealed && operation === 'put' && key === metadataKey(JOB, 1)) {
        sealed = true;
        await sealRestorePoints(to, JOB, 2);
      }
    };
    expect(await replicator.once()).toBeUndefined();
    expect(await listRestorePoints(to, JOB)).toEqual([]);
  });

  it('keeps as many restore points as it should and exactly the files that they need', async () => {
    const { from, to, replicator } = pair({ retain: 2 });
    await to.put(`${sharedPrefix(JOB)}left-over`, Buffer.from('x'));
    for (let n = 1; n <= 5; n++) {
      await writeCheckpoint(from, n);
      await replicator.once();
    }
    const points = await listRestorePoints(to, JOB);
    expect(points.map(({ checkpoint }) => checkpoint)).toEqual([5, 4]);
    const needed = new Set(points.flatMap(({ point }) => point?.files.map(({ key }) => key) ?? []));
    expect(new Set(await keysOf(to, 'checkpoints/'))).toEqual(needed);
    expect(await keysOf(to, 'restore-points/')).toEqual([
      restorePointKey(JOB, 4, 1),
      restorePointKey(JOB, 5, 1),
      `restore-points/${JOB}/head`,
    ]);
  });

  it('leaves young files alone, which another replicator may be about to need', async () => {
    const from = new MemoryStore('us');
    const to = new MemoryStore('eu');
    const young = `${sharedPrefix(JOB)}young`;
    await to.put(young, Buffer.from('x'));
    await writeCheckpoint(from, 1);
    const clock = { monotonic: () => 0, wall: () => 1_000, sleep: () => Promise.resolve(), after: () => () => {} };
    await new Replicator({ job: JOB, region: 'eu', from, to, every: 10, retain: 1, grace: 60_000, clock }).once();
    expect(to.objects.has(young)).toBe(true);
  });
});

describe('finding a restore point', () => {
  it.each([
    ['is missing', (to: MemoryStore) => void to.objects.delete(shared(3)), /is missing/],
    ['is shorter', (to: MemoryStore) => to.put(shared(3), Buffer.from('short')).then(() => {}), /instead of/],
    ['has other content', (to: MemoryStore) => void to.objects.get(shared(3))?.data.set([0x58], 1), /checksum/],
  ])('takes the one before when a file %s, and says why', async (_, harm, reason) => {
    const { from, to, replicator } = pair();
    await writeCheckpoint(from, 2, { from: 2 });
    await replicator.once();
    await writeCheckpoint(from, 3, { from: 2 });
    await replicator.once();
    for (const object of to.objects.values()) object.data = Uint8Array.from(object.data);
    await harm(to);
    const found = await findRestorePoint(to, JOB, PLAN);
    expect(found.point.checkpoint).toBe(2);
    expect(found.passedOver).toEqual([{ key: restorePointKey(JOB, 3, 1), reason: expect.stringMatching(reason) }]);
  });

  it('takes the one before when the newest manifest was altered', async () => {
    const { from, to, replicator } = pair();
    await writeCheckpoint(from, 1);
    await replicator.once();
    await writeCheckpoint(from, 2);
    await replicator.once();
    const key = restorePointKey(JOB, 2, 1);
    const altered = Buffer.from(to.objects.get(key)?.data ?? [])
      .toString()
      .replace('"finished":18', '"finished":19');
    await to.put(key, Buffer.from(altered));
    expect((await findRestorePoint(to, JOB, PLAN)).passedOver[0]?.reason).toMatch(/checksum/);
  });
});
