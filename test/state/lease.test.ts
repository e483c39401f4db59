/**
 * Faults modelled: an owner that dies, one that is stopped and wakes up, one that cannot reach the lease's store, an
 * answer that is lost, wall clocks that disagree, two regions that want the lease at the same instant.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FileStore } from '../../runtime/state/file-store.ts';
import { type HeldLease, Lease, type LeaseEvent } from '../../runtime/state/lease.ts';
import { decodeLease, leaseKey } from '../../runtime/state/lease-record.ts';
import { MemoryStore } from './memory-store.ts';
import { VirtualClock } from './virtual-clock.ts';

const settings = { ttl: 1_000, renew: 300, skew: 100 };
const held: HeldLease[] = [];
afterEach(async () => {
  for (const lease of held.splice(0)) await lease.release().catch(() => {});
});

function regions(store = new MemoryStore('leases')) {
  const clock = new VirtualClock();
  const events: Record<string, LeaseEvent['kind'][]> = { us: [], eu: [] };
  const make = (region: 'us' | 'eu', holder = `${region}-1`, own = clock) =>
    new Lease({
      store,
      job: 'reviews',
      region,
      holder,
      settings,
      clock: own,
      onEvent: ({ kind }) => events[region]?.push(kind),
    });
  const take = async (lease: Lease) => {
    const result = await lease.tryAcquire();
    if (result) held.push(result);
    return result;
  };
  const record = () => {
    const object = store.objects.get(leaseKey('reviews'));
    if (!object) throw new Error('no lease');
    return decodeLease('', object.data);
  };
  return { clock, store, events, us: make('us'), eu: make('eu'), make, take, record };
}

describe('a lease', () => {
  it('is created with epoch 1 and refused to the other region while it is renewed', async () => {
    const { us, eu, take, clock, record } = regions();
    const first = await take(us);
    expect(first?.epoch).toBe(1);
    for (let i = 0; i < 10; i++) {
      await clock.advance(500);
      expect(await take(eu)).toBeUndefined();
    }
    expect(() => first?.assertHeld()).not.toThrow();
    expect(record()).toMatchObject({ epoch: 1, owner: 'us', holder: 'us-1', renewal: 16, ttl: 1_000 });
  });

  it('goes to one of two regions that create it at the same instant', async () => {
    const { us, eu, take } = regions();
    const both = await Promise.all([take(us), take(eu)]);
    expect(both.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  it('goes to the standby with the next epoch once its version stood still for ttl and skew', async () => {
    const { us, eu, take, clock } = regions();
    const first = await take(us);
    expect(await take(eu)).toBeUndefined();
    clock.jump(1_099);
    expect(await take(eu)).toBeUndefined();
    clock.jump(1);
    const second = await take(eu);
    expect(second?.epoch).toBe(2);
    expect(() => first?.assertHeld()).toThrow(expect.objectContaining({ code: 'HR-STATE-005' }));
  });

  it('is judged by what the observer saw, not by wall clocks that disagree by a day', async () => {
    const { store, us, take, make } = regions();
    await take(us);
    const ahead = new VirtualClock();
    ahead.wallOffset += 86_400_000;
    const observer = make('eu', 'eu-1', ahead);
    expect(await take(observer)).toBeUndefined();
    ahead.jump(1_099);
    expect(await take(observer)).toBeUndefined();
    expect(store.objects.size).toBe(1);
  });

  it('ends for its holder before it can be taken, when renewals do not get through', async () => {
    const { store, us, eu, take, clock, events } = regions();
    const first = await take(us);
    store.before = (operation) => {
      if (operation === 'putIfVersion') throw new Error('no route');
    };
    await eu.look();
    await clock.advance(899);
    expect(first?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(first?.signal.aborted).toBe(true);
    expect(first?.signal.reason).toMatchObject({ code: 'HR-STATE-005' });
    store.before = () => {};
    expect(await take(eu)).toBeUndefined();
    expect(events['us']).toEqual(['acquired', 'renewal-failed', 'renewal-failed', 'lost']);
  });

  it('is refused to a holder that wakes up late, before any of its timers fires', async () => {
    const { us, take, clock } = regions();
    const first = await take(us);
    clock.jump(900);
    expect(() => first?.assertHeld()).toThrow(expect.objectContaining({ code: 'HR-STATE-005' }));
    expect(first?.signal.aborted).toBe(true);
  });

  it('counts its time from the start of a renewal that answers slowly', async () => {
    const { store, us, take, clock } = regions();
    const first = await take(us);
    store.before = (operation) => (operation === 'putIfVersion' ? clock.sleep(500) : undefined);
    await clock.advance(850);
    store.before = () => new Promise(() => {});
    await clock.advance(349);
    expect(first?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(first?.signal.aborted).toBe(true);
  });

  it('is kept when only the answer of a renewal was lost', async () => {
    const { store, us, take, clock, events } = regions();
    const first = await take(us);
    let lost = false;
    store.after = () => {
      if (!lost) {
        lost = true;
        throw new Error('connection reset');
      }
    };
    await clock.advance(2_000);
    expect(first?.signal.aborted).toBe(false);
    expect(events['us']?.slice(0, 3)).toEqual(['acquired', 'renewal-failed', 'renewed']);
  });

  it('gets a new epoch when the same region takes it again, and never without its expiry', async () => {
    const { us, make, take, clock } = regions();
    await take(us);
    const restarted = make('us', 'us-2');
    expect(await take(restarted)).toBeUndefined();
    clock.jump(1_100);
    expect((await take(restarted))?.epoch).toBe(2);
  });

  it('is free at once after a release, and its old holder owns nothing any more', async () => {
    const { us, eu, take, record } = regions();
    const first = await take(us);
    await first?.release();
    expect(record().state).toBe('released');
    expect(() => first?.assertHeld()).toThrow(expect.objectContaining({ code: 'HR-STATE-005' }));
    expect((await take(eu))?.epoch).toBe(2);
  });

  it('is lost, not fought over, when somebody else holds it at a renewal', async () => {
    const { us, eu, take, clock, events } = regions();
    await take(us);
    await eu.look();
    clock.jump(1_100);
    await take(eu);
    await clock.advance(10);
    expect(events['us']).toContain('lost');
    expect(events['us']).not.toContain('renewed');
  });

  it('gives the longer of the two ttl when the regions are configured differently', async () => {
    const { store, clock, take } = regions();
    const long = new Lease({
      store,
      job: 'reviews',
      region: 'us',
      holder: 'us-1',
      settings: { ...settings, ttl: 5_000 },
      clock,
    });
    await take(long);
    const short = new Lease({ store, job: 'reviews', region: 'eu', holder: 'eu-1', settings, clock });
    await short.look();
    clock.jump(5_099);
    expect(await take(short)).toBeUndefined();
    clock.jump(1);
    expect((await take(short))?.epoch).toBe(2);
  });

  it('is not touched when it is of another format', async () => {
    const { store, us } = regions();
    await store.put(leaseKey('reviews'), new TextEncoder().encode('{"format":2}'));
    await expect(us.acquire(new AbortController().signal)).rejects.toMatchObject({ code: 'HR-STATE-004' });
  });

  it('works the same on a directory', async () => {
    const root = mkdtempSync(join(tmpdir(), 'headrace-lease-'));
    try {
      const clock = new VirtualClock();
      const make = (region: string) =>
        new Lease({ store: new FileStore(root), job: 'reviews', region, holder: region, settings, clock });
      const [us, eu] = [make('us'), make('eu')];
      const first = await us.tryAcquire();
      expect(first?.epoch).toBe(1);
      expect(await eu.tryAcquire()).toBeUndefined();
      await first?.release();
      const second = await eu.tryAcquire();
      expect(second?.epoch).toBe(2);
      await second?.release();
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe('a lease in the hands of one region', () => {
  it('goes on under the same epoch in the process that takes the place of a dead one', async () => {
    const { us, eu, take, make, clock, record } = regions();
    const first = await take(us);
    const second = await make('us', 'us-2').adopt();
    if (second) held.push(second);
    expect(second?.epoch).toBe(1);
    expect(record()).toMatchObject({ epoch: 1, owner: 'us', holder: 'us-2', renewal: 1 });
    await clock.advance(300);
    expect(() => first?.assertHeld()).toThrow(expect.objectContaining({ code: 'HR-STATE-005' }));
    expect(() => second?.assertHeld()).not.toThrow();
    expect(await eu.adopt()).toBeUndefined();
  });

  it('is not adopted once it was released', async () => {
    const { us, take, make } = regions();
    await (await take(us))?.release();
    expect(await make('us', 'us-2').adopt()).toBeUndefined();
  });

  it('begins a new epoch, and is renewed under it', async () => {
    const { us, eu, take, clock, record } = regions();
    const first = await take(us);
    expect(await first?.advance()).toBe(2);
    expect(first?.epoch).toBe(2);
    await clock.advance(5_000);
    expect(record()).toMatchObject({ epoch: 2, owner: 'us', holder: 'us-1', renewal: 16 });
    expect(await take(eu)).toBeUndefined();
    expect(first?.remaining()).toBeGreaterThan(0);
  });

  it('survives an advance whose answer was lost', async () => {
    const { us, take, clock, record, store } = regions();
    const first = await take(us);
    const write = store.putIfVersion.bind(store);
    store.putIfVersion = async (...args) => {
      await write(...args);
      throw new Error('the answer was lost');
    };
    await expect(first?.advance()).rejects.toThrow('lost');
    store.putIfVersion = write;
    await clock.advance(900);
    expect(() => first?.assertHeld()).not.toThrow();
    expect(first?.epoch).toBe(2);
    expect(record()).toMatchObject({ epoch: 2, holder: 'us-1' });
  });

  it('begins no epoch after it was lost', async () => {
    const { us, eu, take, clock } = regions();
    const first = await take(us);
    await take(eu);
    clock.jump(2_000);
    await take(eu);
    await expect(first?.advance()).rejects.toMatchObject({ code: 'HR-STATE-005' });
  });

  it('stays as it is when its process detaches from it', async () => {
    const { us, take, clock, record } = regions();
    const first = await take(us);
    await first?.detach();
    expect(first?.remaining()).toBe(0);
    await clock.advance(1_000);
    expect(record()).toMatchObject({ state: 'held', holder: 'us-1', renewal: 0 });
  });
});
