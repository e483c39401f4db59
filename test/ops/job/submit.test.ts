// Fault model: the version does not come up, Flink refuses it, the old job takes no savepoint, the JobManager changes, the
// command dies after any request to Flink or to the store, and two commands run at once.
import { expect, test } from 'vitest';
import { submit } from '../../../ops/job/submit.ts';
import { random } from '../../support/random.ts';
import { type Fixture, fixture, specification } from './cluster-fixture.ts';

const BROKEN = 13;
const ok = specification();
const better = specification({ inFlight: 200 });
const broken = specification({ inFlight: BROKEN });

async function withBrokenVersion(): Promise<Fixture> {
  const made = await fixture();
  made.flink.fate = ({ inFlight }) =>
    inFlight === BROKEN ? { restarts: 'org.apache.kafka.UnknownTopicOrPartitionException: no out' } : 'healthy';
  return made;
}

const run = ({ context, jar }: Fixture, spec = ok, more: { restoreFrom?: string; retryFailed?: boolean } = {}) =>
  submit(context, { specification: spec, jar, retryFailed: false, ...more });

test('submitted twice, one job runs, and the second call changes nothing', async () => {
  const f = await fixture();
  const first = await run(f);
  expect(first).toMatchObject({ outcome: 'started', startedFrom: null });
  const writes = f.store.objects.get('jobs/reviews/deployed.json')?.version;
  expect(await run(f)).toEqual({ ...first, outcome: 'unchanged' });
  expect(f.flink.jobs.size).toBe(1);
  expect(f.store.objects.get('jobs/reviews/deployed.json')?.version).toBe(writes);
  expect(f.deployed()).toMatchObject({
    jobId: first.jobId,
    identity: first.identity,
    specification: { name: 'reviews' },
  });
  expect(f.flink.running()[0]?.parameters).toMatchObject({ 'headrace.identity': first.identity });
});

test('another version takes over from a savepoint, and the old job is stopped, not canceled', async () => {
  const f = await fixture();
  const old = await run(f);
  const result = await run(f, better);
  expect(result).toMatchObject({
    outcome: 'upgraded',
    startedFrom: expect.stringMatching(/^state:\/\/savepoints\/reviews\/upgrade-/),
  });
  expect(f.flink.jobs.get(old.jobId)?.state).toBe('FINISHED');
  expect(f.flink.running()).toMatchObject([{ id: result.jobId, from: result.startedFrom }]);
  expect(f.deployed()).toMatchObject({ jobId: result.jobId, startedFrom: result.startedFrom });
});

test('a version that does not come up is rolled back, with the reason, and is not tried again unless asked', async () => {
  const f = await withBrokenVersion();
  const old = await run(f);
  await expect(run(f, broken)).rejects.toMatchObject({
    code: 'HR-JOB-004',
    exitCode: 1,
    message: expect.stringMatching(/UnknownTopicOrPartition.*the version before runs again as job [0-9a-f]{32}/),
    mend: expect.stringMatching(/create the topic/),
  });
  const [now] = f.flink.running();
  expect(now?.specification).toEqual(ok);
  expect(now?.from).toMatch(/^state:\/\/savepoints\/reviews\/upgrade-/);
  expect(f.deployed()).toMatchObject({ identity: old.identity, jobId: now?.id });
  const jobs = f.flink.jobs.size;
  await expect(run(f, broken)).rejects.toMatchObject({
    code: 'HR-JOB-009',
    mend: expect.stringMatching(/--retry-failed/),
  });
  expect(f.flink.jobs.size).toBe(jobs);
  expect(await run(f, ok)).toMatchObject({ outcome: 'unchanged', jobId: now?.id });
  f.flink.fate = () => 'healthy';
  expect(await run(f, broken, { retryFailed: true })).toMatchObject({ outcome: 'upgraded' });
});

test.each([
  ['refuses it', { refused: 'dev.headrace.SpecificationException: HR-FLINK-010 /x' }, /HR-FLINK-010/],
  ['fails it for good', { fails: 'java.lang.IllegalStateException: no' }, /IllegalStateException: no \(it is FAILED\)/],
] as const)('a new version is rolled back when Flink %s', async (_, fate, reason) => {
  const f = await fixture();
  f.flink.fate = ({ inFlight }) => (inFlight === BROKEN ? fate : 'healthy');
  await run(f);
  await expect(run(f, broken)).rejects.toMatchObject({ code: 'HR-JOB-004', message: expect.stringMatching(reason) });
  expect(f.flink.running().map((job) => job.specification)).toEqual([ok]);
});

