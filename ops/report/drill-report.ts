import type { DrillResult } from '../drill/result.ts';
import { html, Markup } from './html.ts';
import { outputsChart } from './outputs-chart.ts';
import { readableCount, readablePercent, readableTime } from './quantities.ts';
import { STYLE } from './style.ts';
import { timelineChart } from './timeline-chart.ts';

const WIDE = 1000;
const NARROW = 340;

/** A drill's result as one HTML page that needs nothing else. The same result gives the same bytes. */
export function drillReport(result: DrillResult): string {
  const [primary, standby] = result.regions;
  const place = (region: DrillResult['regions'][number] | undefined) =>
    region ? `${region.name} (${region.cloud} ${region.region})` : '';
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
<p class="lead">Drill of <b>${result.deployment}</b>: ${place(primary)} ${result.scenario.happened.told} when ${readablePercent(result.kill.progress)} of the stream was done. ${place(standby)} took over and finished it.</p>
</div><p class="verdict ${result.passed ? 'good' : 'bad'}">${result.passed ? 'Passed' : 'Failed'}</p></header>
${tiles(result)}
<section><h2>Timeline</h2><p class="note">What each region did, in seconds since the drill’s start. The shaded band is the outage.</p>
<div class="wide">${timelineChart(result, WIDE)}</div><div class="narrow">${timelineChart(result, NARROW)}</div>
${legend(result)}</section>
<section><h2>Outputs in the log</h2><p class="note">Committed outputs over time, ${primary?.name ?? ''} first, then ${standby?.name ?? ''}.</p>
<div class="wide">${outputsChart(result, WIDE)}</div><div class="narrow">${outputsChart(result, NARROW)}</div></section>
<div class="pair">${phases(result)}${counts(result)}</div>
${facts(result)}
<footer>${notes(result)}</footer>
</main></body>
</html>
`.text;
}

function tiles({ outputs, rto, rpo, rpoRecords }: DrillResult): Markup {
  const tile = (name: string, value: string, good: boolean | undefined, under: string) =>
    html`<div class="tile"><dt>${name}</dt><dd><div class="value ${good === undefined ? '' : good ? 'good' : 'bad'}">${value}</div><div class="under">${under}</div></dd></div>`;
  const complete = outputs.lost + outputs.unexpected + outputs.different + outputs.keysOutOfOrder === 0;
  return html`<dl class="tiles">
${tile('Lost outputs', readableCount(outputs.lost), outputs.lost === 0, `of ${readableCount(outputs.expected)} expected`)}
${tile('Repeated outputs', readableCount(outputs.repeated), outputs.repeated === 0, 'same id twice')}
${tile('RTO', readableTime(rto.measured), rto.met, `objective ${readableTime(rto.objective)}`)}
${tile('RPO', readableTime(rpo.measured), rpo.met, `${readableCount(rpoRecords)} inputs redone; objective ${readableTime(rpo.objective)}`)}
${tile('Outputs', readableCount(outputs.seen), complete, complete ? 'equal to an undisturbed run' : 'not equal to an undisturbed run')}
</dl>`;
}

const legend = ({ woken }: DrillResult): Markup => html`<ul class="legend">
<li><svg viewBox="0 0 14 14"><rect class="works primary" y="3" width="14" height="8" rx="2"/></svg>runs the job</li>
<li><svg viewBox="0 0 14 14"><rect class="waits" y="3" width="14" height="8" rx="2"/></svg>replicates, watches the lease</li>
<li><svg viewBox="0 0 14 14"><circle class="m-lease" cx="7" cy="7" r="5"/></svg>lease taken</li>
<li><svg viewBox="0 0 14 14"><rect class="m-checkpoint" x="6" y="3" width="2" height="8"/></svg>checkpoint</li>
<li><svg viewBox="0 0 14 14"><path class="m-restore-point" d="M7 2l4.5 5l-4.5 5l-4.5-5z"/></svg>restore point</li>
<li><svg viewBox="0 0 14 14"><circle class="m-committed" cx="7" cy="7" r="2.5"/></svg>outputs committed</li>
${woken ? html`<li><svg viewBox="0 0 14 14"><circle class="m-woken" cx="7" cy="7" r="5"/></svg>woken</li>` : ''}
</ul>`;

function phases({ phases: p, rto }: DrillResult): Markup {
  const rows = [
    ['Detection', 'fault to lease taken', p.detection],
    ['Decision', 'restore point chosen and verified', p.decision],
    ['Restore', 'state loaded', p.restore],
    ['First output', 'new outputs committed', p.firstOutput],
  ] as const;
  return html`<section><h2>Where the ${readableTime(rto.measured)} went</h2><p class="note">From the fault to the first output that was not in the log before.</p>
<div class="phases">${rows.map(([, , ms], i) => html`<i class="p${i}" style="flex:${Math.max(0, Math.round(ms))} 0 0"></i>`)}</div>
<table><tbody>${rows.map(([name, what, ms], i) => html`<tr><td><span class="swatch p${i}"></span>${name} <span class="soft">${what}</span></td><td class="n">${readableTime(ms)}</td></tr>`)}</tbody></table></section>`;
}

function counts({ outputs, calls }: DrillResult): Markup {
  const row = (name: string, value: number, examples: readonly string[] = []) =>
    html`<tr><td>${name}${examples.map((id) => html`<br><code>${id}</code>`)}</td><td class="n">${readableCount(value)}</td></tr>`;
  return html`<section><h2>Counted from the log</h2><p class="note">Every output, by id, against an undisturbed run of the same stream.</p>
<table><tbody>
${row('Expected', outputs.expected)}${row('In the log', outputs.seen)}
${row('Lost', outputs.lost, outputs.examples.lost)}${row('Repeated', outputs.repeated, outputs.examples.repeated)}
${row('Not expected', outputs.unexpected, outputs.examples.unexpected)}${row('Other content', outputs.different, outputs.examples.different)}
${row(`Keys out of order, of ${readableCount(outputs.keys)}`, outputs.keysOutOfOrder)}
${row(`Model calls made again, of ${readableCount(calls.made)}`, calls.repeated)}
</tbody></table></section>`;
}

function facts(result: DrillResult): Markup {
  const { restorePoint, regions, kill, times, agent, versions } = result;
  const row = (name: string, ...value: readonly (string | Markup)[]) =>
    html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
  return html`<section><h2>Facts</h2><table><tbody>
${row('Fault', `${regions[0]?.name ?? ''} ${result.scenario.happened.told} ${readableTime(kill.at)} after the start, ${readableCount(kill.finished)} inputs finished`)}
${row('Restore point', html`<code>${restorePoint.key}</code>`, ` with ${readableCount(restorePoint.finished)} inputs finished`)}
${restorePoint.passedOver.map(({ key, reason }) => row('Passed over', html`<code>${key}</code>`, `: ${reason}`))}
${result.woken ? row('Woken', `${regions[0]?.name ?? ''} ${readableTime(result.woken.at)} after the start; it lost its lease and committed ${readableCount(result.woken.committed)} outputs from then on`) : ''}
${row('Lease', `${regions.map(({ name, epoch }) => `${name} epoch ${epoch}`).join(', then ')}; kept in ${result.leaseRegion}; ttl ${readableTime(times.lease.ttl)}, skew ${readableTime(times.lease.skew)}`)}
${row('Outputs by region', regions.map(({ name, committed }) => `${name} ${readableCount(committed)}`).join(', '))}
${row('Intervals', `checkpoint ${readableTime(times.checkpoint)}, replication ${readableTime(times.replication)}`)}
${row('Commit', `${result.commit}: outputs wait for their restore point in the standby`)}
${row('Agent', `${agent.name}, plan `, html`<code>${agent.planHash.slice(0, 12)}</code>`)}
${row('Engine', `${result.engine}, Node.js ${versions.node}`)}
${row('Ran', `${new Date(result.startedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC, ${readableTime(result.durationMs)} in all`)}
</tbody></table></section>`;
}

const notes = ({ times }: DrillResult): Markup =>
  html`<p>RTO: fault to the first new output in the log. RPO: fault minus the trigger time of the restore point. Inputs redone: inputs that the active region had reported as finished minus those in the restore point. Both regions ran as processes on one machine with times scaled down (lease ttl ${readableTime(times.lease.ttl)}), so RTO here shows the mechanism, not a cloud’s network.</p>`;
