import { spawn } from 'node:child_process';

/** How one call of a process ended. */
export interface Call {
  /** By SIGKILL, before its work was done: one that came later has killed nothing. */
  readonly killed: boolean;
  /** Milliseconds from the begin of its work to its end. */
  readonly ms: number;
}

/**
 * Starts a script as a process, which says `started` when its work begins and `done` when it is done, and kills it.
 * @param afterMs milliseconds from `started` to SIGKILL. Default: never.
 */
export function callAndKill(script: string, args: readonly string[], afterMs?: number): Promise<Call> {
  return new Promise((resolve, reject) => {
    let started = 0;
    let done: number | undefined;
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('error', reject);
    child.on('message', (message) => {
      if (message === 'done') done = Date.now();
      if (message !== 'started') return;
      started = Date.now();
      if (afterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), afterMs);
    });
    const exited = new Promise<readonly [number | null, string | null]>((ended) => {
      child.once('exit', (code, signal) => ended([code, signal]));
    });
    // What it had sent before its death is heard before its channel closes.
    child.once('disconnect', async () => {
      const [code, signal] = await exited;
      if (code) reject(new Error(`${script} ended with ${code}`));
      else resolve({ killed: signal === 'SIGKILL' && done === undefined, ms: (done ?? Date.now()) - started });
    });
  });
}
