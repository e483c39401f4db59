import type { HistoryEntry } from '../drill/history.ts';
import { html, type Markup } from './html.ts';
import { readableTime } from './quantities.ts';
import { linear, ticks } from './scale.ts';

const TOP = 16;
const BOTTOM = 150;
const SERIES = ['rto', 'rpo'] as const;

/** RTO and RPO of one drill after another, the last at the right. A drill that failed is a ring in the colour of faults. */
export function historyChart(entries: readonly HistoryEntry[], width: number): Markup {
  const max = Math.max(1, ...entries.flatMap(({ rto = 0, rpo = 0 }) => [rto, rpo])) * 1.1;
  const x = linear(Math.max(1, entries.length - 1), 52, width - 12);
  const y = linear(max, BOTTOM, TOP);
  return html`<svg viewBox="0 0 ${width} ${BOTTOM + 22}" role="img" aria-label="RTO and RPO of past drills">
${ticks(max, 4).map((ms) => html`<line class="grid" x1="46" x2="${width - 2}" y1="${y(ms)}" y2="${y(ms)}"/><text class="tick" x="2" y="${y(ms) + 4}">${readableTime(ms)}</text>`)}
${SERIES.map((series) => trend(entries, series, x, y))}
<text class="tick" x="${x(0)}" y="${BOTTOM + 16}" text-anchor="start">${day(entries[0])}</text>
${entries.length > 1 ? html`<text class="tick" x="${width - 4}" y="${BOTTOM + 16}" text-anchor="end">${day(entries.at(-1))}</text>` : ''}
</svg>`;
}

function trend(
  entries: readonly HistoryEntry[],
  series: (typeof SERIES)[number],
  x: (n: number) => number,
  y: (ms: number) => number,
): Markup {
  const points = entries.flatMap((entry, i) => {
    const value = entry[series];
    return value === undefined ? [] : [{ entry, cx: x(i), cy: y(value), value }];
  });
  const line = points.map(({ cx, cy }, i) => `${i === 0 ? 'M' : 'L'}${cx} ${cy}`).join('');
  return html`${line ? html`<path class="trend ${series}" d="${line}"/>` : ''}${points.map(
    ({ entry, cx, cy, value }) =>
      html`<circle class="t-${series}${entry.passed ? '' : ' failed'}" cx="${cx}" cy="${cy}" r="3.5"><title>${day(entry)}: ${series.toUpperCase()} ${readableTime(value)}${entry.passed ? '' : ', failed'}</title></circle>`,
  )}`;
}

const day = (entry: HistoryEntry | undefined) => (entry ? new Date(entry.startedAt).toISOString().slice(0, 10) : '');
