// Faults: the old region is silent, alive, or a zombie; the newest restore point is damaged; the command dies before or after any of
// its writes, or of its requests to Flink.
import { expect, test } from 'vitest';
import { cancelFailover } from '../../../ops/failover/failover.ts';
import { readFailover } from '../../../ops/failover/record.ts';
import { readHead } from '../../../runtime/state/restore-point-catalog.ts';
import type { MemoryStore } from '../../state/memory-store.ts';
import { JOB, leaseOf, move, restorePoint, running, twoRegions } from './two-regions.ts';

const until = async (what: () => boolean | Promise<boolean>) => {
  await expect.poll(what, { timeout: 20_000, interval: 10 }).toBe(true);
};

test('a region that died is followed from its newest restore point', async () => {
  const { us, eu, jar } = await twoRegions();
  const end = running(us, jar);
  await until(() => us.flink.running().length === 1);
  await end();
  await restorePoint(eu.store, 6);
  const directory = await restorePoint(eu.store, 7);
  const moved = await move(eu, jar);
  expect(moved).toMatchObject({
    step: 'done',
    from: 'us',
    to: 'eu',
    planned: false,
    point: { checkpoint: 7, directory, passedOver: [] },
  });
  const [job] = eu.flink.running();
  expect(job).toMatchObject({ id: moved?.jobId, from: `state://${directory}`, specification: { region: 'eu' } });
  // Its epoch is later than all that the old region had, and all of them are over in this store.
  expect(job?.specification.epoch).toBe(leaseOf(eu.store).epoch);
  expect((await readHead(eu.store, JOB)).epoch).toBeGreaterThan(1);
  expect(leaseOf(eu.store)).toMatchObject({ owner: 'eu', state: 'held' });
  expect(job?.specification.guard).toEqual({ permit: 'state://permits/reviews.json', poll: 500, alone: null });
  // Asked again, nothing happens.
  expect(await move(eu, jar)).toBeUndefined();
  expect(eu.flink.running()).toHaveLength(1);
});

test('a region that lives ends its job and gives the lease back; as a zombie it is ended once its supervisor is there', async () => {
  const { us, eu, jar, said } = await twoRegions();
  running(us, jar);
  await until(() => us.flink.running().length === 1);
  await restorePoint(eu.store, 7);
  expect(await move(eu, jar)).toMatchObject({ step: 'done' });
  expect(us.flink.running()).toEqual([]);
  expect(said.join('\n')).not.toContain('lost the lease');
  // Somebody starts it there again.
  const [zombie] = us.flink.jobs.values();
  if (zombie) Object.assign(zombie, { state: 'RUNNING', endedAt: -1 });
  await until(() => us.flink.running().length === 0);
  expect(JSON.parse(Buffer.from(us.store.objects.get(`permits/${JOB}.json`)?.data ?? '').toString())).toMatchObject({
    state: 'lost',
  });
});

test('planned, the old region stops with a savepoint, and the new one goes on from its copy', async () => {
  const { us, eu, jar } = await twoRegions();
  running(us, jar);
  await until(() => us.flink.running().length === 1);
  await restorePoint(eu.store, 6);
  let copies = 0;
  const moved = await move(eu, jar, {
    planned: true,
    copy: async (directory) => {
      copies += 1;
      if (copies === 1) throw new Error('not yet');
      await restorePoint(eu.store, 9, { epoch: 2, directory });
    },
  });
  expect(moved?.stopped).toMatchObject({
    savepoint: true,
    directory: expect.stringMatching(/^checkpoints\/reviews\/handover-[0-9a-f]{12}\/savepoint-/),
  });
  expect(moved?.point?.directory).toBe(moved?.stopped?.directory);
  expect([us.flink.running().length, eu.flink.running().length]).toEqual([0, 1]);
});

test('a planned one whose old region does not answer can be cancelled, or done unplanned', async () => {
  const { us, eu, jar } = await twoRegions();
  const end = running(us, jar);
  await until(() => us.flink.running().length === 1);
  await end();
  await restorePoint(eu.store, 6);
  await expect(move(eu, jar, { planned: true, wait: 100 })).rejects.toMatchObject({
    code: 'HR-FAILOVER-005',
    message: expect.stringContaining('does not answer'),
    mend: expect.stringContaining('--cancel'),
  });
  expect((await cancelFailover(eu.process().shared)).step).toBe('cancelled');
  await expect(cancelFailover(eu.process().shared)).rejects.toMatchObject({ code: 'HR-FAILOVER-004' });
  await expect(move(eu, jar, { planned: true, wait: 50 })).rejects.toMatchObject({ code: 'HR-FAILOVER-005' });
  expect(await move(eu, jar)).toMatchObject({ step: 'done', planned: false });
});

test('a damaged newest restore point is passed over, and said so', async () => {
  const { eu, jar } = await twoRegions();
  await restorePoint(eu.store, 6);
  const newest = await restorePoint(eu.store, 7);
  eu.store.objects.set(`${newest}/own`, { data: Buffer.from('own 8'), version: 1 });
  const moved = await move(eu, jar);
  expect(moved?.point).toMatchObject({ checkpoint: 6, passedOver: [{ reason: expect.stringContaining('checksum') }] });
});

