// Copying a job from whichever region has it.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { FollowingReplicator } from '../../../ops/replicate/follow.ts';
import { replicationMetrics } from '../../../ops/replicate/metrics.ts';
import { encodeLease, leaseKey } from '../../../runtime/state/lease-record.ts';
import { Replicator } from '../../../runtime/state/replicator.ts';
import { MemoryStore } from '../../state/memory-store.ts';
import { JOB, writeCheckpoint } from '../../state/samples.ts';

const owned = (owner: string) =>
  encodeLease({
    ...{ format: 1, job: JOB, epoch: 1, owner, holder: 'h', state: 'held', renewal: 1 },
    ...{ acquiredAt: 0, renewedAt: 0, ttl: 1_000, skew: 0 },
  });

function following(region: string) {
  const stores = { us: new MemoryStore('us'), eu: new MemoryStore('eu'), asia: new MemoryStore('asia') };
  const leases = new MemoryStore('leases');
  const sources: (string | undefined)[] = [];
  const failures: unknown[] = [];
  const to = new MemoryStore(`copy of ${region}`);
  const replicator = new FollowingReplicator({
    ...{ job: JOB, region, home: 'us', leases, every: 5 },
    replicatorFrom: async (name) =>
      new Replicator({ ...{ job: JOB, region, to, every: 5, retain: 5 }, from: stores[name as keyof typeof stores] }),
    onSource: (from) => sources.push(from),
    onFailure: (error) => failures.push(error),
  });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  return { stores, leases, sources, failures, replicator, run: () => replicator.run(stop.signal), stop };
}

const soon = <T>(what: () => T) => expect.poll(what, { timeout: 5_000, interval: 5 });

test('it goes from one region to the other with the lease, and counts both', async () => {
  const { stores, leases, sources, replicator, run, stop } = following('asia');
  await writeCheckpoint(stores.us, 1);
  const running = run();
  // Before there is a lease, the job is at home.
  await soon(() => replicator.metrics.restorePoints).toBe(1);
  await leases.put(leaseKey(JOB), owned('eu'));
  await writeCheckpoint(stores.eu, 2, { epoch: 2 });
  await soon(() => replicator.metrics.restorePoints).toBe(2);
  expect(replicator.metrics.checkpoint).toBe(2);
  expect(sources).toEqual(['us', 'eu']);
  stop.abort();
  await running;
});

test('while its own region has the job it copies nothing, and is alive', async () => {
  const { stores, leases, sources, replicator, run } = following('us');
  await writeCheckpoint(stores.us, 1);
  void run();
  await soon(() => sources).toEqual([undefined]);
  const { movedAt } = replicator.metrics;
  await sleep(30);
  expect(replicator.metrics).toMatchObject({ restorePoints: 0, files: 0, lag: undefined });
  expect(replicator.metrics.movedAt).toBeGreaterThan(movedAt);
  expect(replicator.metrics.lookedAt).toBeDefined();
  // Adopted elsewhere, it is copied from there.
  await leases.put(leaseKey(JOB), owned('eu'));
  await writeCheckpoint(stores.eu, 2, { epoch: 2 });
  await soon(() => replicator.metrics.restorePoints).toBe(1);
  expect(sources).toEqual([undefined, 'eu']);
});

test('a lease that cannot be read is no reason to stop', async () => {
  const { stores, leases, sources, failures, replicator, run } = following('eu');
  void run();
  await soon(() => sources).toEqual(['us']);
  await leases.put(leaseKey(JOB), Buffer.from('no lease'));
  await soon(() => failures.length).toBeGreaterThan(1);
  await writeCheckpoint(stores.us, 1);
  await soon(() => replicator.metrics.restorePoints).toBe(1);
  expect(sources).toEqual(['us']);
});

test('its metrics name the region that is copied from now', async () => {
  const { leases, sources, replicator, run } = following('asia');
  const labels = () => ({ job: JOB, from: sources.at(-1) ?? 'us', to: 'asia' });
  const metrics = replicationMetrics(labels, () => replicator.metrics);
  void run();
  await soon(() => sources).toEqual(['us']);
  expect(await metrics.text()).toContain('headrace_replicator_failures_total{job="reviews",from="us",to="asia"} 0');
  await leases.put(leaseKey(JOB), owned('eu'));
  await soon(() => sources).toEqual(['us', 'eu']);
  expect(await metrics.text()).toContain('headrace_replicator_failures_total{job="reviews",from="eu",to="asia"} 0');
});

test('nor is one that cannot be read at the start taken for a process that hangs', async () => {
  const { leases, failures, replicator, run } = following('us');
  await leases.put(leaseKey(JOB), Buffer.from('no lease'));
  void run();
  await soon(() => failures.length).toBeGreaterThan(2);
  const { movedAt, lookedAt } = replicator.metrics;
  expect(lookedAt).toBeUndefined();
  await expect.poll(() => replicator.metrics.movedAt, { timeout: 5_000, interval: 5 }).toBeGreaterThan(movedAt);
});
