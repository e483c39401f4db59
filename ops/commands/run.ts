import { join, relative, resolve } from 'node:path';
import { loadDeployment, nearest } from '../../config/index.ts';
import type { LocalProgress, LocalResult } from '../../runtime/local/index.ts';
import { openOneJob } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { FlinkRunResult } from '../run/flink-run.ts';
import { localDirectories, runOnThisMachine } from '../run/local-run.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface RunOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly state?: string | undefined;
  readonly fresh: boolean;
  /** embedded or flink. */
  readonly engine: string;
}

export interface RunResult extends LocalResult {
  readonly models: Readonly<Record<string, string>>;
  readonly outputsIn: string;
  readonly eventsPerSecond: number;
}

/** Runs the agent on the engine that is asked for. @throws CommandError HR-CLI-009 for one that there is not. */
export async function run(
  options: RunOptions,
  context: CommandContext,
): Promise<Outcome<RunResult> | Outcome<FlinkRunResult>> {
  if (options.engine === 'embedded') return runEmbedded(options, context);
  if (options.engine === 'flink') return runFlink(options, context);
  const meant = nearest(options.engine, ['embedded', 'flink']);
  throw new CommandError('HR-CLI-009', '--engine', `"${options.engine}" is not one of embedded, flink`, {
    ...(meant ? { mend: `did you mean ${meant}?` } : {}),
  });
}

async function runFlink(options: RunOptions, { terminal, signal }: CommandContext): Promise<Outcome<FlinkRunResult>> {
  const open = await openOneJob(options.file, { profile: options.profile });
  const { runOnFlink } = await import('../run/flink-run.ts');
  const result = await runOnFlink(open, {
    file: options.file,
    profile: options.profile,
    directory: resolve(options.state ?? join('.headrace', 'flink', open.deployment.name)),
    fresh: options.fresh,
    signal,
    say: (line) => terminal.line(line),
    onProgress: (p) =>
      terminal.progress(
        `${p.state.toLowerCase()}: ${count(p.finished)} finished, ${count(p.inFlight)} in flight, ${count(p.deadLetters)} dead letters, ${p.checkpoints} checkpoints`,
      ),
  });
  terminal.progressDone();
  if (result.state === 'finished') {
    terminal.line('the source is at its end; start afresh with --fresh');
    return { result };
  }
  terminal.line(
    `stopped ${result.savepoint ? 'with a savepoint' : 'at its newest checkpoint'}; the same command goes on from here`,
  );
  return { result, exitCode: EXIT.interrupted };
}

async function runEmbedded(options: RunOptions, { terminal, signal }: CommandContext): Promise<Outcome<RunResult>> {
  const open = await openOneJob(options.file, { profile: options.profile });
  const directories = localDirectories(open, options.state);
  const { result, models } = await runOnThisMachine(open, {
    directories,
    fresh: options.fresh,
    signal,
    onProgress: (p) => terminal.progress(progressLine(p)),
  });
  terminal.progressDone();
  const outputsIn = relative(process.cwd(), directories.sink);
  const eventsPerSecond = Math.round((result.finished / result.durationMs) * 1000);
  for (const [name, model] of Object.entries(models)) terminal.line(`resource ${name}: ${model}`);
  if (result.restoredFrom !== undefined) terminal.line(`went on from checkpoint ${result.restoredFrom}`);
  terminal.line(
    `${count(result.finished)} inputs finished, ${count(result.outputs)} outputs, ${count(result.deadLetters)} dead letters, ${count(result.modelCalls)} model calls in ${seconds(result.durationMs)}`,
  );
  if (result.state === 'finished') {
    terminal.line(`the source is at its end; outputs are in ${outputsIn}; start afresh with --fresh`);
  } else {
    terminal.line('stopped in good order; the same command goes on from here');
  }
  return {
    result: { ...result, models, outputsIn, eventsPerSecond },
    exitCode: result.state === 'finished' ? EXIT.ok : EXIT.interrupted,
  };
}

export const count = (n: number) => n.toLocaleString('en-US');
export const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

export const progressLine = (p: LocalProgress) =>
  `${count(p.finished)} finished, ${count(p.inFlight)} in flight, ${count(p.committed)} outputs committed, ${count(p.modelCalls)} model calls, ${p.checkpoints} checkpoints`;

/** The profile for work on one machine: the one asked for, else `local` where the file has it. */
export function localProfile(file: string, asked: string | undefined): string | undefined {
  if (asked !== undefined) return asked;
  try {
    loadDeployment(file, { profile: 'local' });
    return 'local';
  } catch (error) {
    if ((error as { code?: unknown }).code === 'HR-CONFIG-008') return undefined;
    throw error;
  }
}
