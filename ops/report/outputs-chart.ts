import type { DrillResult } from '../drill/result.ts';
import { html, type Markup } from './html.ts';
import { readableCount } from './quantities.ts';
import { linear, ticks } from './scale.ts';
import { axis, shade } from './timeline-chart.ts';

const TOP = 16;
const BOTTOM = 210;

/** Outputs in the log over time, as steps: each commit makes one. An outage is where the line stands still. */
export function outputsChart(result: DrillResult, width: number): Markup {
  const max = Math.max(1, result.outputs.expected);
  const x = linear(result.durationMs, 2, width - 2);
  const y = linear(max, BOTTOM, TOP);
  const levels = ticks(max, 4).filter((n) => n > 0);
  return html`<svg viewBox="0 0 ${width} ${BOTTOM + 24}" role="img" aria-label="Committed outputs over time by region">
${shade(result, x, TOP, BOTTOM)}
${axis(result.durationMs, width, TOP, BOTTOM)}
${areas(result, x, y)}
${levels.map((n) => html`<line class="grid" x1="2" x2="${width - 2}" y1="${y(n)}" y2="${y(n)}"/><text class="tick" x="4" y="${y(n) - 4}">${readableCount(n)}</text>`)}
</svg>`;
}

/** One filled step line a region; the second starts where the first has committed its last. */
function areas(
  { regions, timeline, durationMs, fault, outcome }: DrillResult,
  x: (ms: number) => number,
  y: (n: number) => number,
) {
  const taken = timeline.find(({ kind, region }) => kind === 'restored' && region === regions[1]?.name)?.at;
  const handover = outcome === 'failover' ? (taken ?? fault.at) : durationMs;
  let reached = 0;
  return regions.map((region) => {
    const from = region.part === 'primary' ? 0 : handover;
    const until = region.part === 'primary' ? handover : durationMs;
    const known = reached + region.committed;
    let line = `M${x(from)} ${y(reached)}`;
    for (const event of timeline) {
      if (event.kind !== 'committed' || event.region !== region.name) continue;
      const fresh = Math.min(event.fresh ?? event.outputs, known - reached);
      if (fresh <= 0) continue;
      reached += fresh;
      line += `H${x(event.at)}V${y(reached)}`;
    }
    // A commit whose report died with the region still counts: the log has it.
    if (reached < known) line += `H${x(region.part === 'primary' ? Math.min(fault.at, until) : until)}V${y(known)}`;
    reached = known;
    if (until <= from) return '';
    line += `H${x(until)}`;
    return html`<path class="area ${region.part}" d="${line}V${BOTTOM}H${x(from)}z"/><path class="line ${region.part}" d="${line}"/>`;
  });
}
