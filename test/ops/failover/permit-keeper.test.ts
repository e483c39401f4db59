// What a region's job may commit: faults are a standby that lags, one that speaks of another epoch, a store that does not answer,
// and a lease that is lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { PermitKeeper } from '../../../ops/failover/permit-keeper.ts';
import { Lease } from '../../../runtime/state/lease.ts';
import {
  acknowledgementKey,
  type Permit,
  permitKey,
  permitSchema,
  replicatedUpTo,
} from '../../../runtime/state/permit.ts';
import { MemoryStore } from '../../state/memory-store.ts';

const JOB = 'reviews';

async function kept(standbys: readonly string[]) {
  const [leases, store] = [new MemoryStore('eu'), new MemoryStore('us')];
  const held = await new Lease({
    ...{ store: leases, job: JOB, region: 'us', holder: 'us-1', settings: { ttl: 400, renew: 100, skew: 50 } },
  }).tryAcquire();
  if (!held) throw new Error('the lease is free');
  const failures: unknown[] = [];
  const keeper = new PermitKeeper({
    ...{ job: JOB, lease: held, leases, store, standbys, every: 10 },
    onFailure: (error) => failures.push(error),
  });
  onTestFinished(async () => {
    await keeper.stop(false);
    await held.release();
  });
  const permit = (): Permit | undefined => {
    const data = store.objects.get(permitKey(JOB))?.data;
    return data && permitSchema.parse(JSON.parse(Buffer.from(data).toString()));
  };
  const acknowledge = (region: string, epoch: number, checkpoint: number) =>
    leases.put(
      acknowledgementKey(JOB, region),
      Buffer.from(JSON.stringify({ format: 1, job: JOB, region, epoch, checkpoint, at: 0 })),
    );
  const until = (expected: Partial<Permit>) =>
    expect.poll(permit, { timeout: 3_000, interval: 5 }).toMatchObject(expected);
  return { leases, store, held, keeper, failures, permit, acknowledge, until };
}

test('without a standby the lease is enough, and each renewal extends it', async () => {
  const { until, permit } = await kept([]);
  await until({ commit: 'local', checkpoint: null, epoch: 1, state: 'held' });
  const first = permit()?.until ?? 0;
  expect(first).toBeGreaterThan(Date.now());
  expect(first).toBeLessThanOrEqual(Date.now() + 350);
  await expect.poll(() => permit()?.until, { timeout: 3_000 }).toBeGreaterThan(first + 50);
});

test('the standby that is furthest behind decides, by restore points of this epoch alone', async () => {
  const { until, acknowledge, held } = await kept(['eu', 'asia']);
  await until({ commit: 'replicated', checkpoint: null });
  await acknowledge('eu', 1, 7);
  await acknowledge('asia', 0, 9);
  await sleep(50);
  await until({ checkpoint: null });
  await acknowledge('asia', 1, 5);
  await until({ checkpoint: 5 });
  await held.advance();
  await until({ epoch: 2, checkpoint: null });
  await acknowledge('asia', 2, 8);
  await acknowledge('eu', 2, 9);
  await until({ epoch: 2, checkpoint: 8 });
});

test('a store that fails is tried again; an acknowledgement that is none says nothing', async () => {
  const { leases, store, until, acknowledge, failures } = await kept(['eu']);
  await until({ checkpoint: null });
  store.before = () => Promise.reject(new Error('down'));
  await acknowledge('eu', 1, 3);
  await expect.poll(() => failures.length, { timeout: 3_000 }).toBeGreaterThan(1);
  store.before = () => {};
  await until({ checkpoint: 3 });
  await leases.put(acknowledgementKey(JOB, 'eu'), Buffer.from('{'));
  await until({ checkpoint: null });
});

test('nothing is written once the lease is gone, but that it is', async () => {
  const { held, keeper, until, permit } = await kept([]);
  await until({ state: 'held' });
  await held.release();
  const last = permit();
  await sleep(50);
  expect(permit()).toEqual(last);
  await keeper.stop(true);
  expect(permit()).toMatchObject({ state: 'lost', epoch: 1 });
});

test('no standby at all is nothing replicated', () => {
  expect(replicatedUpTo(1, [])).toBeNull();
});
