import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../errors.ts';

const POLL_MS = 50;
const TERM_MS = 15_000;
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface ChildOptions {
  /** For messages: Kafka, JobManager. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** File that output is appended to. */
  readonly log: string;
}

/** A server as a process of this machine. It ends with this process, unless that is killed by SIGKILL. */
export class Child {
  readonly name: string;
  readonly log: string;
  readonly #process: ChildProcess;
  #ended = false;

  constructor({ name, command, args, env, cwd, log }: ChildOptions) {
    this.name = name;
    this.log = log;
    mkdirSync(dirname(log), { recursive: true });
    const output = openSync(log, 'a');
    this.#process = spawn(command, args, {
      stdio: ['ignore', output, output],
      // A Ctrl-C is for this process, which ends the others in their order.
      detached: true,
      env: { ...process.env, ...env },
      ...(cwd ? { cwd } : {}),
    });
    closeSync(output);
    running.add(this.#process);
    const end = () => {
      this.#ended = true;
      running.delete(this.#process);
    };
    this.#process.on('exit', end).on('error', end);
  }

  /** Starts a process and waits until it is up; what does not come up is ended. @throws CommandError HR-DEV-002 */
  static async start(options: ChildOptions, up: () => Promise<boolean> | boolean, withinMs: number): Promise<Child> {
    const child = new Child(options);
    try {
      await child.until(up, withinMs);
      return child;
    } catch (error) {
      await child.stop('SIGKILL');
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }
  get ended(): boolean {
    return this.#ended;
  }

  /** Waits for a condition. @throws CommandError HR-DEV-002 with the last lines of the log when the process ends before. */
  async until(ready: () => Promise<boolean> | boolean, withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!(await ready())) {
      if (this.#ended || Date.now() > deadline) {
        throw new CommandError(
          'HR-DEV-002',
          this.name,
          `${this.#ended ? 'ended while it started' : `is not up after ${withinMs / 1000} s`}; the end of ${this.log}:\n${tail(this.log)}`,
          { exitCode: 1 },
        );
      }
      await sleep(POLL_MS);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends the process, by force if it must be. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#ended) return;
    this.#process.kill(signal);
    const deadline = Date.now() + TERM_MS;
    while (!this.#ended) {
      if (Date.now() > deadline) this.#process.kill('SIGKILL');
      await sleep(POLL_MS);
    }
  }
}

export const tail = (file: string, lines = 15): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Whether something listens on a port of this machine. */
export function listens(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
