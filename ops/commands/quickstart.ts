import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readParts } from '../../runtime/local/index.ts';
import { openDeployment, openOneJob } from '../deployment/open.ts';
import { drillsExitCode } from '../drill/exit-code.ts';
import { type DrillResult, rehearse, runDrill } from '../drill/index.ts';
import { drillProgress, sayDrill } from '../drill/say-drill.ts';
import { type DeploymentPlan, deploymentPlan, renderPlan } from '../plan/plan.ts';
import { type Agreement, agreement } from '../quickstart/agreement.ts';
import { nextSteps } from '../quickstart/next-steps.ts';
import { localSource, runOnThisMachine } from '../run/local-run.ts';
import { type SynthResult, synthesize } from '../synth/synth.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import { count, localProfile, progressLine, type RunResult, seconds } from './run.ts';
import { sayCharts, sayStacks } from './synth.ts';

export interface QuickstartResult {
  readonly plan: DeploymentPlan;
  readonly synth: SynthResult;
  readonly run: RunResult;
  readonly agreement: Agreement | undefined;
  readonly drill: DrillResult;
  readonly durationMs: number;
}

/** Everything that can be shown on one machine, in six steps. */
export async function quickstart(
  options: { file: string },
  { terminal, signal }: CommandContext,
): Promise<Outcome<QuickstartResult>> {
  const begun = performance.now();
  const { file } = options;
  const step = (n: number, title: string) => terminal.step(`${n}/6  ${title}`);

  step(1, `Plan of ${file}`);
  const open = await openDeployment(file);
  const profile = localProfile(file, undefined);
  const local = await openOneJob(file, { profile });
  // Before anything is written: what is wrong with the input must not show only in step 4.
  await rehearse(local);
  const plan = deploymentPlan(open.deployment);
  terminal.line(renderPlan(plan));

  step(2, 'Stacks for cdktf');
  const synthStart = performance.now();
  const synth = await synthesize(open);
  const synthMs = performance.now() - synthStart;
  sayStacks(synth, terminal);

  step(3, 'Manifests and Helm charts');
  sayCharts(synth, terminal);
  terminal.line(`  steps 2 and 3 took ${seconds(synthMs)}`);

  step(4, 'The agent on the embedded engine');
  const root = resolve('.headrace', 'quickstart');
  const { result, models, directories } = await runOnThisMachine(local, {
    directories: { state: join(root, 'state'), journal: join(root, 'journal'), sink: join(root, 'outputs') },
    fresh: true,
    signal,
    onProgress: (progress) => terminal.progress(progressLine(progress)),
  });
  terminal.progressDone();
  const run: RunResult = {
    ...result,
    models,
    outputsIn: relative(process.cwd(), directories.sink),
    eventsPerSecond: Math.round((result.finished / result.durationMs) * 1000),
  };
  for (const [name, model] of Object.entries(models)) terminal.line(`  ${name} is ${model}`);
  terminal.line(
    `  ${count(run.finished)} inputs, ${count(run.outputs)} outputs, ${count(run.modelCalls)} model calls in ${seconds(run.durationMs)}: ${count(run.eventsPerSecond)} inputs/s, ${run.checkpoints} checkpoints`,
  );
  const judged = await compareWithRatings(local, directories.sink);
  if (judged.agreement) {
    const { correlation, sameSign, count: pairs } = judged.agreement;
    terminal.line(
      `  agreement with ${count(pairs)} human ratings: correlation ${correlation.toFixed(3)}, right sign ${(sameSign * 100).toFixed(1)} %`,
    );
  }
  if (judged.sample) terminal.line(`  one output: ${JSON.stringify(judged.sample)}`);
  if (run.state !== 'finished') {
    terminal.line('  stopped in good order');
    throw signal.reason;
  }

  step(5, 'Drill: the active region dies');
  const drillDirectory = join(root, 'drill');
  rmSync(drillDirectory, { recursive: true, force: true });
  const drill = await runDrill({
    file,
    profile,
    workDirectory: drillDirectory,
    history: join('.headrace', 'drill', 'history.jsonl'),
    signal,
    onProgress: (progress) => terminal.progress(drillProgress(progress)),
  });
  terminal.progressDone();
  sayDrill(drill, terminal);

  step(6, 'What to do next');
  for (const line of nextSteps(open.deployment, file, synth)) terminal.line(`  ${line}`);
  const durationMs = performance.now() - begun;
  terminal.line(`\n  all of this took ${seconds(durationMs)}`);
  return {
    result: { plan, synth, run, agreement: judged.agreement, drill, durationMs },
    exitCode: drillsExitCode([drill]),
  };
}

interface Judged {
  readonly value: { readonly id?: string; readonly score?: number };
}

/** Compares outputs with the ratings in the source, where records have an id and a rating and outputs an id and a score. */
async function compareWithRatings(
  open: Parameters<typeof localSource>[0],
  sink: string,
): Promise<{ agreement: Agreement | undefined; sample: unknown }> {
  const ratings = new Map<string, number>();
  for await (const batch of localSource(open).open({ record: 0, offset: 0 }, new AbortController().signal)) {
    for (const { value } of batch) {
      const { id, rating } = value as { id?: string; rating?: string };
      if (id !== undefined && rating !== undefined && rating !== '' && Number.isFinite(Number(rating)))
        ratings.set(id, Number(rating));
    }
  }
  const pairs: [number, number][] = [];
  let sample: unknown;
  for await (const { value } of readParts<Judged>(sink)) {
    sample = value;
    const rating = value.id === undefined ? undefined : ratings.get(value.id);
    if (rating !== undefined && typeof value.score === 'number') pairs.push([value.score, rating]);
  }
  return { agreement: pairs.length > 1 ? agreement(pairs) : undefined, sample };
}
