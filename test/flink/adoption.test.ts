// Two regions that each work on their own keys. Fault model: one loses all its processes at once. The other runs its job beside its
// own, and gives it back when the region is there again. What was put out in all of it is compared with an undisturbed run.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FailoverResult } from '../../ops/failover/report.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { BUILD_MS } from '../stores/stand-ins.ts';
import { expectedRatings } from './expected-ratings.ts';
import { MockModel } from './mock-model.ts';
import { byInput, committedLines, contents } from './part-lines.ts';
import { sentences } from './reviews.ts';
import { deploymentFile, outputs, type RegionName, type Stage, startRegions, type TestRegion } from './two-regions.ts';

const NAME = 'both';
const directory = temporaryDirectory(afterAll);
const model = new MockModel([5, 10]);
let stage: Stage;
let us: TestRegion;
let eu: TestRegion;
let stop: (() => Promise<void>) | undefined;
let slow: string;

const file = (modelUrl: string, rate: number) =>
  deploymentFile(
    { directory, modelUrl },
    {
      ...{ name: NAME, commit: 'replicated', rate, mode: 'active-active' },
      sentences: join(directory, 'sentences-{region}.tsv'),
    },
  );

/** A review's sentences are all of one region. */
const homeOf = (review: string): RegionName => (Number(review.replace(/\D/g, '')) % 2 === 0 ? 'us' : 'eu');

beforeAll(async () => {
  for (const home of ['us', 'eu'] as const) {
    const own = sentences().filter(({ key }) => homeOf(key) === home);
    const lines = own.map(({ value: { id, rating, text } }) => [id, rating, text].join('\t'));
    writeFileSync(join(directory, `sentences-${home}.tsv`), `${lines.join('\n')}\n`);
  }
  const modelUrl = await model.start();
  slow = file(modelUrl, 12);
  // Room for another region's job beside the own one.
  ({ stage, us, eu, stop } = await startRegions({ directory, modelUrl, file: slow }, { eu: 2 }));
}, BUILD_MS);
afterAll(async () => {
  model.close();
  await stop?.();
});

/** Committed outputs of one region's inputs. */
const outputsOf = (home: RegionName) =>
  outputs(stage, NAME).filter(
    (line) => homeOf((JSON.parse(line) as { input: string }).input.split('_')[0] ?? '') === home,
  );

const more = (home: RegionName, than: number, timeout = 90_000) =>
  expect.poll(() => outputsOf(home).length, { timeout, interval: 200 }).toBeGreaterThan(than);

test('a lost region’s job is adopted beside the own one and handed back; each output comes once', async () => {
  await Promise.all([us.supervise(slow), eu.supervise(slow), eu.supervise(slow, 'us')]);
  await Promise.all([eu.replicate(slow, { jobOf: 'us' }), us.replicate(slow, { jobOf: 'eu' })]);
  await more('us', 50);
  await more('eu', 50);
  expect(await us.running(`${NAME}-us`)).toHaveLength(1);
  expect(await eu.running(`${NAME}-eu`)).toHaveLength(1);
  expect(eu.log('supervisor', 'us')).toContain('stands by: region us has the job');

  await us.kill();
  const before = outputsOf('us').length;
  const adopted = await eu.command<FailoverResult>('failover', slow, '--to', 'eu');
  expect(adopted, adopted.stderr).toMatchObject({
    code: 0,
    result: { outcome: 'moved', job: `${NAME}-us`, from: 'us', to: 'eu' },
  });
  expect(adopted.result.remains.join()).toContain('headrace failback --job-of us');
  await more('us', before);
  expect(await eu.running(`${NAME}-us`)).toHaveLength(1);
  expect(await eu.running(`${NAME}-eu`)).toHaveLength(1);

  // The region is there again: it copies its own job from where it is, and gets it back.
  await us.flink.start(1);
  await us.supervise(slow);
  await us.replicate(slow, { jobOf: 'us' });
  await expect.poll(() => us.log('supervisor'), { timeout: 60_000 }).toMatch(/stands by: region eu has the job/);
  const fast = file(stage.modelUrl, 10_000);
  await us.supervise(fast);
  const back = await us.command<FailoverResult>('failback', fast, '--job-of', 'us');
  expect(back, back.stderr).toMatchObject({
    code: 0,
    result: { outcome: 'moved', job: `${NAME}-us`, from: 'eu', to: 'us', planned: true, rpoMs: 0 },
  });
  await us.flink.rest.until(back.result.jobId ?? '', 'FINISHED');
  expect(await eu.running(`${NAME}-us`)).toEqual([]);

  // Commits of the other job waited while its standby was away.
  await us.replicate(slow, { jobOf: 'eu' });
  await eu.supervise(fast);
  const whole = await expectedRatings(
    directory,
    sentences().map(({ value }) => value),
  );
  const state = () => {
    const there = new Set(outputs(stage, NAME).map((line) => (JSON.parse(line) as { input: string }).input));
    return {
      missing: [...whole.keys()].filter((input) => !there.has(input)),
      deadLetters: committedLines(join(directory, `out-${NAME}`), 'dead-letter'),
    };
  };
  await expect.poll(state, { timeout: 120_000, interval: 500 }).toEqual({ missing: [], deadLetters: [] });
  await sleep(500);
  expect(contents(byInput(outputs(stage, NAME)))).toEqual(contents(whole));
});
