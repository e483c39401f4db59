import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Commit, DrillResult } from '../../ops/drill/index.ts';
import { inputs, send } from '../cluster/stream.ts';
import { startTwoRegions, type TwoRegions } from '../cluster/two-regions.ts';
import { type DrRow, spread } from './dr-row.ts';

const RTO_MS = 60_000;
const RPO_MS = 15_000;
const PER_SECOND = 20;

/**
 * Two real clusters with real Flink: the pods of the active one are killed, the job fails over, the region is started again and
 * gets the job back, over and over, while inputs come. Needs what `npm run test:drill` needs.
 */
export const clustersRow =
  (commit: Commit) =>
  async ({ directory, runs }: { directory: string; runs: number }): Promise<DrRow> => {
    mkdirSync(directory, { recursive: true });
    const regions = await startTwoRegions(directory, commit, console.log);
    const stream = { on: true };
    let sending: Promise<void> | undefined;
    try {
      await regions.install();
      sending = sendWhile(stream, regions);
      const results: DrillResult[] = [];
      for (let run = 1; run <= runs; run++) {
        const result = await drillOnce(regions, join(directory, `drill-${run}`));
        results.push(result);
        console.log(
          `  ${run} of ${runs}: RTO ${result.rto?.measured} ms, RPO ${result.rpo?.measured} ms, ${result.outputs.seen} outputs, lost ${result.outputs.lost}, repeated ${result.outputs.repeated}`,
        );
      }
      return rowOf(commit, results);
    } finally {
      stream.on = false;
      await sending;
      await regions.stop();
    }
  };

async function sendWhile(stream: { readonly on: boolean }, { neighbours }: TwoRegions): Promise<void> {
  for (let second = 0; stream.on; second++) {
    await send(neighbours.kafka.bootstrap, 'reviews', inputs(`bench${second}`, PER_SECOND), PER_SECOND);
  }
}

async function drillOnce({ drill }: TwoRegions, out: string): Promise<DrillResult> {
  const { out: said } = await drill('--yes-i-mean', 'us', '--observe', '20s', '--out', out, '--json');
  const result = JSON.parse(said.slice(said.indexOf('{'))) as DrillResult;
  if (result.outputs === undefined) throw new Error(said);
  return result;
}

function rowOf(commit: Commit, results: readonly DrillResult[]): DrRow {
  const measured = (name: 'rto' | 'rpo') => results.map((result) => result[name]?.measured ?? Number.POSITIVE_INFINITY);
  const samples = { rto: measured('rto'), rpo: measured('rpo') };
  const sum = (count: (result: DrillResult) => number) => results.reduce((total, one) => total + count(one), 0);
  const [lost, repeated] = [sum(({ outputs }) => outputs.lost), sum(({ outputs }) => outputs.repeated)];
  const wrong = sum(({ outputs }) => outputs.unexpected + outputs.different + outputs.keysOutOfOrder);
  return {
    name: `drill of two clusters, ${results.length} runs: pods killed, commit ${commit}, checkpoints every 5 s`,
    figures: [
      { what: 'RTO', value: spread(samples.rto) },
      { what: 'RPO', value: spread(samples.rpo) },
      { what: 'outputs', value: String(sum(({ outputs }) => outputs.seen)) },
      { what: 'lost, repeated, wrong', value: `${lost}, ${repeated}, ${wrong}` },
    ],
    bars: [
      { bar: `RTO under ${RTO_MS} ms`, met: Math.max(...samples.rto) < RTO_MS },
      { bar: `RPO under ${RPO_MS} ms`, met: Math.max(...samples.rpo) < RPO_MS },
      commit === 'replicated'
        ? { bar: 'nothing lost, nothing repeated', met: lost + repeated + wrong === 0 }
        : { bar: 'nothing lost, every repeat recognized by its id', met: lost + wrong === 0 },
    ],
    samples,
  };
}
