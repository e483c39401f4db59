import { RemoteError } from './errors.ts';

/** The request did not get there. */
export function unreachable(place: string, cause: unknown): RemoteError {
  const reason = (cause as { cause?: { code?: string; message?: string } }).cause;
  const message =
    reason?.code === 'ECONNREFUSED' ? 'connection refused' : (reason?.message ?? (cause as Error).message);
  return new RemoteError('HR-REMOTE-001', place, `Flink cannot be reached: ${message}`, {
    cause,
    mend: 'check the address, and that a JobManager runs there',
  });
}

/** What Flink answered to a request that it did not take. */
export function refused(place: string, status: number, text: string): RemoteError {
  let errors: string[] = [];
  try {
    errors = (JSON.parse(text) as { errors?: string[] }).errors ?? [];
  } catch {
    // Not Flink's own answer: a proxy's page.
  }
  const mend =
    status === 401 || status === 403
      ? 'give the headers or the client certificate that the interface asks for'
      : status === 503
        ? 'no JobManager leads: look at their logs'
        : undefined;
  return new RemoteError(
    'HR-REMOTE-001',
    place,
    `Flink answered ${status}: ${errors.length ? rootCause(errors.join('\n')) : firstLine(text)}`,
    { status, ...(mend ? { mend } : {}) },
  );
}

export const firstLine = (text: string) => text.trim().split('\n')[0]?.slice(0, 500) ?? '';

/** The innermost cause of a Java stack trace. */
export function rootCause(trace: string): string {
  const causes = trace.split('\n').filter((line) => /^(Caused by: )/.test(line.trim()));
  return (causes.at(-1) ?? firstLine(trace))
    .trim()
    .replace(/^Caused by: /, '')
    .slice(0, 1_000);
}
