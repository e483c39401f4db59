import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandError } from '../errors.ts';
import type { SubmitResult } from './submit.ts';

/** What a supervisor knows of the job. */
export interface Supervision {
  /** Whether this version ran at the last look. */
  readonly running: boolean;
  /** Why not; undefined while it runs. */
  readonly reason: string | undefined;
  /** End of the last look, milliseconds since 1970; undefined before the first. */
  readonly lookedAt: number | undefined;
  readonly looks: number;
  readonly failures: number;
  readonly changes: number;
}

export interface SuperviseOptions {
  /** One look: sees to it that the version runs. */
  readonly look: () => Promise<SubmitResult>;
  /** Milliseconds between two looks. */
  readonly every: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Looks over and over. A failed look changes what `state` says, and the next one comes anyway. */
export class Supervisor {
  readonly #options: SuperviseOptions;
  #state: Supervision = {
    running: false,
    reason: 'the first look is under way',
    lookedAt: undefined,
    looks: 0,
    failures: 0,
    changes: 0,
  };

  constructor(options: SuperviseOptions) {
    this.#options = options;
  }

  get state(): Supervision {
    return this.#state;
  }

  /** Until the signal aborts; what is under way then is finished by the next process. */
  async run(): Promise<void> {
    const { signal, every, look, say } = this.#options;
    let said: string | undefined;
    while (!signal.aborted) {
      const before = this.#state;
      try {
        const { outcome, jobId } = await look();
        const changed = outcome === 'started' || outcome === 'upgraded';
        this.#state = { ...before, running: true, reason: undefined, changes: before.changes + Number(changed) };
        const line = `job ${jobId} ${outcome === 'unchanged' ? 'runs' : outcome}`;
        if (changed || said !== line) say(line);
        said = line;
      } catch (error) {
        if (signal.aborted) return;
        const reason = reasonOf(error);
        this.#state = { ...before, running: false, reason, failures: before.failures + 1 };
        // The same trouble once, not every few seconds.
        if (said !== reason) say(reason);
        said = reason;
      }
      this.#state = { ...this.#state, lookedAt: Date.now(), looks: this.#state.looks + 1 };
      await sleep(every, undefined, { signal }).catch(() => {});
    }
  }
}

function reasonOf(error: unknown): string {
  const { code, place, message, mend } = error as Partial<CommandError>;
  return [code && place ? `${place} ${code}` : code, message ?? String(error), mend && `(${mend})`]
    .filter(Boolean)
    .join(' ');
}
