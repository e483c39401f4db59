// Fault model: a savepoint that Flink reports is not in the store, a JobManager forgets its result, a deletion is
// interrupted; a restore test was killed and left its job; the snapshot cannot be restored.
import { expect, test } from 'vitest';
import { testRestore } from '../../../ops/job/restore-test.ts';
import { periodicDirectory, savepointAndRetain } from '../../../ops/job/savepoint.ts';
import { jobStatus } from '../../../ops/job/status.ts';
import { submit } from '../../../ops/job/submit.ts';
import { type Fixture, fixture, specification } from './cluster-fixture.ts';

const run = ({ context, jar }: Fixture) => submit(context, { specification: specification(), jar, retryFailed: false });
const never = () => Promise.reject(new Error('a record says what runs'));
const savepoints = (f: Fixture) =>
  [...f.store.objects.keys()].filter(
    (key) => key.startsWith(`${periodicDirectory(f.context)}/`) && key.endsWith('/_metadata'),
  );

test('savepoints beyond the number to keep are deleted, and nobody else', async () => {
  const f = await fixture();
  const { jobId } = await run(f);
  const others = [
    'savepoints/reviews/savepoint-aaaaaa-000000000001',
    `savepoints/reviews/upgrade-0123456789ab/savepoint-${jobId.slice(0, 6)}-000000000002`,
  ];
  for (const key of others) f.flink.snapshot(key);
  for (let i = 0; i < 4; i++) await savepointAndRetain(f.context, 2);
  expect(savepoints(f)).toHaveLength(2);
  for (const key of others) expect(f.store.objects.has(`${key}/_metadata`)).toBe(true);
  expect(f.flink.running().map(({ id }) => id)).toEqual([jobId]);
});

test('a savepoint that the job was started from, or that a restore point names, is kept', async () => {
  const f = await fixture();
  await run(f);
  const { savepoint } = await savepointAndRetain(f.context, 1);
  for (const job of f.flink.running()) Object.assign(job, { state: 'CANCELED', endedAt: 1 });
  expect((await run(f)).startedFrom).toBe(savepoint);
  const { deleted, kept } = await savepointAndRetain(f.context, 1);
  expect({ deleted, kept }).toEqual({ deleted: [], kept: 2 });
  const third = await savepointAndRetain(f.context, 1);
  expect(third.deleted).toHaveLength(1);
  expect(savepoints(f)).toContain(`${savepoint.slice('state://'.length)}/_metadata`);
});

test('what an interrupted deletion left is no savepoint any more', async () => {
  const f = await fixture();
  await run(f);
  await savepointAndRetain(f.context, 1);
  const [first = ''] = savepoints(f);
  f.store.objects.set(first.replace('_metadata', 'data'), { data: Buffer.from('x'), version: 1 });
  let deletions = 0;
  f.store.before = (operation) => {
    if (operation === 'delete' && ++deletions === 2) throw new Error('killed');
  };
  await expect(savepointAndRetain(f.context, 1)).rejects.toThrow('killed');
  f.store.before = () => {};
  expect(f.store.objects.has(first)).toBe(false);
  await savepointAndRetain(f.context, 1);
  expect([...f.store.objects.keys()].filter((key) => key.startsWith(first.replace('/_metadata', '')))).toEqual([]);
});

test('a savepoint that the store does not have is a failure, and nothing is deleted for it', async () => {
  const f = await fixture();
  await run(f);
  await savepointAndRetain(f.context, 1);
  f.flink.losesSavepoints = true;
  await expect(savepointAndRetain(f.context, 1)).rejects.toMatchObject({
    code: 'HR-JOB-011',
    exitCode: 1,
    mend: expect.stringMatching(/--state-root/),
  });
  expect(savepoints(f)).toHaveLength(1);
});

test('a result that a lost JobManager took along is read from the store', async () => {
  const f = await fixture();
  await run(f);
  f.flink.before = (request) => {
    if (/GET .jobs.+savepoints/.test(request)) f.flink.triggers.clear();
    return undefined;
  };
  expect((await savepointAndRetain(f.context, 1)).savepoint).toMatch(/periodic\/savepoint-/);
});

test('without a running job there is nothing to save', async () => {
  const f = await fixture();
  await expect(savepointAndRetain(f.context, 1)).rejects.toMatchObject({ code: 'HR-JOB-012', exitCode: 1 });
  await expect(jobStatus(f.context)).rejects.toMatchObject({ code: 'HR-JOB-012' });
});

