import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runDrill } from '../../ops/drill/index.ts';
import { type DrRow, percentile, spread } from './dr-row.ts';

const file = fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url));
const RTO_MS = 2_000;
/** On top of the checkpoint interval. */
const RPO_MS = 1_000;

/** Two embedded regions as processes of this machine; the active one is killed in the middle of the example's stream. */
export async function localRow({ directory, runs }: { directory: string; runs: number }): Promise<DrRow> {
  const samples = { rto: [] as number[], rpo: [] as number[] };
  let [lost, repeated, unequal, interval] = [0, 0, 0, 0];
  for (let run = 1; run <= runs; run++) {
    const result = await runDrill({
      file,
      profile: 'local',
      workDirectory: join(directory, String(run)),
      stream: 4_000,
    });
    samples.rto.push(result.rto?.measured ?? Number.POSITIVE_INFINITY);
    samples.rpo.push(result.rpo?.measured ?? Number.POSITIVE_INFINITY);
    lost += result.outputs.lost;
    repeated += result.outputs.repeated;
    unequal += result.state?.equal ? 0 : 1;
    interval = result.times.checkpoint;
    console.log(`  ${run} of ${runs}: RTO ${result.rto?.measured} ms, RPO ${result.rpo?.measured} ms`);
  }
  return {
    name: `local drill, ${runs} runs: kill-region, commit replicated, checkpoints every ${interval} ms`,
    figures: [
      { what: 'RTO', value: spread(samples.rto) },
      { what: 'RPO', value: spread(samples.rpo) },
      { what: 'lost, repeated', value: `${lost}, ${repeated}` },
      { what: 'keyed state unequal', value: `${unequal} of ${runs}` },
    ],
    bars: [
      { bar: `RTO p95 under ${RTO_MS} ms`, met: percentile(samples.rto, 0.95) < RTO_MS },
      { bar: `RPO under the checkpoint interval + ${RPO_MS} ms`, met: Math.max(...samples.rpo) < interval + RPO_MS },
      { bar: 'nothing lost, nothing repeated, keyed state equal', met: lost + repeated + unequal === 0 },
    ],
    samples,
  };
}
