import { mkdirSync } from 'node:fs';
import { type DrRow, percentile } from './dr-row.ts';
import { COPIES, compareCopies, SHARE } from './replication.ts';

/** The replicator beside what people copy such trees with. */
export async function replicatorRow({ directory }: { directory: string }): Promise<DrRow> {
  const figures: DrRow['figures'][number][] = [];
  const bars: DrRow['bars'][number][] = [];
  const samples: Record<string, number[]> = {};
  for (const copy of COPIES) {
    mkdirSync(directory, { recursive: true });
    const { taken, ratios, bestRatio, unchangedTreeRequests } = await compareCopies(copy, directory, {});
    for (const [name, ms] of Object.entries(taken)) samples[`${copy} ${name}`] = ms;
    figures.push({ what: copy, value: `${(percentile(taken['headrace'] ?? [], 0.5) / 1_000).toFixed(2)} s (median)` });
    for (const { name, median } of ratios) {
      figures.push({ what: `  of ${name}`, value: `${(median * 100).toFixed(0)} % of its throughput` });
    }
    if (bestRatio === undefined)
      figures.push({ what: '  comparison', value: 'skipped: neither rclone nor aws is on the path' });
    else bars.push({ bar: `${copy}: ${SHARE * 100} % of rclone sync or aws s3 sync`, met: bestRatio >= SHARE });
    bars.push({ bar: `${copy}: an unchanged tree costs one listing`, met: unchangedTreeRequests.join() === 'list' });
  }
  return { name: 'replicator: a tree of 2,000 files and 1 GB', figures, bars, samples };
}
