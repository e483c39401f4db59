import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandError } from '../errors.ts';
import type { SubmitResult } from './submit.ts';

/** What a supervisor knows of the job. */
export interface Supervision {
  /** Whether this version ran at the last look. */
  readonly running: boolean;
  /** Why not; undefined while it runs, and while another region has it. */
  readonly reason: string | undefined;
  /** Why this region leaves the job to another one. */
  readonly standingBy: string | undefined;
  /** End of the last look, milliseconds since 1970; undefined before the first. */
  readonly lookedAt: number | undefined;
  readonly looks: number;
  readonly failures: number;
  readonly changes: number;
}

/** Nothing to run here, which is as it should be. */
export interface StandsBy {
  readonly outcome: 'stands-by';
  readonly why: string;
}

export interface SuperviseOptions {
  /** One look: sees to it that the version runs, where this region has the job. */
  readonly look: () => Promise<SubmitResult | StandsBy>;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** The same while the job is not running here. Default: `every`. */
  readonly standbyEvery?: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Looks over and over. A failed look changes what `state` says, and the next one comes anyway. */
export class Supervisor {
  readonly #options: SuperviseOptions;
  #nudge = new AbortController();
  #state: Supervision = {
    running: false,
    reason: 'the first look is under way',
    standingBy: undefined,
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

  /** Lets the next look begin at once. */
  nudge(): void {
    this.#nudge.abort();
  }

  /** Until the signal aborts; what is under way then is finished by the next process. */
  async run(): Promise<void> {
    const { signal, every, standbyEvery = every, look, say } = this.#options;
    let said: string | undefined;
    while (!signal.aborted) {
      const before = this.#state;
      this.#nudge = new AbortController();
      try {
        const result = await look();
        const changed = result.outcome === 'started' || result.outcome === 'upgraded';
        const line = describe(result);
        this.#state = {
          ...before,
          running: result.outcome !== 'stands-by',
          reason: undefined,
          standingBy: result.outcome === 'stands-by' ? result.why : undefined,
          changes: before.changes + Number(changed),
        };
        if (changed || said !== line) say(line);
        said = line;
      } catch (error) {
        if (signal.aborted) return;
        const reason = reasonOf(error);
        this.#state = { ...before, running: false, reason, standingBy: undefined, failures: before.failures + 1 };
        // The same trouble once, not every few seconds.
        if (said !== reason) say(reason);
        said = reason;
      }
      this.#state = { ...this.#state, lookedAt: Date.now(), looks: this.#state.looks + 1 };
      const pause = this.#state.running ? every : Math.min(every, standbyEvery);
      await sleep(pause, undefined, { signal: AbortSignal.any([signal, this.#nudge.signal]) }).catch(() => {});
    }
  }
}

function describe(result: SubmitResult | StandsBy): string {
  if (result.outcome === 'stands-by') return `stands by: ${result.why}`;
  return `job ${result.jobId} ${result.outcome === 'unchanged' ? 'runs' : result.outcome}`;
}

function reasonOf(error: unknown): string {
  const { code, place, message, mend } = error as Partial<CommandError>;
  return [code && place ? `${place} ${code}` : code, message ?? String(error), mend && `(${mend})`]
    .filter(Boolean)
    .join(' ');
}
