import traces from 'cdktf/lib/tokens/private/stack-trace.js';

/**
 * cdktf notes for each of its thousands of tokens where it was made, also for an app that asks for no stack traces
 * (`stackTraces: false` is about resources alone): an eighth of all synthesis. Nothing that is written holds them.
 */
export function omitStackTraces(): void {
  Object.assign(traces, { captureStackTrace: () => [] });
}
