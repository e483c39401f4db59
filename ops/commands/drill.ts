import { join } from 'node:path';
import { nearest } from '../../config/index.ts';
import { openOneJob } from '../deployment/open.ts';
import { drillsExitCode } from '../drill/exit-code.ts';
import {
  type Commit,
  type DrillResult,
  rehearse,
  runDrill,
  SCENARIOS,
  type ScenarioName,
  scenariosFor,
  stamp,
} from '../drill/index.ts';
import { drillProgress, sayDrill } from '../drill/say-drill.ts';
import { CommandError } from '../errors.ts';
import { findRegion, parseRoots } from '../replicate/places.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { badFlag, wholeNumber } from '../terminal/flags.ts';
import { table } from '../terminal/table.ts';
import { drillRegions, type RegionDrillFlags, type Revived } from './drill-regions.ts';
import { localProfile, seconds } from './run.ts';

/** Where drills of this directory are kept, with their history. */
const DRILLS = join('.headrace', 'drill');

export interface DrillCommandOptions extends RegionDrillFlags {
  /** A name, or `all`. */
  readonly scenario: string;
  readonly commit?: string | undefined;
  /** Whole number as text. */
  readonly runs: string;
  /** A share as text, as the command line has it. */
  readonly at: string;
  readonly root: readonly string[];
  readonly out?: string | undefined;
}

/** The result of one drill, or of several. */
export type DrillCommandResult =
  | DrillResult
  | Revived
  | { readonly passed: boolean; readonly drills: readonly DrillResult[] };

/** Lets regions fall for real and counts: processes of this machine, or regions as they are installed. */
export async function drill(
  options: DrillCommandOptions,
  context: CommandContext,
): Promise<Outcome<DrillCommandResult>> {
  if (options.context.length === 0)
    return drillHere({ ...options, profile: localProfile(options.file, options.profile) }, context);
  const out = options.out ?? join(DRILLS, stamp(Date.now()));
  return drillRegions(options, { ...context, out, history: join(DRILLS, 'history.jsonl') });
}

async function drillHere(
  options: DrillCommandOptions,
  { terminal, signal }: CommandContext,
): Promise<Outcome<DrillCommandResult>> {
  const { file, profile } = options;
  const open = await openOneJob(file, { profile });
  const commit = commitOf(options.commit) ?? open.deployment.dr.commit;
  const scenarios = scenariosOf(options.scenario, commit);
  const runs = wholeNumber('--runs', options.runs);
  const killAt = share(options.at);
  const roots = parseRoots(options.root);
  for (const name of roots.keys()) findRegion(open.deployment, '--root', name);
  for (const name of scenarios) await rehearse(open, { scenario: SCENARIOS[name], commit });

  const planned = scenarios.flatMap((scenario) => Array.from({ length: runs }, (_, i) => ({ scenario, run: i + 1 })));
  const many = planned.length > 1;
  const root = options.out ?? join(DRILLS, stamp(Date.now()));
  const drills: DrillResult[] = [];
  for (const { scenario, run } of planned) {
    if (many) terminal.line(`${scenario}${runs > 1 ? `, ${run} of ${runs}` : ''}`);
    const result = await runDrill({
      file,
      profile,
      scenario,
      commit,
      killAt,
      ...(roots.size > 0 ? { roots } : {}),
      workDirectory: many ? `${root}-${scenario}${runs > 1 ? `-${run}` : ''}` : root,
      history: join(DRILLS, 'history.jsonl'),
      signal,
      onProgress: (progress) => terminal.progress(drillProgress(progress)),
    });
    terminal.progressDone();
    sayDrill(result, terminal);
    drills.push(result);
  }
  if (many) terminal.line(`\n${summary(drills)}`);
  const [only] = drills;
  return {
    result: !many && only ? only : { passed: drills.every(({ passed }) => passed), drills },
    exitCode: drillsExitCode(drills),
  };
}

function summary(drills: readonly DrillResult[]): string {
  const measured = (one: { measured: number } | undefined) => (one ? seconds(one.measured) : '-');
  return table(
    ['scenario', 'outcome', 'lost', 'repeated', 'RTO', 'RPO', 'verdict'],
    drills.map(({ scenario, outcome, outputs, rto, rpo, passed }) => [
      scenario.name,
      outcome,
      outcome === 'refusal' ? '-' : String(outputs.lost),
      String(outputs.repeated),
      measured(rto),
      measured(rpo),
      passed ? 'passed' : 'FAILED',
    ]),
  );
}

function scenariosOf(name: string, commit: Commit): readonly ScenarioName[] {
  if (name === 'all') return scenariosFor(commit);
  const known = Object.keys(SCENARIOS);
  if (known.includes(name)) return [name as ScenarioName];
  const meant = nearest(name, known);
  throw new CommandError(
    'HR-CLI-005',
    '--scenario',
    `"${name}" is not one of ${known.join(', ')}, all`,
    meant ? { mend: `did you mean ${meant}?` } : {},
  );
}

function commitOf(text: string | undefined): Commit | undefined {
  if (text === undefined || text === 'replicated' || text === 'local') return text;
  throw badFlag('--commit', text, 'write replicated or local');
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0.05 && value <= 0.95) return value;
  throw new CommandError('HR-CLI-006', '--at', `"${text}" is no share from 0.05 to 0.95`, {
    mend: 'write 0.45 for 45 %',
  });
}
