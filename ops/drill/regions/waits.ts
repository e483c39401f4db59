// What a drill of installed regions waits for. The stream is watched meanwhile: where it cannot be, no wait makes sense.
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Watched, Watching } from './topic-watch.ts';

const POLL_MS = 200;
/** After the last input's output, what comes twice comes within this. */
const AFTERWARDS_MS = 5_000;

export interface Patience {
  /** Milliseconds for which the stream is watched while nothing is done. */
  readonly observe: number;
  /** Milliseconds that a step may take. */
  readonly wait: number;
  readonly signal: AbortSignal;
}

export async function observeFor(watch: Watching, ms: number, signal: AbortSignal): Promise<void> {
  const until = Date.now() + ms;
  while (Date.now() < until) {
    watch.check();
    await sleep(Math.min(POLL_MS, Math.max(1, until - Date.now())), undefined, { signal });
  }
}

/** @throws CommandError HR-DRILL-012 when it does not come in time. */
export async function within(
  { wait, signal }: Patience,
  watch: Watching,
  what: string,
  ready: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + wait;
  while (!(await ready())) {
    watch.check();
    if (Date.now() > deadline)
      throw new CommandError('HR-DRILL-012', what, `it did not come within ${wait / 1000} s`, {
        exitCode: EXIT.failed,
        mend: 'headrace status and the logs of the region say more; --wait gives it longer',
      });
    await sleep(POLL_MS, undefined, { signal });
  }
}

/**
 * Waits until every input that came by `until` has an output or a dead letter, or as long as may be: what is missing then is
 * lost. Where only some are answered, until nothing came for the time of `observe`.
 */
export async function answered(
  { wait, observe, signal }: Patience,
  watch: Watching,
  answers: 'all' | 'some',
  until: number,
): Promise<void> {
  const deadline = Date.now() + wait;
  const [ended, waiting] = [new Set<string>(), new Set<string>()];
  for (let from = 0; Date.now() < deadline; ) {
    watch.check();
    for (; from < watch.seen.length; from++) {
      const one = watch.seen[from] as Watched;
      if (one.kind !== 'input') ended.add(one.input);
      else if (one.at <= until) waiting.add(one.input);
    }
    for (const input of waiting) if (ended.has(input)) waiting.delete(input);
    const last = watch.seen.findLast(({ kind }) => kind !== 'input')?.at ?? 0;
    if (waiting.size === 0 || (answers === 'some' && Date.now() - last > observe)) break;
    await sleep(POLL_MS, undefined, { signal });
  }
  await observeFor(watch, Math.min(observe, AFTERWARDS_MS), signal);
}