test('a first version that does not come up stays, and the next version takes its place without its savepoint', async () => {
  const f = await withBrokenVersion();
  await expect(run({ ...f, context: { ...f.context, wait: 100 } }, broken)).rejects.toMatchObject({
    code: 'HR-JOB-005',
  });
  expect(f.flink.running()).toHaveLength(1);
  await expect(run({ ...f, context: { ...f.context, wait: 100 } }, broken)).rejects.toMatchObject({
    code: 'HR-JOB-005',
  });
  expect(f.flink.jobs.size).toBe(1);
  expect(await run({ ...f, context: { ...f.context, wait: 200 } }, ok)).toMatchObject({ startedFrom: null });
  expect(f.flink.running().map((job) => job.specification)).toEqual([ok]);
});

test('a sound job that takes no savepoint goes on, and the upgrade is given up', async () => {
  const f = await fixture();
  const { jobId } = await run(f);
  f.flink.savepointFailure = () => 'java.io.IOException: no space';
  await expect(run(f, better)).rejects.toMatchObject({
    code: 'HR-JOB-015',
    message: expect.stringMatching(/no space/),
  });
  expect(f.flink.running().map(({ id }) => id)).toEqual([jobId]);
  f.flink.savepointFailure = undefined;
  expect(await run(f, better)).toMatchObject({ outcome: 'upgraded' });
});

test('a savepoint that Flink reports and the store does not have is none', async () => {
  const f = await fixture();
  await run(f);
  f.flink.losesSavepoints = true;
  const result = await run(f, better);
  // The job ended: there is nothing to go on from but what it started from.
  expect(result.startedFrom).toBeNull();
  expect(f.said.join('\n')).toMatch(/there is no snapshot: the new one starts empty/);
});

test('a failed job starts from its newest checkpoint, once; the same failure again is said and left alone', async () => {
  const f = await fixture();
  const { jobId } = await run(f);
  const fail = (id: string) => {
    const job = f.flink.jobs.get(id);
    if (job) Object.assign(job, { state: 'FAILED', reason: 'x.Y: the same', endedAt: Date.now() });
  };
  const checkpoint = f.flink.snapshot(`checkpoints/reviews/${jobId}/chk-7`);
  fail(jobId);
  const again = await run(f);
  expect(again).toMatchObject({ outcome: 'started', startedFrom: checkpoint, failedBefore: 'x.Y: the same' });
  fail(again.jobId);
  await expect(run(f)).rejects.toMatchObject({ code: 'HR-JOB-007', message: expect.stringMatching(/x\.Y: the same/) });
  expect(await run(f, ok, { restoreFrom: 'latest' })).toMatchObject({ outcome: 'started' });
});

test('snapshots of a rolled back version are not gone back to', async () => {
  const f = await withBrokenVersion();
  await run(f);
  await expect(run(f, broken)).rejects.toMatchObject({ code: 'HR-JOB-004' });
  const abandoned = [...f.flink.jobs.values()].find(({ specification: { inFlight } }) => inFlight === BROKEN);
  f.flink.snapshot(`checkpoints/reviews/${abandoned?.id}/chk-9`);
  const [job] = f.flink.running();
  if (job) Object.assign(job, { state: 'CANCELED', endedAt: Date.now() });
  expect((await run(f)).startedFrom).toMatch(/savepoints\/reviews\/upgrade-/);
});

test.each([
  ['none', 'none', null],
  [
    'a key',
    'savepoints/reviews/savepoint-aaaaaa-000000000001',
    'state://savepoints/reviews/savepoint-aaaaaa-000000000001',
  ],
  [
    'a URI',
    'state://savepoints/reviews/savepoint-aaaaaa-000000000001/',
    'state://savepoints/reviews/savepoint-aaaaaa-000000000001',
  ],
] as const)('--restore-from %s is obeyed', async (_, restoreFrom, expected) => {
  const f = await fixture();
  f.flink.snapshot('savepoints/reviews/savepoint-aaaaaa-000000000001');
  f.flink.snapshot('savepoints/reviews/savepoint-bbbbbb-000000000002');
  expect((await run(f, ok, { restoreFrom })).startedFrom).toBe(expected);
});

test.each(['latest', 'state://savepoints/reviews/gone', 's3://elsewhere/x'])(
  '--restore-from %s is refused where it is not there',
  async (restoreFrom) => {
    const f = await fixture();
    await expect(run(f, ok, { restoreFrom })).rejects.toMatchObject({ code: 'HR-JOB-008', exitCode: 2 });
    expect(f.flink.jobs.size).toBe(0);
  },
);