test('the status tells what runs', async () => {
  const f = await fixture();
  const { jobId, identity } = await run(f);
  expect(await jobStatus(f.context)).toMatchObject({
    jobId,
    state: 'RUNNING',
    running: 3,
    vertices: 3,
    restarts: 0,
    checkpoint: { size: 2048, duration: 5 },
    savepoint: null,
    inFlight: 3,
    workers: 2,
    identity,
    asDeployed: true,
    upgrade: null,
    failure: null,
  });
});

test('a restore test runs beside the job, reads and writes nothing, and leaves its result alone', async () => {
  const f = await fixture();
  await run(f);
  const { savepoint } = await savepointAndRetain(f.context, 1);
  f.store.objects.set('restore-tests/reviews/left/chk-1/_metadata', { data: Buffer.from('x'), version: 1 });
  const result = await testRestore(f.context, never);
  expect(result).toMatchObject({
    ...{ ok: true, snapshot: savepoint, kind: 'savepoint', stateSize: 2048 },
    state: { entries: 7, digest: ['1', 'ffffffffffffffff', '0', 'ff'].map((part) => part.padStart(16, '0')).join('') },
  });
  const test = [...f.flink.jobs.values()].at(-1);
  expect(test).toMatchObject({
    state: 'CANCELED',
    from: savepoint,
    allowNonRestoredState: true,
    specification: { name: 'reviews-restore-test', rehearsal: true },
    configuration: { 'execution.checkpointing.dir': 'state://restore-tests/reviews' },
  });
  expect([...f.store.objects.keys()].filter((key) => key.startsWith('restore-tests/'))).toEqual([]);
  expect([...f.store.objects.keys()].filter((key) => /jobs\/reviews\/restore-tests\//.test(key))).toHaveLength(1);
  expect(f.flink.running().map((job) => job.specification.name)).toEqual(['reviews']);
});

test('what a killed restore test left is ended first, and a snapshot that cannot be restored is said to be one', async () => {
  const f = await fixture();
  await run(f);
  await savepointAndRetain(f.context, 1);
  const [job] = f.flink.running();
  const left = 'e'.repeat(32);
  if (job)
    f.flink.jobs.set(left, { ...job, id: left, specification: { ...job.specification, name: 'reviews-restore-test' } });
  f.flink.fate = () => ({ fails: 'java.io.FileNotFoundException: state://x/_metadata' });
  expect(await testRestore(f.context, never)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/FileNotFound/),
  });
  expect(f.flink.jobs.get(left)?.state).toBe('CANCELED');
  f.flink.fate = () => ({ refused: 'x.Y: no' });
  expect(await testRestore(f.context, never)).toMatchObject({ ok: false, reason: expect.stringMatching(/x\.Y: no/) });
});

test('a restore test takes no slot from the job', async () => {
  const f = await fixture();
  await run(f);
  await savepointAndRetain(f.context, 1);
  f.flink.slots = 2;
  await expect(testRestore({ ...f.context, wait: 50 }, never)).rejects.toMatchObject({
    code: 'HR-JOB-001',
    message: '0 slots are free, the test needs 1',
  });
});

test('a checkpoint that the running job deletes meanwhile is no failed test: a savepoint is restored instead', async () => {
  const f = await fixture();
  const { jobId } = await run(f);
  const { savepoint } = await savepointAndRetain(f.context, 1);
  const key = `checkpoints/reviews/${jobId}/chk-9`;
  const checkpoint = f.flink.snapshot(key);
  const tried: string[] = [];
  f.flink.fate = () => {
    // The command has chosen: the newest is gone by the time Flink looks.
    tried.push(f.store.objects.delete(`${key}/_metadata`) ? checkpoint : savepoint);
    return tried.length === 1 ? { fails: 'java.io.FileNotFoundException: Cannot find checkpoint' } : 'healthy';
  };
  expect(await testRestore(f.context, never)).toMatchObject({ ok: true, snapshot: savepoint, kind: 'savepoint' });
  expect(tried).toEqual([checkpoint, savepoint]);
  expect([...f.store.objects.keys()].filter((one) => /jobs\/reviews\/restore-tests\//.test(one))).toHaveLength(1);
});
