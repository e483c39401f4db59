import { type HistoryEntry, historyEntry } from '../drill/history.ts';
import type { DrillResult } from '../drill/result.ts';
import { counts, facts, phases } from './drill-tables.ts';
import { historyChart } from './history-chart.ts';
import { html, Markup } from './html.ts';
import { outputsChart } from './outputs-chart.ts';
import { readableCount, readablePercent, readableTime } from './quantities.ts';
import { STYLE } from './style.ts';
import { timelineChart } from './timeline-chart.ts';

const WIDE = 1000;
const NARROW = 340;
/** Past drills that a trend shows, at most. */
const TREND = 40;

/**
 * A drill's result as one HTML page that needs nothing else. The same result gives the same bytes.
 * @param history comparable drills before this one, oldest first.
 */
export function drillReport(result: DrillResult, history: readonly HistoryEntry[] = []): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Drill ${result.scenario.name}: ${result.deployment}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body><main>
<header><div>
<h1>${result.scenario.title}</h1>
<p class="lead">Drill of <b>${result.deployment}</b>: ${story(result)}</p>
</div><p class="verdict ${result.passed ? 'good' : 'bad'}">${result.passed ? 'Passed' : 'Failed'}</p></header>
${surprises(result)}
${tiles(result)}
<section><h2>Timeline</h2><p class="note">What each region did, in seconds since the drill’s start.${result.outcome === 'failover' ? ' The shaded band is the outage.' : ''}</p>
${both((width) => timelineChart(result, width))}
${legend(result)}</section>
<section><h2>Outputs in the log</h2><p class="note">Committed outputs over time, by the region that committed them.</p>
${both((width) => outputsChart(result, width))}
<ul class="legend">${result.regions.map(({ name, part }) => html`<li><svg viewBox="0 0 14 14"><rect class="works ${part}" y="3" width="14" height="8" rx="2"/></svg>${name}</li>`)}</ul></section>
<div class="pair">${phases(result)}${counts(result)}</div>
${trend(result, history)}
${facts(result)}
<footer>${notes(result)}</footer>
</main></body>
</html>
`.text;
}

/** The same chart for a wide screen and for a narrow one. */
const both = (chart: (width: number) => Markup): Markup =>
  html`<div class="wide">${chart(WIDE)}</div><div class="narrow">${chart(NARROW)}</div>`;

function story({ regions: [primary, standby], scenario, fault, outcome, failover, compared }: DrillResult): string {
  const place = (region: DrillResult['regions'][number] | undefined) =>
    region ? `${region.name} (${region.cloud} ${region.region})` : '';
  const told = `${place(primary)} ${scenario.happened.told} when ${readablePercent(fault.progress)} of the stream was done.`;
  const passedOver = failover?.restorePoint.passedOver.length ?? 0;
  switch (outcome) {
    case 'failover':
      return `${told} ${place(standby)} took over${passedOver > 0 ? `, passed over ${passedOver} restore point${passedOver > 1 ? 's' : ''}` : ''}${compared === 'inputs' ? '.' : `${passedOver > 0 ? ',' : ''} and finished it.`}`;
    case 'no-failover':
      return `${told} It kept the job and finished the stream; ${place(standby)} stood by.`;
    case 'refusal':
      return `${told} ${place(standby)} took the lease, found no complete restore point, refused to start without state, and gave the lease back: what to do is for a person to decide.`;
  }
}

const surprises = ({ surprises: found }: DrillResult): Markup | string =>
  found.length === 0 ? '' : html`<p class="surprise">Not as expected: ${found.join('; ')}.</p>`;

function tiles({ outputs, rto, rpo, failover, outcome, commit, state, compared }: DrillResult): Markup {
  const tile = (name: string, value: string, good: boolean | undefined, under: string) =>
    html`<div class="tile"><dt>${name}</dt><dd><div class="value ${good === undefined ? '' : good ? 'good' : 'bad'}">${value}</div><div class="under">${under}</div></dd></div>`;
  const refused = outcome === 'refusal';
  const wrong = outputs.unexpected + outputs.different + outputs.keysOutOfOrder + (refused ? 0 : outputs.lost);
  const none = { value: '–', under: refused ? 'no region works' : 'nothing to measure' };
  return html`<dl class="tiles">
