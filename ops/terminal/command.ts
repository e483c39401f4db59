import { describeFailure, describeInterruption } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { silent, type Terminal, terminal } from './terminal.ts';

/** What a command gives back: `--json` prints `result`, and the process ends with `exitCode`. */
export interface Outcome<T> {
  readonly result: T;
  /** Default: 0, or 130 when the command was interrupted. */
  readonly exitCode?: ExitCode;
}

export interface CommandContext {
  readonly terminal: Terminal;
  readonly json: boolean;
  /** Aborted by the first Ctrl-C or SIGTERM; the second ends the process at once. */
  readonly signal: AbortSignal;
}

/**
 * Runs a command: one JSON document on standard output with `--json`, otherwise what the command says to the terminal;
 * failures on standard error; the exit code by `EXIT`.
 */
export async function runCommand<T>(
  json: boolean,
  command: (context: CommandContext) => Promise<Outcome<T>>,
): Promise<void> {
  const interruption = new AbortController();
  const onSignal = () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const context = { terminal: json ? silent : terminal(process.stdout), json, signal: interruption.signal };
    const outcome = await command(context);
    context.terminal.progressDone();
    if (json)
      process.stdout.write(
        `${JSON.stringify({ ok: (outcome.exitCode ?? EXIT.ok) === EXIT.ok, ...outcome.result }, null, 2)}\n`,
      );
    process.exitCode = outcome.exitCode ?? (interruption.signal.aborted ? EXIT.interrupted : EXIT.ok);
  } catch (error) {
    const { failures, exitCode, text } = isInterruption(error, interruption.signal)
      ? describeInterruption()
      : describeFailure(error);
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, failures }, null, 2)}\n`);
    else process.stderr.write(`${text}\n`);
    process.exitCode = exitCode;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Whether the interruption is all that went wrong: Node's own calls wrap the reason in an AbortError. */
const isInterruption = (error: unknown, signal: AbortSignal) =>
  signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
