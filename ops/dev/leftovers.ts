import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROCESSES_FILE = 'processes.json';

/** A process, told from a later one of the same id by when it started. */
interface Noted {
  readonly pid: number;
  readonly started: string;
}

/** Notes which processes work in a directory, for a later start to find them should this one be killed. */
export function noteProcesses(directory: string, pids: readonly number[]): void {
  const noted = pids.flatMap((pid): Noted[] => {
    const started = startOf(pid);
    return started === undefined ? [] : [{ pid, started }];
  });
  writeFileSync(join(directory, PROCESSES_FILE), `${JSON.stringify(noted)}\n`);
}

/** Ends what a killed start left running, by process id. @returns how many there were. */
export function endLeftovers(directory: string): number {
  const left = runningOf(directory);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  return left.length;
}

/** Ids of the processes noted in a directory that still run. A note that a kill cut short says nothing. */
export function runningOf(directory: string): number[] {
  const file = join(directory, PROCESSES_FILE);
  if (!existsSync(file)) return [];
  let noted: Noted[];
  try {
    noted = JSON.parse(readFileSync(file, 'utf8')) as Noted[];
  } catch {
    return [];
  }
  return noted.filter(({ pid, started }) => startOf(pid) === started).map(({ pid }) => pid);
}

/** Clock ticks since boot at which a process started; undefined where there is none, or no /proc. */
function startOf(pid: number): string | undefined {
  try {
    // The second field, the name, is in parentheses and may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
  } catch {
    return undefined;
  }
}
