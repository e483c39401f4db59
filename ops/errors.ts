import { ConfigError, type ConfigIssue } from '../config/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** A failure of a command itself, with a stable code and what to do about it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: `HR-${string}`;
  readonly place: string;
  readonly mend: string | undefined;
  readonly exitCode: ExitCode;

  constructor(
    code: `HR-${string}`,
    place: string,
    message: string,
    options: { mend?: string; exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.place = place;
    this.mend = options.mend;
    this.exitCode = options.exitCode ?? EXIT.badInput;
  }
}

/** Every layer's coded errors look like this; layers do not share a base class. */
interface Coded {
  readonly code: string;
  readonly message: string;
  readonly place?: unknown;
  /** Place in the deployment file, where the thrower knows no other. */
  readonly path?: unknown;
  readonly mend?: unknown;
  readonly received?: unknown;
  readonly exitCode?: unknown;
}

const isCoded = (error: unknown): error is Coded =>
  error instanceof Error && /^HR-[A-Z]+-\d{3}$/.test(String((error as { code?: unknown }).code));

/** One failure as `--json` prints it. */
export interface Failure {
  readonly code: string;
  readonly place: string;
  readonly message: string;
  readonly received?: string;
  readonly allowed?: string;
  readonly mend?: string;
}

/** Codes of failures that the input causes, rather than the world. */
const INPUT = /^HR-(CONFIG|AGENT|PLAN|SOURCE|RESOURCE|INIT|CLI|SYNTH|CHART|AWS|AZURE|GCP|DRILL)-/;

/** What a failure looks like to a program and to the shell. */
export interface DescribedFailure {
  readonly failures: readonly Failure[];
  readonly exitCode: ExitCode;
  readonly text: string;
}

/** A person's Ctrl-C, or a SIGTERM, is no failure of anything. */
export const describeInterruption = (): DescribedFailure => ({
  failures: [{ code: 'HR-CLI-007', place: '', message: 'interrupted' }],
  exitCode: EXIT.interrupted,
  text: 'interrupted',
});

export function describeFailure(error: unknown): DescribedFailure {
  if (error instanceof ConfigError) {
    return { failures: error.issues.map(fromIssue), exitCode: EXIT.badInput, text: error.message };
  }
  if (isCoded(error)) {
    const failure: Failure = {
      code: error.code,
      place: typeof error.place === 'string' ? error.place : typeof error.path === 'string' ? error.path : '',
      message: stripCode(error),
      ...(typeof error.received === 'string' ? { received: error.received } : {}),
      ...(typeof error.mend === 'string' ? { mend: error.mend } : {}),
    };
    const exitCode =
      typeof error.exitCode === 'number'
        ? (error.exitCode as ExitCode)
        : INPUT.test(error.code)
          ? EXIT.badInput
          : EXIT.failed;
    return { failures: [failure], exitCode, text: render(failure) };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    failures: [{ code: 'HR-INTERNAL-001', place: '', message }],
    exitCode: EXIT.failed,
    text: `HR-INTERNAL-001 an error of Headrace itself, please report it\n${message}`,
  };
}

const fromIssue = (issue: ConfigIssue): Failure => ({
  code: issue.code,
  place: `${issue.file}:${issue.line}:${issue.column}${issue.path ? ` ${issue.path}` : ''}`,
  message: issue.message,
  ...(issue.received === undefined ? {} : { received: issue.received }),
  ...(issue.allowed === undefined ? {} : { allowed: issue.allowed }),
  ...(issue.mend === undefined ? {} : { mend: issue.mend }),
});

/** Some messages carry their code and place already, for logs that show the message alone. */
function stripCode(error: Coded): string {
  let text = error.message;
  if (text.startsWith(`${error.code} `)) text = text.slice(error.code.length + 1);
  if (typeof error.place === 'string' && error.place && text.startsWith(`${error.place}: `))
    text = text.slice(error.place.length + 2);
  if (typeof error.mend === 'string' && text.endsWith(` (${error.mend})`))
    text = text.slice(0, -(error.mend.length + 3));
  return text;
}

function render(failure: Failure): string {
  const lines = [`${failure.place ? `${failure.place} ` : ''}${failure.code} ${failure.message}`];
  if (failure.received !== undefined) lines.push(`  found:   ${failure.received}`);
  if (failure.mend) lines.push(`  mend:    ${failure.mend}`);
  return lines.join('\n');
}
