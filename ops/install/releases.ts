import { setMaxListeners } from 'node:events';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { type Explanation, explanationLines } from './explain.ts';
import {
  GivenUp,
  installRelease,
  type ReleaseContext,
  type ReleaseOutcome,
  type ReleaseResult,
  stateText,
} from './release.ts';
import type { PreparedChart } from './render.ts';

export interface ReleasesOutcome {
  readonly releases: readonly ReleaseResult[];
  readonly interrupted: boolean;
  /** Why something did not come up. */
  readonly explanations: readonly Explanation[];
  /** The failure, when a chart did not come up. */
  readonly failure?: CommandError;
}

/**
 * Installs charts: at a first installation all at once, for each one's pods start while the other's do; later one after
 * the other, so that what runs meets one change at a time.
 */
export async function installReleases(
  charts: readonly PreparedChart[],
  context: ReleaseContext,
): Promise<ReleasesOutcome> {
  const known = await Promise.all(charts.map(({ release }) => context.helm.history(release)));
  return known.every((revisions) => revisions.length === 0) && charts.length > 1
    ? allAtOnce(charts, context)
    : oneByOne(charts, context);
}

async function oneByOne(charts: readonly PreparedChart[], context: ReleaseContext): Promise<ReleasesOutcome> {
  const outcomes: ReleaseOutcome[] = [];
  for (const prepared of charts) {
    if (context.signal.aborted) {
      context.terminal.line(`  interrupted before ${prepared.release}; the same command goes on`);
      return { ...summary(outcomes, context), interrupted: true };
    }
    const outcome = await installRelease(prepared, context);
    outcomes.push(outcome);
    if (outcome.failure !== undefined) break;
    context.terminal.line(upText(outcome.result));
  }
  return summary(outcomes, context);
}

async function allAtOnce(charts: readonly PreparedChart[], context: ReleaseContext): Promise<ReleasesOutcome> {
  const terminals = sharing(context.terminal, charts.length);
  // Each is waited on by listeners of its own.
  setMaxListeners(4 * charts.length, context.signal);
  const givenUp = charts.map(() => new AbortController());
  const outcomes = await Promise.all(
    charts.map(async (prepared, i) => {
      const signal = AbortSignal.any([context.signal, (givenUp[i] as AbortController).signal]);
      const outcome = await installRelease(prepared, { ...context, terminal: terminals[i] as Terminal, signal });
      if (outcome.failure === undefined) context.terminal.line(upText(outcome.result));
      // Later charts need the earlier ones: without Flink no job comes up.
      else for (const later of givenUp.slice(i + 1)) later.abort(new GivenUp(`${prepared.release} did not come up`));
      return outcome;
    }),
  );
  return summary(outcomes, context);
}

function summary(outcomes: readonly ReleaseOutcome[], { terminal, signal }: ReleaseContext): ReleasesOutcome {
  const releases = outcomes.map(({ result }) => result);
  const failed = outcomes.find(({ failure }) => failure !== undefined);
  if (failed?.failure === undefined) return { releases, interrupted: signal.aborted, explanations: [] };
  if (signal.aborted) {
    for (const { result, failure } of outcomes)
      if (failure !== undefined) terminal.line(`  ${stateText(result)}; the same command goes on`);
    return { releases, interrupted: true, explanations: [] };
  }
  const { result, failure, explanations } = failed;
  for (const one of explanations) for (const line of explanationLines(one)) terminal.line(`  ${line}`);
  return { releases, interrupted: false, explanations, failure: failureOf(result, failure, explanations) };
}

const upText = ({ release, revision, changed, seconds, components }: ReleaseResult) =>
  `  ${release}: revision ${revision}, ${changed ? 'changed' : 'nothing to change'}, up after ${seconds} s (${components.map(({ name, ready, wanted }) => `${name} ${ready}/${wanted}`).join(', ')})`;

function failureOf(result: ReleaseResult, said: string, explanations: readonly Explanation[]): CommandError {
  const [first] = explanations;
  return new CommandError(
    'HR-INSTALL-010',
    `release ${result.release}`,
    `did not come up${first ? `: ${first.object} ${first.reason}, ${first.meaning}` : ''}; ${stateText(result)}\n${said}`,
    { exitCode: EXIT.failed, mend: first?.mend ?? "Helm's words above say what failed; nothing else was changed" },
  );
}

/** Terminals of several at once: their progress shares a line. */
function sharing(terminal: Terminal, count: number): Terminal[] {
  const texts: string[] = [];
  let open = count;
  return Array.from({ length: count }, (_, i) => ({
    line: (text) => terminal.line(text),
    step: (title) => terminal.step(title),
    progress(text) {
      texts[i] = text;
      terminal.progress(texts.filter(Boolean).join('; '));
    },
    progressDone() {
      texts[i] = '';
      open -= 1;
      if (open === 0) terminal.progressDone();
    },
  }));
}