test('two jobs of one name are said to be two, and none is touched', async () => {
  const f = await fixture();
  const { jobId } = await run(f);
  const job = f.flink.jobs.get(jobId);
  if (job) f.flink.jobs.set('0'.repeat(32), { ...job, id: '0'.repeat(32) });
  await expect(run(f)).rejects.toMatchObject({ code: 'HR-JOB-016' });
  expect(f.flink.running()).toHaveLength(2);
});

test('while JobManagers change over, requests are made again', async () => {
  const f = await fixture();
  await run(f);
  let refused = 0;
  // Not every n-th: a loop of n requests would meet the same one for ever.
  const next = random(7);
  f.flink.before = (request, n) => {
    if (next() > 0.3 || /jars/.test(request)) return undefined;
    refused += 1;
    return n % 2 ? 'drop' : [500, { errors: ['org.apache.flink.util.FlinkException: no leader elected yet'] }];
  };
  expect(await run({ ...f, context: { ...f.context, wait: 20_000 } }, better)).toMatchObject({ outcome: 'upgraded' });
  expect(refused).toBeGreaterThan(2);
  expect(f.flink.running()).toHaveLength(1);
});

test('a new version is not rolled back because Flink does not answer: the next call goes on', async () => {
  const f = await fixture();
  await run(f);
  let started = false;
  f.flink.before = (request) => {
    started ||= /POST .jars.+run/.test(request);
    return started && /GET/.test(request) ? 'drop' : undefined;
  };
  await expect(run({ ...f, context: { ...f.context, wait: 300 } }, better)).rejects.toMatchObject({
    code: 'HR-REMOTE-001',
  });
  f.flink.before = () => undefined;
  expect(f.flink.running().map((job) => job.specification)).toEqual([better]);
  expect(await run(f, better)).toMatchObject({ outcome: 'upgraded' });
  expect(f.flink.jobs.size).toBe(2);
});

test('two commands at once start one job and stop the old one once', async () => {
  const f = await fixture();
  await run(f);
  const [a, b] = await Promise.all([run(f, better), run(f, better)]);
  expect(a.jobId).toBe(b.jobId);
  expect(f.flink.running()).toHaveLength(1);
  expect(f.flink.jobs.size).toBe(2);
});

class Killed extends Error {}

/** Runs a submission that dies right after its n-th request or write. @returns whether it lived. */
async function killedAfter(f: Fixture, spec: typeof ok, n: number): Promise<boolean> {
  let count = 0;
  const step = () => {
    count += 1;
    if (count > n) throw new Killed();
  };
  f.store.before = step;
  const rest = new Proxy(f.context.rest, {
    get(target, property) {
      const value = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        step();
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  try {
    await run({ ...f, context: { ...f.context, rest } }, spec);
    return true;
  } catch (error) {
    if (!(error instanceof Killed) && (error as { code?: string }).code !== 'HR-JOB-004') throw error;
    return !(error instanceof Killed);
  } finally {
    f.store.before = () => {};
  }
}

test.each([
  ['an upgrade', better],
  ['an upgrade that is rolled back', broken],
])('%s that is killed at any step is finished by the next call, with one job at any time', async (_, spec) => {
  let lived = false;
  let n = 0;
  for (; !lived; n++) {
    const f = await withBrokenVersion();
    const old = await run(f);
    lived = await killedAfter(f, spec, n);
    expect(f.flink.running().length).toBeLessThanOrEqual(1);
    const finished = run(f, spec);
    if (spec === better) expect(await finished).toMatchObject({ jobId: f.flink.running()[0]?.id });
    else await expect(finished).rejects.toMatchObject({ code: expect.stringMatching(/HR-JOB-00[49]/) });
    expect(f.flink.running().map((job) => job.specification)).toEqual([spec === better ? better : ok]);
    // What the old job knew was taken along.
    expect(f.flink.running()[0]?.from).toMatch(new RegExp(`/upgrade-[0-9a-f]{12}/savepoint-${old.jobId.slice(0, 6)}-`));
    expect(f.deployed()).toMatchObject({ jobId: f.flink.running()[0]?.id });
    expect(f.flink.jobs.size).toBe(spec === better ? 2 : 3);
    f.flink.stop();
  }
  expect(n).toBeGreaterThan(25);
});
