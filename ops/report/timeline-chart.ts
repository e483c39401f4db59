import type { DrillResult } from '../drill/result.ts';
import type { TimelineEvent } from '../drill/timeline.ts';
import { html, type Markup } from './html.ts';
import { readableTime } from './quantities.ts';
import { linear, ticks } from './scale.ts';

const LANE = { first: 62, height: 74, bar: 16 };

/** A lane for each region, its work and its marks, and the outage across them. @param width in SVG units; text does not scale with it. */
export function timelineChart(result: DrillResult, width: number): Markup {
  const bottom = LANE.first + LANE.height * result.regions.length;
  const height = bottom + 24;
  const x = linear(result.durationMs, 2, width - 2);
  const outageEnd = result.kill.at + result.rto.measured;
  const at = axis(result.durationMs, width, LANE.first - 22, bottom);
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Timeline of the drill by region">
<rect class="outage" x="${x(result.kill.at)}" y="${LANE.first - 22}" width="${Math.max(1, x(outageEnd) - x(result.kill.at))}" height="${bottom - LANE.first + 22}"/>
${at}
${result.regions.map((region, i) => lane(result, region, LANE.first + i * LANE.height, x))}
${flag(x(result.kill.at), 12, width, bottom, `${result.regions[0]?.name ?? ''} ${result.scenario.happened.short} at ${readableTime(result.kill.at)}`, 'kill')}
${flag(x(outageEnd), 30, width, bottom, `first output after ${readableTime(result.rto.measured)}`, 'back')}
</svg>`;
}

/** Seconds along the bottom with a faint line each. */
export const axis = (durationMs: number, width: number, top: number, bottom: number): Markup => {
  const x = linear(durationMs, 2, width - 2);
  return html`${ticks(durationMs / 1000, width > 600 ? 10 : 5).map(
    (s) =>
      html`<line class="grid" x1="${x(s * 1000)}" x2="${x(s * 1000)}" y1="${top}" y2="${bottom}"/><text class="tick" x="${x(s * 1000)}" y="${bottom + 16}" text-anchor="${s === 0 ? 'start' : 'middle'}">${s} s</text>`,
  )}`;
};

/** Width of a character of `.flag-text`, a little generous. */
const CHARACTER = 7;

/** A vertical line with a text above it, to its right where there is room. */
function flag(x: number, y: number, width: number, bottom: number, text: string, kind: string): Markup {
  const left = Math.max(2, Math.min(x + 5, width - text.length * CHARACTER));
  return html`<line class="flag ${kind}" x1="${x}" x2="${x}" y1="${left > x ? y - 9 : y + 5}" y2="${bottom}"/><text class="flag-text ${kind}" x="${left}" y="${y}">${text}</text>`;
}

function lane(
  { timeline, kill, durationMs }: DrillResult,
  region: DrillResult['regions'][number],
  top: number,
  x: (ms: number) => number,
): Markup {
  const own = timeline.filter((event) => event.region === region.name);
  const bar = top + 12;
  const first = (kind: TimelineEvent['kind']) => own.find((event) => event.kind === kind)?.at;
  const working = region.part === 'primary' ? first('lease-taken') : first('restored');
  const end = region.part === 'primary' ? kill.at : (first('finished') ?? durationMs);
  const started = first('started') ?? 0;
  const block = (kind: string, from: number, to: number, title: string) =>
    html`<rect class="${kind} ${region.part}" x="${x(from)}" y="${bar}" width="${Math.max(1, x(to) - x(from))}" height="${LANE.bar}" rx="3"><title>${title}</title></rect>`;
  const blocks = [
    ...(region.part === 'standby' && working !== undefined
      ? [block('waits', started, working, `${region.name} replicates and watches the lease`)]
      : []),
    ...(working === undefined
      ? []
      : [block('works', working, end, `${region.name} runs the job, epoch ${region.epoch}`)]),
  ];
  return html`<text class="lane" x="2" y="${top + 4}">${region.name}<tspan class="soft" dx="6">${region.cloud} ${region.region}</tspan></text>
${blocks}
${own.map((event) => mark(event, x, bar + LANE.bar + 10))}`;
}

function mark(event: TimelineEvent, x: (ms: number) => number, y: number): Markup | string {
  const cx = x(event.at);
  switch (event.kind) {
    case 'checkpoint':
      return html`<rect class="m-checkpoint" x="${cx - 1}" y="${y - 4}" width="2" height="8"><title>checkpoint ${event.checkpoint} at ${readableTime(event.at)}</title></rect>`;
    case 'restore-point':
      return html`<path class="m-restore-point" d="M${cx} ${y - 5}l4.5 5l-4.5 5l-4.5-5z"><title>restore point ${event.checkpoint} of epoch ${event.epoch} at ${readableTime(event.at)}</title></path>`;
    case 'lease-taken':
      return html`<circle class="m-lease" cx="${cx}" cy="${y - 18}" r="5"><title>lease taken, epoch ${event.epoch}, at ${readableTime(event.at)}</title></circle>`;
    case 'woken':
      return html`<circle class="m-woken" cx="${cx}" cy="${y - 18}" r="5"><title>woken at ${readableTime(event.at)}</title></circle>`;
    case 'committed':
      return event.outputs > 0
        ? html`<circle class="m-committed" cx="${cx}" cy="${y + 12}" r="2.5"><title>${event.outputs} outputs of checkpoint ${event.checkpoint} committed at ${readableTime(event.at)}</title></circle>`
        : '';
    default:
      return '';
  }
}
