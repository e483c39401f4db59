import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { endLeftovers, noteProcesses, runningOf } from '../dev/leftovers.ts';
import { CommandError } from '../errors.ts';

/** Present from a drill's first to its last instant, with a note of the process that runs it. */
const MARKER = 'in-progress';
const PARTS = ['events', 'calls', 'settings', 'state', 'journal', 'outputs', 'reference', 'tls'];

/**
 * Makes a directory a drill's own. What a drill that was killed left in it goes, its processes first, so that the same command
 * begins again and finishes. @throws CommandError HR-DRILL-006 where something else is, or a drill that is running or over.
 */
export function claimDirectory(work: string): void {
  const entries = existsSync(work) ? readdirSync(work) : [];
  if (entries.length > 0) {
    const marker = join(work, MARKER);
    if (!existsSync(marker)) {
      throw new CommandError('HR-DRILL-006', work, 'a drill has already written here, or it is no drill’s directory', {
        mend: 'name another directory',
      });
    }
    const [pid] = runningOf(marker);
    if (pid !== undefined) {
      throw new CommandError('HR-DRILL-006', work, `a drill is running here, as process ${pid}`, {
        mend: 'wait for it, or name another directory',
      });
    }
    endLeftovers(work);
  }
  mkdirSync(join(work, MARKER), { recursive: true });
  noteProcesses(join(work, MARKER), [process.pid]);
  clearDirectory(work);
}

/** Makes a drill's directory as it was before its begin. */
export function clearDirectory(work: string): void {
  for (const part of PARTS) rmSync(join(work, part), { recursive: true, force: true });
  for (const part of ['events', 'calls', 'settings']) mkdirSync(join(work, part), { recursive: true });
}

/** The drill is over: its directory holds its result from now on, whatever else happens. */
export const releaseDirectory = (work: string) => rmSync(join(work, MARKER), { recursive: true, force: true });

/** The drill ended before its end, in good order: the same command may begin again. */
export function abandonDirectory(work: string): void {
  // Where somebody has removed the directory, the drill's own error says more.
  if (existsSync(join(work, MARKER))) noteProcesses(join(work, MARKER), []);
}

/**
 * Ends what drills that were killed left running in directories beside `work`: a frozen region does not notice that nobody
 * minds it any more. @returns how many processes there were.
 */
export function endLeftoversBeside(work: string): number {
  const root = dirname(work);
  if (!existsSync(root)) return 0;
  let ended = 0;
  for (const name of readdirSync(root)) {
    const marker = join(root, name, MARKER);
    if (existsSync(marker) && runningOf(marker).length === 0) ended += endLeftovers(join(root, name));
  }
  return ended;
}