test.each<[string, (store: MemoryStore) => Promise<unknown>, string]>([
  ['no restore point', async () => {}, 'HR-STATE-006'],
  [
    'none that is whole',
    async (store) => {
      store.objects.delete(`${await restorePoint(store, 7)}/own`);
    },
    'HR-STATE-006',
  ],
  ['another plan', (store) => restorePoint(store, 7, { plan: 'e'.repeat(64) }), 'HR-STATE-007'],
])('%s is a refusal, and the lease stays where it is', async (_, prepare, code) => {
  const { us, eu, jar } = await twoRegions();
  running(us, jar);
  await until(() => us.flink.running().length === 1);
  await prepare(eu.store);
  await expect(move(eu, jar, { wait: 500 })).rejects.toMatchObject({ code });
  expect(leaseOf(eu.store)).toMatchObject({ owner: 'us', state: 'held' });
  expect(us.flink.running()).toHaveLength(1);
  expect(eu.flink.running()).toEqual([]);
});

test('a second one to another region is refused while the first is under way', async () => {
  const { us, eu, jar } = await twoRegions();
  await us.process().owner.take('acquire');
  await restorePoint(eu.store, 7);
  await expect(move(eu, jar, { planned: true, wait: 10 })).rejects.toMatchObject({ code: 'HR-FAILOVER-005' });
  await expect(move(us, jar)).rejects.toMatchObject({
    code: 'HR-FAILOVER-003',
    message: expect.stringContaining('region eu'),
  });
});

test('what was under way when the region last had the job is not gone on with', async () => {
  const { us, eu, jar } = await twoRegions();
  const end = running(eu, jar);
  await restorePoint(eu.store, 5);
  expect(await move(eu, jar)).toMatchObject({ step: 'done' });
  await end();
  // Back, and the region's upgrade record says that a job of the past is being started.
  await restorePoint(us.store, 8, { epoch: 5 });
  expect(await move(us, jar)).toMatchObject({ step: 'done', point: { checkpoint: 8 } });
  const key = 'jobs/reviews/upgrade.json';
  const past = JSON.parse(Buffer.from(eu.store.objects.get(key)?.data ?? '').toString());
  await eu.store.put(key, Buffer.from(JSON.stringify({ ...past, step: 'starting', newJobId: 'd'.repeat(32) })));
  const directory = await restorePoint(eu.store, 9, { epoch: 9 });
  expect(await move(eu, jar)).toMatchObject({ step: 'done' });
  expect(eu.flink.running().map(({ from }) => from)).toEqual([`state://${directory}`]);
});

class Killed extends Error {}

test('killed before or after any write and any request, a second call finishes it, with one job from one restore point', async () => {
  const places: string[] = [];
  for (let n = 1; ; n++) {
    const { us, eu, jar } = await twoRegions();
    const dead = us.process().owner;
    await dead.take('acquire');
    await dead.release();
    await restorePoint(eu.store, 7);
    let left = n;
    let died = false;
    const die = (place: string) => {
      // A process that was killed does nothing more.
      if (died) throw new Killed();
      left -= 1;
      if (left > 0) return;
      died = true;
      places.push(place);
      throw new Killed();
    };
    const writes = /^put/;
    eu.store.before = (operation, key) => (writes.test(operation) ? die(`before ${operation} ${key}`) : undefined);
    eu.store.after = (operation, key) => (writes.test(operation) ? die(`after ${operation} ${key}`) : undefined);
    eu.flink.before = (request) => {
      if (died) return 'drop';
      left -= 1;
      if (left > 0) return undefined;
      died = true;
      places.push(request);
      return 'drop';
    };
    const abort = new AbortController();
    const first = await move(eu, jar, {
      signal: abort.signal,
      wait: 600,
      jobOf: async (held) => ({ ...eu.jobOf(held), wait: 50 }),
    }).catch((error: unknown) => error);
    eu.store.before = () => {};
    eu.store.after = () => {};
    eu.flink.before = () => undefined;
    if (!died) {
      expect(first).toMatchObject({ step: 'done' });
      break;
    }
    const moved = (await move(eu, jar)) ?? (await readFailover(eu.store, JOB))?.value;
    expect(moved, places.at(-1)).toMatchObject({ step: 'done', to: 'eu', point: { checkpoint: 7 } });
    const jobs = eu.flink.running();
    expect(
      jobs.map(({ from }) => from?.split('/').at(-1)),
      places.at(-1),
    ).toEqual(['chk-7']);
    expect(leaseOf(eu.store), places.at(-1)).toMatchObject({ owner: 'eu' });
    expect((await readHead(eu.store, JOB)).epoch).toBeGreaterThan(1);
  }
  // The lease, the record's steps, the head, the job's own records, and Flink itself.
  expect(places.length).toBeGreaterThan(25);
}, 60_000);
