// Fault model: a region loses all its processes at once, and nobody is there. The standby's supervisor takes over by itself. Outputs
// are committed by each region for itself: what came since the last restore point comes again, and is known by its id.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { BUILD_MS } from '../stores/stand-ins.ts';
import { expectedRatings } from './expected-ratings.ts';
import { MockModel } from './mock-model.ts';
import { sentences } from './reviews.ts';
import { deploymentFile, outputs, type Stage, startRegions, type TestRegion } from './two-regions.ts';

const NAME = 'alone';
const directory = temporaryDirectory(afterAll);
const model = new MockModel([5, 10]);
let stage: Stage;
let file: string;
let us: TestRegion;
let eu: TestRegion;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  const modelUrl = await model.start();
  file = deploymentFile({ directory, modelUrl }, { name: NAME, commit: 'local', failover: 'automatic', rate: 50 });
  ({ stage, us, eu, stop } = await startRegions({ directory, modelUrl, file }));
}, BUILD_MS);
afterAll(async () => {
  model.close();
  await stop?.();
});

const many = (least: number) =>
  expect.poll(() => outputs(stage, NAME).length, { timeout: 120_000, interval: 200 }).toBeGreaterThan(least);

test('local, automatic: nothing is lost, and what comes again is the same output with the same id', async () => {
  await Promise.all([us.supervise(file), eu.supervise(file), eu.replicate(file, 'us')]);
  await many(300);
  await expect.poll(() => eu.log('replicator'), { timeout: 60_000 }).toContain('"event":"restore-point"');
  // What is committed from here on has no restore point.
  await eu.stopReplicating();
  await many(outputs(stage, NAME).length + 100);
  const killedAt = Date.now();
  await us.kill();
  const before = outputs(stage, NAME).length;
  await many(before);
  const rto = Date.now() - killedAt;
  expect(eu.log('supervisor')).toContain('takes over: ');
  const [job] = await eu.running(NAME);
  await eu.flink.rest.until(job ?? '', 'FINISHED');
  await sleep(500);

  const byInput = new Map<string, string[]>();
  for (const line of outputs(stage, NAME)) {
    const { input } = JSON.parse(line) as { input: string };
    byInput.set(input, [...(byInput.get(input) ?? []), line]);
  }
  const expected = await expectedRatings(
    directory,
    sentences().map(({ value }) => value),
  );
  expect([...byInput.keys()].sort()).toEqual([...expected.keys()].sort());
  const repeated = [...byInput.values()].filter((lines) => lines.length > 1);
  expect(repeated.length).toBeGreaterThan(50);
  expect(repeated.filter((lines) => lines.length > 2 || lines[0] !== lines[1])).toEqual([]);
  console.log(
    `measured: automatic failover after ${rto} ms (12,500 ms of it for the lease); 0 lost, ${repeated.length} repeated with the same id`,
  );
});
