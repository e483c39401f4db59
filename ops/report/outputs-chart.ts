import type { DrillResult } from '../drill/result.ts';
import { html, type Markup } from './html.ts';
import { readableCount } from './quantities.ts';
import { linear, ticks } from './scale.ts';
import { axis } from './timeline-chart.ts';

const TOP = 16;
const BOTTOM = 210;

/** Outputs in the log over time, as steps: each commit makes one. The outage is where the line stands still. */
export function outputsChart(result: DrillResult, width: number): Markup {
  const max = Math.max(1, result.outputs.expected);
  const x = linear(result.durationMs, 2, width - 2);
  const y = linear(max, BOTTOM, TOP);
  const outageEnd = result.kill.at + result.rto.measured;
  const levels = ticks(max, 4).filter((n) => n > 0);
  return html`<svg viewBox="0 0 ${width} ${BOTTOM + 24}" role="img" aria-label="Committed outputs over time by region">
<rect class="outage" x="${x(result.kill.at)}" y="${TOP}" width="${Math.max(1, x(outageEnd) - x(result.kill.at))}" height="${BOTTOM - TOP}"/>
${axis(result.durationMs, width, TOP, BOTTOM)}
${areas(result, x, y)}
${levels.map((n) => html`<line class="grid" x1="2" x2="${width - 2}" y1="${y(n)}" y2="${y(n)}"/><text class="tick" x="4" y="${y(n) - 4}">${readableCount(n)}</text>`)}
</svg>`;
}

/** One filled step line a region; the second starts from what the first had reached. */
function areas(
  { regions, timeline, durationMs, kill }: DrillResult,
  x: (ms: number) => number,
  y: (n: number) => number,
) {
  let reached = 0;
  return regions.map((region) => {
    const start = reached;
    const commits = timeline.flatMap((e) =>
      e.region === region.name && e.kind === 'committed' && e.outputs > 0 ? [e] : [],
    );
    // What the standby reports and the primary had already made visible is in `committed` of the primary.
    const surplus = commits.reduce((sum, { outputs }) => sum + outputs, 0) - region.committed;
    const steps: { at: number; total: number }[] = [];
    let toSkip = region.part === 'standby' ? surplus : 0;
    for (const { at, outputs } of commits) {
      const fresh = Math.max(0, outputs - toSkip);
      toSkip = Math.max(0, toSkip - outputs);
      reached += fresh;
      if (fresh > 0) steps.push({ at, total: reached });
    }
    // A commit whose report died with the region still counts: the log has it.
    const known = start + region.committed;
    if (region.part === 'primary' && reached < known) steps.push({ at: kill.at, total: known });
    reached = known;
    const from = region.part === 'primary' ? 0 : kill.at;
    const until = region.part === 'primary' ? (regions.length > 1 ? kill.at : durationMs) : durationMs;
    let line = `M${x(from)} ${y(start)}`;
    for (const { at, total } of steps) line += `H${x(at)}V${y(total)}`;
    line += `H${x(until)}`;
    return html`<path class="area ${region.part}" d="${line}V${BOTTOM}H${x(from)}z"/><path class="line ${region.part}" d="${line}"/>`;
  });
}
