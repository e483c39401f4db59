import type { DrillResult } from '../drill/result.ts';
import { html, type Markup } from './html.ts';
import { readableCount, readableTime } from './quantities.ts';

/** Phases of a failover as a bar and a table. */
export function phases({ failover, rto, compared }: DrillResult): Markup | string {
  if (!failover || !rto) return '';
  const { detection, decision, restore, firstOutput } = failover.phases;
  // Of a job on Flink only the ends are seen from outside.
  const rows =
    compared === 'inputs'
      ? ([
          ['Detection', 'fault to lease taken', detection],
          ['Restart', 'restore point chosen, job restored, first new output', decision + restore + firstOutput],
        ] as const)
      : ([
          ['Detection', 'fault to lease taken', detection],
          ['Decision', 'restore point chosen and verified', decision],
          ['Restore', 'state loaded', restore],
          ['First output', 'new outputs committed', firstOutput],
        ] as const);
  return html`<section><h2>Where the ${readableTime(rto.measured)} went</h2><p class="note">From the fault to the first output that was not in the log before.</p>
<div class="phases">${rows.map(([, , ms], i) => html`<i class="p${i}" style="flex:${Math.max(0, Math.round(ms))} 0 0"></i>`)}</div>
<table><tbody>${rows.map(([name, what, ms], i) => html`<tr><td><span class="swatch p${i}"></span>${name} <span class="soft">${what}</span></td><td class="n">${readableTime(ms)}</td></tr>`)}</tbody></table></section>`;
}

export function counts({ outputs, calls, commit, outcome, retries, deadLetters, compared }: DrillResult): Markup {
  const row = (name: string, value: number, examples: readonly string[] = []) =>
    html`<tr><td>${name}${examples.map((id) => html`<br><code>${id}</code>`)}</td><td class="n">${readableCount(value)}</td></tr>`;
  const repeated = commit === 'local' ? 'Repeated, recognized by id' : 'Repeated';
  return html`<section><h2>Counted from the log</h2><p class="note">Every output, by id, against ${compared === 'inputs' ? 'the inputs that came meanwhile: as many of each as before the fault, once, and of one content' : 'an undisturbed run of the same stream'}.</p>
<table><tbody>
${row('Expected', outputs.expected)}${row('In the log', outputs.seen)}
${row(outcome === 'refusal' ? 'Not put out yet' : 'Lost', outputs.lost, outcome === 'refusal' ? [] : outputs.examples.lost)}${row(repeated, outputs.repeated, commit === 'local' ? [] : outputs.examples.repeated)}
${row('Not expected', outputs.unexpected, outputs.examples.unexpected)}${row('Other content', outputs.different, outputs.examples.different)}
${row(`Keys out of order, of ${readableCount(outputs.keys)}`, outputs.keysOutOfOrder)}
${compared === 'inputs' ? '' : row(`Model calls made again, of ${readableCount(calls.made)}`, calls.repeated)}
${retries > 0 ? row('Tries made again', retries) : ''}${deadLetters > 0 ? row('Dead letters', deadLetters) : ''}
</tbody></table></section>`;
}

const COMMITS = {
  replicated: 'replicated: outputs wait for their restore point in the standby',
  local: 'local: outputs commit at the checkpoint of their region; after a failover some come again, with the same ids',
};

export function facts(result: DrillResult): Markup {
  const { failover, regions, fault, times, agent, versions, scenario, state } = result;
  const row = (name: string, ...value: readonly (string | Markup)[]) =>
    html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
  const first = regions[0]?.name ?? '';
  const digest = (sha256: string) => html`<code>${sha256.slice(0, 16)}</code>`;
  const owners = regions.flatMap(({ name, epoch }) => (epoch === undefined ? [] : `${name} epoch ${epoch}`));
  return html`<section><h2>Facts</h2><table><tbody>
${row('Fault', `${first} ${scenario.happened.told} ${readableTime(fault.at)} after the start, ${readableCount(fault.finished)} inputs finished${fault.healedAt === undefined ? '' : `; mended after ${readableTime(fault.healedAt - fault.at)}`}`)}
${result.noticed ? row('Noticed', `${readableTime(result.noticed.after)} after the fault: `, html`<span class="break">${result.noticed.message.replace(/\n\s*/g, '; ')}</span>`) : ''}
${failover ? row('Restore point', html`<code>${failover.restorePoint.key}</code>`, ` with ${readableCount(failover.restorePoint.finished)} inputs finished`) : ''}
${(failover?.restorePoint.passedOver ?? []).map(({ key, reason }) => row('Passed over', html`<code>${key}</code>`, `: `, html`<span class="break">${reason}</span>`))}
${result.refusal ? row('Refusal', html`<span class="break">${result.refusal.message}</span>`) : ''}
${failover ? row('Old owner', failover.late === 0 ? 'committed nothing after the takeover' : `committed ${readableCount(failover.late)} outputs after the takeover`) : ''}
${state ? row('Keyed state', state.equal ? `equal to the undisturbed run’s: ${readableCount(state.expected.keys)} keys, digest ` : `NOT equal to the undisturbed run’s: ${readableCount(state.found?.keys ?? 0)} keys instead of ${readableCount(state.expected.keys)}, digest `, state.found ? digest(state.found.sha256) : 'none', state.equal ? '' : html` instead of ${digest(state.expected.sha256)}`) : ''}
${row('Lease', `${owners.join(', then ')}; kept in ${result.leaseRegion}; ttl ${readableTime(times.lease.ttl)}, skew ${readableTime(times.lease.skew)}`)}
${row('Outputs by region', regions.map(({ name, committed }) => `${name} ${readableCount(committed)}`).join(', '))}
${regions.filter(({ root }) => !root.startsWith('file:')).map(({ name, root }) => row(`State root of ${name}`, html`<code>${root}</code>`))}
${row('Intervals', `checkpoint ${readableTime(times.checkpoint)}, replication ${readableTime(times.replication)}`)}
${row('Commit', COMMITS[result.commit])}
${row('Agent', `${agent.name}, plan `, html`<code>${agent.planHash.slice(0, 12)}</code>`)}
${row('Engine', [result.engine, ...Object.entries(versions).map(([name, version]) => `${name} ${version}`)].join(', '))}
${row('Ran', `${new Date(result.startedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC, ${readableTime(result.durationMs)} in all`)}
</tbody></table></section>`;
}
