// A real job in two regions, by the real commands. Fault model: a region loses all its processes at once; it comes back and its
// Flink runs the job on, under load, without and with its supervisor; the job moves there and back. What was put out in all of it
// is compared with an undisturbed run.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeJar } from '../../ops/dev/flink.ts';
import type { FailoverResult } from '../../ops/failover/report.ts';
import { deployedKey } from '../../ops/job/records.ts';
import { asArgument, JOB_CLASS, type JobSpecification } from '../../runtime/remote/index.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import { permitKey, permitSchema } from '../../runtime/state/permit.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { BUILD_MS } from '../stores/stand-ins.ts';
import { expectedRatings } from './expected-ratings.ts';
import { MockModel } from './mock-model.ts';
import { byInput, contents } from './part-lines.ts';
import { sentences } from './reviews.ts';
import { deploymentFile, outputs, type Stage, startRegions, type TestRegion } from './two-regions.ts';

const directory = temporaryDirectory(afterAll);
const model = new MockModel([5, 10]);
let stage: Stage;
let us: TestRegion;
let eu: TestRegion;
let stop: (() => Promise<void>) | undefined;
let expected: Map<string, string>;

beforeAll(async () => {
  const modelUrl = await model.start();
  const file = deploymentFile({ directory, modelUrl }, { name: 'first', commit: 'replicated', rate: 1 });
  ({ stage, us, eu, stop } = await startRegions({ directory, modelUrl, file }));
  expected = await expectedRatings(
    directory,
    sentences().map(({ value }) => value),
  );
}, BUILD_MS);
afterAll(async () => {
  model.close();
  await stop?.();
});

const many = (name: string, least: number, timeout = 60_000) =>
  expect.poll(() => outputs(stage, name).length, { timeout, interval: 200 }).toBeGreaterThan(least);

/** The newest complete checkpoint of any job in a region's store, and the job as it was submitted there. */
async function lastOf(region: TestRegion, name: string) {
  const store = new FileStore(region.root);
  const data = await store.get(deployedKey(name));
  const { specification, jobId } = JSON.parse(Buffer.from(data ?? '').toString()) as {
    specification: JobSpecification;
    jobId: string;
  };
  const numbers = readdirSync(join(region.root, 'checkpoints', name, jobId))
    .filter((entry) => entry.startsWith('chk-'))
    .map((entry) => Number(entry.slice(4)))
    .sort((a, b) => b - a);
  for (const number of numbers) {
    const from = `checkpoints/${name}/${jobId}/chk-${number}`;
    if (!(await store.get(`${from}/_metadata`))) continue;
    const { epoch } = permitSchema.parse(JSON.parse(Buffer.from((await store.get(permitKey(name))) ?? '').toString()));
    return { specification: { ...specification, epoch }, from: `state://${from}` };
  }
  throw new Error('the region has no checkpoint');
}

test('replicated: a region dies, comes back as a zombie, and gets the job back; each output comes once', async () => {
  const name = 'first';
  const slow = deploymentFile(stage, { name, commit: 'replicated', rate: 20 });
  await Promise.all([us.supervise(slow), eu.supervise(slow), eu.replicate(slow, 'us')]);
  await many(name, 150, 90_000);
  // A submission is over once its job is on record, which may be after its first outputs.
  await expect.poll(() => new FileStore(us.root).get(deployedKey(name)), { timeout: 60_000 }).toBeDefined();
  expect(await eu.running(name)).toEqual([]);
  expect(eu.log('supervisor')).toContain('stands by: region us has the job');

  const killedAt = Date.now();
  await us.kill();
  const before = outputs(stage, name).length;
  const failedOver = await eu.command<FailoverResult>('failover', slow, '--to', 'eu');
  expect(failedOver, failedOver.stderr).toMatchObject({
    code: 0,
    result: { outcome: 'moved', from: 'us', to: 'eu', planned: false },
  });
  await many(name, before);
  const rto = Date.now() - killedAt;
  const { rpoMs, restorePoint } = failedOver.result;
  console.log(
    `unplanned: RTO ${rto} ms from the kill to the first new output (12,500 ms of it for the lease), RPO ${rpoMs} ms, checkpoint ${restorePoint?.checkpoint}`,
  );

  // The old region is back, and its Flink runs the job on from its own newest checkpoint, as high availability would.
  const { specification, from } = await lastOf(us, name);
  await us.flink.start(1);
  const zombie = await us.flink.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(specification)],
    savepointPath: from,
    configuration: {
      'execution.checkpointing.dir': `state://checkpoints/${name}`,
      'execution.checkpointing.savepoint-dir': `state://savepoints/${name}`,
    },
  });
  await us.flink.rest.until(zombie, 'RUNNING');
  await expect
    .poll(async () => (await us.flink.rest.checkpoints(zombie)).counts.completed, { timeout: 60_000 })
    .toBeGreaterThan(5);
  // Both have worked on the same inputs; a commit of the zombie would be a second output of one of them.
  const held = readdirSync(join(directory, `out-${name}`)).filter((file) => file.startsWith('.part'));
  expect(held.length).toBeGreaterThan(5);
  byInput(outputs(stage, name));
  await us.supervise(slow);
  await expect
    .poll(() => us.flink.rest.job(zombie).then(({ state }) => state), { timeout: 30_000 })
    .toMatch(/CANCELED|FAILED/);
  expect(us.log('supervisor')).toMatch(/stands by: region eu has the job/);
  byInput(outputs(stage, name));

  // Back, at full speed to the end.
  const fast = deploymentFile(stage, { name, commit: 'replicated', rate: 10_000 });
  await us.supervise(fast);
  const back = await us.command<FailoverResult>('failback', fast, '--flink-home', stage.distribution);
  expect(back, back.stderr).toMatchObject({
    code: 0,
    result: { outcome: 'moved', from: 'eu', to: 'us', planned: true, rpoMs: 0 },
  });
  console.log(`planned: down for ${back.result.rtoMs} ms, RPO 0`);
  await us.flink.rest.until(back.result.jobId ?? '', 'FINISHED');
  await sleep(500);
  const lines = outputs(stage, name);
  expect(contents(byInput(lines))).toEqual(contents(expected));
  console.log(`replicated: ${lines.length} outputs, 0 lost, 0 repeated`);
});
