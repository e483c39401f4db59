import type { DrillResult } from '../drill/result.ts';
import type { TimelineEvent } from '../drill/timeline.ts';
import { html, type Markup } from './html.ts';
import { readableTime } from './quantities.ts';
import { linear, ticks } from './scale.ts';

const LANE = { first: 62, height: 74, bar: 16 };

/** From when to when the drill counts an outage; undefined where nothing came back, or nothing was missing. */
export function outage({ fault, rto, outcome, durationMs }: DrillResult): { from: number; to: number } | undefined {
  if (outcome === 'refusal') return { from: fault.at, to: durationMs };
  return outcome === 'failover' && rto ? { from: fault.at, to: fault.at + rto.measured } : undefined;
}

/** A lane for each region, its work and its marks, and the outage across them. @param width in SVG units; text does not scale with it. */
export function timelineChart(result: DrillResult, width: number): Markup {
  const { fault, regions, scenario, durationMs } = result;
  const bottom = LANE.first + LANE.height * regions.length;
  const height = bottom + 24;
  const top = LANE.first - 22;
  const x = linear(durationMs, 2, width - 2);
  const said = `${regions[0]?.name ?? ''} ${scenario.happened.short} at ${readableTime(fault.at)}`;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Timeline of the drill by region">
${shade(result, x, top, bottom)}
${axis(durationMs, width, top, bottom)}
${regions.map((region, i) => lane(result, region, LANE.first + i * LANE.height, x))}
${flag(x(fault.at), 12, width, bottom, said, 'kill')}
${ending(result, x, width, bottom)}
</svg>`;
}

/** The outage, or the time for which the fault lasted, as a band. */
export function shade(result: DrillResult, x: (ms: number) => number, top: number, bottom: number): Markup | string {
  const { healedAt, at } = result.fault;
  const band = outage(result) ?? (healedAt === undefined ? undefined : { from: at, to: healedAt });
  if (!band) return '';
  return html`<rect class="outage" x="${x(band.from)}" y="${top}" width="${Math.max(1, x(band.to) - x(band.from))}" height="${bottom - top}"/>`;
}

function ending(result: DrillResult, x: (ms: number) => number, width: number, bottom: number): Markup | string {
  const { fault, rto, refusal, outcome } = result;
  const back = (at: number, text: string, kind = 'back') => flag(x(at), 30, width, bottom, text, kind);
  if (refusal) return back(refusal.at, `refused at ${readableTime(refusal.at)}`, 'kill');
  if (outcome === 'failover' && rto)
    return back(fault.at + rto.measured, `first output after ${readableTime(rto.measured)}`);
  return fault.healedAt === undefined
    ? ''
    : back(fault.healedAt, `mended after ${readableTime(fault.healedAt - fault.at)}`);
}

/** Seconds along the bottom with a faint line each. */
export const axis = (durationMs: number, width: number, top: number, bottom: number): Markup => {
  const x = linear(durationMs, 2, width - 2);
  return html`${ticks(durationMs / 1000, width > 600 ? 10 : 5).map((s) => {
    const at = x(s * 1000);
    // The last one would stick out of the picture.
    const anchor = s === 0 ? 'start' : at > width - 16 ? 'end' : 'middle';
    return html`<line class="grid" x1="${at}" x2="${at}" y1="${top}" y2="${bottom}"/><text class="tick" x="${at}" y="${bottom + 16}" text-anchor="${anchor}">${s} s</text>`;
  })}`;
};

/** Width of a character of `.flag-text`, a little generous. */
const CHARACTER = 7;

/** A vertical line with a text above it, to its right where there is room. */
function flag(x: number, y: number, width: number, bottom: number, text: string, kind: string): Markup {
  const left = Math.max(2, Math.min(x + 5, width - text.length * CHARACTER));
  return html`<line class="flag ${kind}" x1="${x}" x2="${x}" y1="${left > x ? y - 9 : y + 5}" y2="${bottom}"/><text class="flag-text ${kind}" x="${left}" y="${y}">${text}</text>`;
}

function lane(
  result: DrillResult,
  region: DrillResult['regions'][number],
  top: number,
  x: (ms: number) => number,
): Markup {
  const own = result.timeline.filter((event) => event.region === region.name);
  const bar = top + 12;
  const first = (kind: TimelineEvent['kind']) => own.find((event) => event.kind === kind)?.at;
  const working = region.part === 'primary' ? first('lease-taken') : first('restored');
  const end = region.part === 'primary' ? primaryEnd(result, own) : (first('finished') ?? result.durationMs);
  const started = first('started') ?? 0;
  const block = (kind: string, from: number, to: number, title: string) =>
    html`<rect class="${kind} ${region.part}" x="${x(from)}" y="${bar}" width="${Math.max(1, x(to) - x(from))}" height="${LANE.bar}" rx="3"><title>${title}</title></rect>`;
  const waiting = region.part === 'standby' ? 'replicates and watches the lease' : 'waits for the lease';
  const blocks = [
    ...(working === undefined || region.part === 'standby' || working - started > 50
      ? [block('waits', started, working ?? first('failed') ?? end, `${region.name} ${waiting}`)]
      : []),
    ...(working === undefined
      ? []
      : [block('works', working, end, `${region.name} runs the job, epoch ${region.epoch ?? 0}`)]),
  ];
  return html`<text class="lane" x="2" y="${top + 4}">${region.name}<tspan class="soft" dx="6">${region.cloud} ${region.region}</tspan></text>
${blocks}
${own.map((event) => mark(event, x, bar + LANE.bar + 10))}`;
}

/** When the active region stopped working: killed or frozen at the fault, or by itself. */
function primaryEnd(
  { scenario: { fault }, fault: { at }, durationMs }: DrillResult,
  own: readonly TimelineEvent[],
): number {
  if (fault.kind === 'kill' || fault.kind === 'freeze') return at;
  return own.find(({ kind }) => kind === 'failed' || kind === 'finished')?.at ?? durationMs;
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
    case 'lease-lost':
    case 'woken':
      return html`<circle class="m-${event.kind === 'woken' ? 'woken' : 'lost'}" cx="${cx}" cy="${y - 18}" r="5"><title>${event.kind === 'woken' ? 'woken' : 'lease lost'} at ${readableTime(event.at)}</title></circle>`;
    case 'committed':
      return event.outputs > 0
        ? html`<circle class="m-committed" cx="${cx}" cy="${y + 12}" r="2.5"><title>${event.outputs} outputs of checkpoint ${event.checkpoint} committed at ${readableTime(event.at)}</title></circle>`
        : '';
    default:
      return '';
  }
}
