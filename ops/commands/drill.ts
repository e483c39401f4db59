import { relative } from 'node:path';
import { formatDuration, nearest } from '../../config/index.ts';
import { type DrillProgress, type DrillResult, runDrill, SCENARIOS, type ScenarioName } from '../drill/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { count, seconds } from './run.ts';

export interface DrillCommandOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly scenario: string;
  /** A share as text, as the command line has it. */
  readonly at: string;
  readonly out?: string | undefined;
}

/** Kills a region for real and counts. */
export async function drill(
  options: DrillCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<Outcome<DrillResult>> {
  const result = await runDrill({
    file: options.file,
    profile: options.profile,
    scenario: scenarioName(options.scenario),
    killAt: share(options.at),
    ...(options.out ? { workDirectory: options.out } : {}),
    signal,
    onProgress: (progress) => terminal.progress(drillProgress(progress)),
  });
  terminal.progressDone();
  sayDrill(result, terminal);
  return { result, exitCode: !result.exact ? EXIT.failed : result.passed ? EXIT.ok : EXIT.objectiveMissed };
}

export function drillProgress({ phase, finished, total }: DrillProgress): string {
  const done = `${count(finished)} of ${count(total)} inputs finished`;
  switch (phase) {
    case 'reference':
      return 'computing what an undisturbed run puts out';
    case 'primary':
      return `the active region works: ${done}`;
    case 'standby':
      return `the standby works: ${done}`;
    case 'counting':
      return 'counting outputs';
  }
}

/** The result in a few lines; the report has the rest. */
export function sayDrill(result: DrillResult, terminal: Terminal): void {
  const [primary, standby] = result.regions;
  const verdict = (met: boolean) => (met ? 'met' : 'MISSED');
  terminal.line(
    `  ${primary?.name} ${result.scenario.happened.short} at ${Math.round(result.kill.progress * 100)} %, after ${count(result.kill.finished)} inputs; ${standby?.name} took the lease (epoch ${standby?.epoch}) and finished`,
  );
  terminal.line(
    `  outputs ${count(result.outputs.expected)} expected, ${count(result.outputs.seen)} seen: lost ${result.outputs.lost}, repeated ${result.outputs.repeated}, different ${result.outputs.different}, out of order ${result.outputs.keysOutOfOrder}`,
  );
  const { phases } = result;
  terminal.line(
    `  RTO ${seconds(result.rto.measured)} (detection ${seconds(phases.detection)}, decision ${seconds(phases.decision)}, restore ${seconds(phases.restore)}, first output ${seconds(phases.firstOutput)}); objective ${formatDuration(result.rto.objective)} ${verdict(result.rto.met)}`,
  );
  terminal.line(
    `  RPO ${seconds(result.rpo.measured)}, ${count(result.rpoRecords)} inputs computed again; objective ${formatDuration(result.rpo.objective)} ${verdict(result.rpo.met)}`,
  );
  terminal.line(`  report: ${relative(process.cwd(), result.files.report)}`);
}

function scenarioName(name: string): ScenarioName {
  const known = Object.keys(SCENARIOS);
  if (known.includes(name)) return name as ScenarioName;
  const meant = nearest(name, known);
  throw new CommandError(
    'HR-CLI-005',
    '--scenario',
    `"${name}" is not one of ${known.join(', ')}`,
    meant ? { mend: `did you mean ${meant}?` } : {},
  );
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0.05 && value <= 0.95) return value;
  throw new CommandError('HR-CLI-006', '--at', `"${text}" is no share from 0.05 to 0.95`, {
    mend: 'write 0.45 for 45 %',
  });
}