${refused ? tile('Not put out yet', readableCount(outputs.lost), undefined, `of ${readableCount(outputs.expected)} expected`) : tile('Lost outputs', readableCount(outputs.lost), outputs.lost === 0, `of ${readableCount(outputs.expected)} expected`)}
${tile('Repeated outputs', readableCount(outputs.repeated), commit === 'local' ? undefined : outputs.repeated === 0, commit === 'local' ? 'each recognized by its id' : 'same id twice')}
${rto ? tile(outcome === 'failover' ? 'RTO' : 'Longest silence', readableTime(rto.measured), rto.met, `objective ${readableTime(rto.objective)}`) : tile('RTO', none.value, undefined, none.under)}
${rpo ? tile(outcome === 'failover' ? 'RPO' : 'Greatest RPO', readableTime(rpo.measured), rpo.met, `${failover ? `${readableCount(failover.rpoRecords)} inputs redone; ` : ''}objective ${readableTime(rpo.objective)}`) : tile('RPO', none.value, undefined, none.under)}
${tile('Outputs', readableCount(outputs.seen), wrong === 0, right(wrong, refused, compared))}
${state ? tile('Keyed state', state.equal ? 'equal' : 'differs', state.equal, `${readableCount(state.found?.keys ?? 0)} keys, by digest`) : ''}
</dl>`;
}

function right(wrong: number, refused: boolean, compared: DrillResult['compared']): string {
  if (compared === 'inputs') return wrong > 0 ? 'not what the inputs call for' : 'all that the inputs call for';
  if (wrong > 0) return 'not as in an undisturbed run';
  return refused ? 'all as in an undisturbed run' : 'equal to an undisturbed run';
}

function legend({ timeline }: DrillResult): Markup {
  const has = (kind: string) => timeline.some((event) => event.kind === kind);
  return html`<ul class="legend">
<li><svg viewBox="0 0 14 14"><rect class="works primary" y="3" width="14" height="8" rx="2"/></svg>runs the job</li>
<li><svg viewBox="0 0 14 14"><rect class="waits" y="3" width="14" height="8" rx="2"/></svg>replicates, watches the lease</li>
<li><svg viewBox="0 0 14 14"><circle class="m-lease" cx="7" cy="7" r="5"/></svg>lease taken</li>
${has('lease-lost') ? html`<li><svg viewBox="0 0 14 14"><circle class="m-lost" cx="7" cy="7" r="5"/></svg>lease lost</li>` : ''}
<li><svg viewBox="0 0 14 14"><rect class="m-checkpoint" x="6" y="3" width="2" height="8"/></svg>checkpoint</li>
<li><svg viewBox="0 0 14 14"><path class="m-restore-point" d="M7 2l4.5 5l-4.5 5l-4.5-5z"/></svg>restore point</li>
<li><svg viewBox="0 0 14 14"><circle class="m-committed" cx="7" cy="7" r="2.5"/></svg>outputs committed</li>
${has('woken') ? html`<li><svg viewBox="0 0 14 14"><circle class="m-woken" cx="7" cy="7" r="5"/></svg>woken</li>` : ''}
</ul>`;
}

function trend(result: DrillResult, history: readonly HistoryEntry[]): Markup | string {
  const entries = [...history, historyEntry(result)].slice(-TREND);
  if (entries.every(({ rto, rpo }) => rto === undefined && rpo === undefined)) return '';
  const passed = entries.filter((entry) => entry.passed).length;
  return html`<section><h2>Drills so far</h2><p class="note">The last ${entries.length === 1 ? 'drill' : `${entries.length} drills`} of this scenario, of this deployment and engine, with commit ${result.commit}: ${passed} passed. This one is the last.</p>
${both((width) => historyChart(entries, width))}
<ul class="legend"><li><svg viewBox="0 0 14 14"><circle class="t-rto" cx="7" cy="7" r="4"/></svg>${result.outcome === 'failover' ? 'RTO' : 'longest silence'}</li><li><svg viewBox="0 0 14 14"><circle class="t-rpo" cx="7" cy="7" r="4"/></svg>RPO</li></ul></section>`;
}

function notes({ engine, times, outcome }: DrillResult): Markup {
  const measured =
    outcome === 'failover'
      ? 'RTO: fault to the first new output in the log. RPO: fault minus the trigger time of the restore point. Inputs redone: inputs that the active region had reported as finished minus those in the restore point.'
      : 'Longest silence: from the fault on, the longest time without a new output in the log. Greatest RPO: from the fault on, the greatest age of the newest restore point, which is what a loss of the region would have cost.';
  const scale =
    engine === 'embedded'
      ? ` Both regions ran as processes on one machine with times scaled down (lease ttl ${readableTime(times.lease.ttl)}), so RTO here shows the mechanism, not a cloud’s network.`
      : '';
  return html`<p>${measured}${scale}</p>`;
}
