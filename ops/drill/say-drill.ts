import { relative } from 'node:path';
import { formatDuration } from '../../config/index.ts';
import { count, seconds } from '../commands/run.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { DrillResult } from './result.ts';
import type { DrillProgress } from './run-drill.ts';

export function drillProgress({ phase, finished, total }: DrillProgress): string {
  const done = `${count(finished)} of ${count(total)} inputs finished`;
  switch (phase) {
    case 'reference':
      return 'computing what an undisturbed run puts out';
    case 'primary':
      return `the active region works: ${done}`;
    case 'standby':
      return `after the fault: ${done}`;
    case 'counting':
      return 'counting outputs';
  }
}

/** The result in a few lines; the report has the rest. */
export function sayDrill(result: DrillResult, terminal: Terminal): void {
  const { regions, scenario, fault, outputs, failover, rto, rpo, state, surprises } = result;
  const [primary, standby] = regions;
  const verdict = (met: boolean) => (met ? 'met' : 'MISSED');
  const ending = {
    failover: `${standby?.name} took the lease (epoch ${standby?.epoch})${result.compared === 'inputs' ? '' : ' and finished'}`,
    'no-failover': `${primary?.name} kept the job and finished`,
    refusal: `${standby?.name} found no complete restore point and refused`,
  }[result.outcome];
  terminal.line(
    `  ${primary?.name} ${scenario.happened.short} at ${Math.round(fault.progress * 100)} %, after ${count(fault.finished)} inputs; ${ending}`,
  );
  if (result.noticed) {
    terminal.line(
      `  noticed after ${seconds(result.noticed.after)}: ${result.noticed.message.replaceAll('\n', '\n  ')}`,
    );
  }
  for (const { key, reason } of failover?.restorePoint.passedOver ?? []) {
    terminal.line(`  passed over ${key}: ${reason}`);
  }
  terminal.line(
    `  outputs ${count(outputs.expected)} expected, ${count(outputs.seen)} seen: ${result.outcome === 'refusal' ? 'not put out yet' : 'lost'} ${outputs.lost}, repeated ${outputs.repeated}${result.commit === 'local' ? ' (recognized by id)' : ''}, different ${outputs.different}, out of order ${outputs.keysOutOfOrder}`,
  );
  if (state) {
    terminal.line(
      `  keyed state of ${count(state.found?.keys ?? 0)} keys: ${state.equal ? 'equal to' : 'DIFFERENT from'} the undisturbed run's`,
    );
  }
  if (rto) {
    const { detection = 0, decision = 0, restore = 0, firstOutput = 0 } = failover?.phases ?? {};
    const parts =
      failover && result.compared === 'inputs'
        ? ` (detection ${seconds(detection)}, restart and first output ${seconds(decision + restore + firstOutput)})`
        : failover
          ? ` (detection ${seconds(detection)}, decision ${seconds(decision)}, restore ${seconds(restore)}, first output ${seconds(firstOutput)})`
          : '';
    terminal.line(
      `  ${failover ? 'RTO' : 'longest silence'} ${seconds(rto.measured)}${parts}; objective ${formatDuration(rto.objective)} ${verdict(rto.met)}`,
    );
  }
  if (rpo) {
    const redone = failover ? `, ${count(failover.rpoRecords)} inputs computed again` : '';
    terminal.line(
      `  ${failover ? 'RPO' : 'greatest RPO'} ${seconds(rpo.measured)}${redone}; objective ${formatDuration(rpo.objective)} ${verdict(rpo.met)}`,
    );
  }
  for (const surprise of surprises) terminal.line(`  NOT AS EXPECTED: ${surprise}`);
  terminal.line(`  report: ${relative(process.cwd(), result.files.report)}`);
}
