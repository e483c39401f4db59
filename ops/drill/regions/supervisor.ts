import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Kubectl } from '../../install/kubectl.ts';

/** How the worker's image starts this command (runtime/images/worker/Dockerfile). */
export const IMAGE_COMMAND = ['/opt/node/bin/node', '/opt/headrace/build/ops/main.js'] as const;

const TRIES = 3;
const PAUSE_MS = 2_000;

/** The region's supervisor, in whose pod commands have the region's flags and identity. */
export class Supervisor {
  readonly #kubectl: Kubectl;
  readonly #deployment: string;

  /** @param release of the agents' chart. */
  constructor(kubectl: Kubectl, release: string) {
    this.#kubectl = kubectl;
    this.#deployment = `deployment/${release}-job`;
  }

  /**
   * Runs a `headrace` command there and gives back its document. Commands that go on where they were cut off are asked again
   * where the connection was what failed.
   * @throws CommandError HR-DRILL-012 with what it said.
   */
  async ask<T extends object>(args: readonly string[], signal?: AbortSignal): Promise<T> {
    const command = ['exec', this.#deployment, '--request-timeout=0', '--', ...IMAGE_COMMAND, ...args, '--json'];
    for (let attempt = 1; ; attempt++) {
      const { code, stdout, stderr } = await this.#kubectl.run(command, signal ? { signal } : {});
      signal?.throwIfAborted();
      const document = json<T & { failures?: unknown }>(stdout);
      const answered = code === EXIT.ok || code === EXIT.objectiveMissed;
      if (answered && document) return document;
      // An answer of the command itself is its last word.
      if (document?.failures !== undefined || attempt >= TRIES)
        throw new CommandError(
          'HR-DRILL-012',
          `headrace ${args.join(' ')}`,
          tail(stdout + stderr) || `exit code ${code}`,
          {
            exitCode: 1,
            mend: `the same command by hand: kubectl exec ${this.#deployment} -- ${[...IMAGE_COMMAND, ...args].join(' ')}`,
          },
        );
      await sleep(PAUSE_MS, undefined, signal ? { signal } : {});
    }
  }
}

function json<T>(text: string): T | undefined {
  try {
    return JSON.parse(text.slice(text.indexOf('{'))) as T;
  } catch {
    return undefined;
  }
}

const tail = (text: string) => text.trim().split('\n').slice(-12).join('\n');
