// Two real clusters share a job. The one that has it loses all its processes at once; headrace drill has the other one take the job
// over from its own copies, and counts in the job's topics. What it counts is counted again here, against the example's own results.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DrillResult } from '../../ops/drill/index.ts';
import { expectedRatings } from '../flink/expected-ratings.ts';
import { readCommitted } from '../flink/topics.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { until } from './kubernetes/cluster.ts';
import { inputs, ratedOf, send } from './stream.ts';
import { NAMESPACE, startTwoRegions, type TwoRegions } from './two-regions.ts';

const SUPERVISOR = 'deployment/reviews-agents-job';
/** At most: they come until the drill is over. */
const INPUTS = 12_000;
const PER_SECOND = 20;
/** Outputs that are there before the drill begins. */
const BEFORE = 200;
const RTO_BAR_SECONDS = 60;
const RPO_BAR_SECONDS = 15;

const directory = temporaryDirectory(afterAll);
let regions: TwoRegions;

beforeAll(async () => {
  regions = await startTwoRegions(directory, 'replicated', console.log);
}, 3_600_000);
afterAll(async () => regions?.stop(), 120_000);

test('a cluster that dies under load is replaced by the other one, and each output comes once', async () => {
  const { us, eu, neighbours, install, drill } = regions;
  await install();
  const refused = await drill('--observe', '1s');
  expect(refused.code, refused.out).toBe(2);
  expect(refused.out).toContain('--yes-i-mean us');

  const records = inputs('drill', INPUTS);
  const stream = { on: true, sent: 0 };
  const outputsNow = async (quietMs = 1_000) =>
    (await readCommitted(neighbours.kafka.bootstrap, 'ratings', { quietMs })).map(ratedOf);
  const sending = (async () => {
    for (; stream.on && stream.sent < INPUTS; stream.sent += PER_SECOND) {
      const batch = records.slice(stream.sent, stream.sent + PER_SECOND);
      await send(neighbours.kafka.bootstrap, 'reviews', batch, PER_SECOND);
      await sleep(500);
    }
  })();
  await until('outputs of us', 120, async () => (await outputsNow()).length >= BEFORE);
  expect(await eu.kubectl('-n', NAMESPACE, 'logs', SUPERVISOR)).toContain('stands by: region us has the job');

  // The machine is gone, rather than its pods: nothing gets a signal, and nothing can be started again.
  const out = join(directory, 'drill');
  const { code, out: said } = await drill(
    ...['--yes-i-mean', 'us', '--strike-with', us.stopCommand, '--stay', '--observe', '8s', '--out', out, '--json'],
  );
  expect([0, 3], said).toContain(code);
  const result = JSON.parse(said.slice(said.indexOf('{'))) as DrillResult;
  expect(result).toMatchObject({
    ...{ outcome: 'failover', engine: 'flink', compared: 'inputs', exact: true, surprises: [] },
    outputs: { lost: 0, repeated: 0, unexpected: 0, different: 0, keysOutOfOrder: 0 },
  });
  const seconds = (of: { measured: number } | undefined) => ((of?.measured ?? Number.NaN) / 1000).toFixed(1);
  console.log(
    `measured: a killed cluster: RTO ${seconds(result.rto)} s (bar ${RTO_BAR_SECONDS} s), RPO ${seconds(result.rpo)} s (bar ${RPO_BAR_SECONDS} s), ${result.outputs.seen} outputs counted`,
  );
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('all that the inputs call for');

  stream.on = false;
  await sending;
  const sent = records.slice(0, stream.sent);
  await until('all outputs', 120, async () => (await outputsNow()).length >= sent.length);
  // What came twice would come now.
  await sleep(5_000);
  const outputs = await outputsNow(5_000);
  expect(new Set(outputs.map(({ id }) => id)).size).toBe(outputs.length);
  const expected = await expectedRatings(
    directory,
    sent.map(({ value }) => value),
  );
  expect(Object.fromEntries(outputs.map(({ input, value }) => [input, value]))).toEqual(Object.fromEntries(expected));
  expect(outputs).toHaveLength(sent.length);
  console.log(`measured: a killed cluster: ${outputs.length} outputs, 0 lost, 0 repeated`);
}, 1_200_000);
