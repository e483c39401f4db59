import { HeadraceError, isRetryable } from '../api/errors.ts';
import {
  type JournalEntry,
  type PreparedAgent,
  type RunHost,
  type RunRequest,
  type RunResult,
  runInput,
} from '../engine/index.ts';
import { StateError } from '../state/errors.ts';
import type { JournalFile } from './journal-file.ts';
import type { KeyedState } from './keyed-state.ts';
import { deadLetterLine, messageOf, outputLines } from './lines.ts';
import type { Visible } from './part-files.ts';
import { DEFAULT_RETRY, type LocalJobOptions } from './settings.ts';
import type { PendingInput } from './snapshot.ts';

const NO_ENTRIES: ReadonlyMap<number, JournalEntry> = new Map();

/** An input that was taken and is not finished. It is the request of its own run. */
interface Taken extends RunRequest {
  readonly record: number;
  /** As the source gave it: what a checkpoint keeps. */
  readonly raw: unknown;
  /** Tries that failed. A try that a stop or a kill cut short is none. */
  tries: number;
  memory: RunRequest['memory'];
  journal: ReadonlyMap<number, JournalEntry>;
}

/** Counts since the job's first start, but for `modelCalls` and `retries`: since this start. */
export interface RunCounts {
  finished: number;
  outputs: number;
  deadLetters: number;
  /** Outputs that are visible in the sink. */
  committed: number;
  modelCalls: number;
  retries: number;
}

/** Lines that runs have put out since they were last collected. */
export interface Collected {
  readonly outputs: readonly string[];
  readonly deadLetters: readonly string[];
}

export interface RunsOptions {
  readonly prepared: PreparedAgent;
  readonly job: LocalJobOptions;
  readonly state: KeyedState;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The job cannot go on. */
  readonly onFailure: (error: unknown) => void;
  /** An input is finished: there is a place in flight. */
  readonly onFinished: () => void;
}

/** Runs inputs: one of a key at a time, in the order in which they were taken, any number of keys at once. */
export class Runs {
  readonly counts: RunCounts = { finished: 0, outputs: 0, deadLetters: 0, committed: 0, modelCalls: 0, retries: 0 };
  /** Where finished calls are recorded; set before the first input is taken. */
  journal: JournalFile | undefined;
  /** What a checkpoint that cannot be read any more has made visible already. */
  visible: Visible | undefined;
  readonly #prepared: PreparedAgent;
  readonly #job: LocalJobOptions;
  readonly #state: KeyedState;
  readonly #host: RunHost;
  readonly #onFailure: (error: unknown) => void;
  readonly #onFinished: () => void;
  readonly #abort = new AbortController();
  readonly #pending = new Map<number, Taken>();
  /** Inputs of a key behind the one that runs; an empty list where only one does. */
  readonly #queues = new Map<string, Taken[]>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #outputs: string[] = [];
  #deadLetters: string[] = [];
  #closed = false;

  constructor({ prepared, job, state, now, onFailure, onFinished }: RunsOptions) {
    this.#prepared = prepared;
    this.#job = job;
    this.#state = state;
    this.#onFailure = onFailure;
    this.#onFinished = onFinished;
    this.#host = {
      job: job.job,
      config: job.config ?? {},
      now,
      model: (name) => {
        const model = job.models?.[name];
        if (!model)
          throw new HeadraceError('HR-RESOURCE-001', `resources.${name}`, 'no chat model is bound to this name');
        return model;
      },
      record: (request, entry) => this.#record(request as Taken, entry),
      modelCalled: () => {
        this.counts.modelCalls += 1;
      },
    };
  }

  /** Inputs that were taken and are not finished. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** The same, with their journal, in the order in which they were taken. */
  unfinished(): PendingInput[] {
    return [...this.#pending.values()].map(({ record, raw, tries, journal }) => ({
      record,
      value: raw,
      tries,
      journal: [...journal.values()],
    }));
  }

  /** Lines since the last call of `collected`. */
  get lines(): Collected {
    return { outputs: this.#outputs, deadLetters: this.#deadLetters };
  }

  /** Forgets the lines: a checkpoint holds them. */
  collected(): void {
    this.#outputs = [];
    this.#deadLetters = [];
  }

  /** Applies nothing more: what is unfinished stays so. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#abort.abort();
  }

  /** Accepts a record and starts its run, or queues it behind the run of its key. */
  take({ record, value: raw, tries, journal }: PendingInput, recorded: Iterable<JournalEntry> = []): void {
    const entries = [...journal, ...recorded];
    let taken: Taken;
    try {
      taken = {
        ...this.#prepared.accept(raw, `${this.#job.source.name}:${record}`),
        record,
        raw,
        tries,
        journal: entries.length ? new Map(entries.map((entry) => [entry.index, entry])) : NO_ENTRIES,
        memory: undefined,
        signal: this.#abort.signal,
      };
    } catch (error) {
      this.#giveUp({ record, raw, key: '', inputId: String(record), tries: 1 }, error);
      return;
    }
    this.#pending.set(record, taken);
    const queue = this.#queues.get(taken.key);
    if (queue) {
      queue.push(taken);
    } else {
      this.#queues.set(taken.key, []);
      this.#start(taken);
    }
  }

  #start(taken: Taken): void {
    if (this.#closed) return;
    taken.memory = this.#state.get(taken.key);
    let result: RunResult | Promise<RunResult>;
    try {
      result = runInput(this.#prepared, this.#host, taken);
    } catch (error) {
      this.#failed(taken, error);
      return;
    }
    if (result instanceof Promise) {
      result.then(
        (value) => this.#finished(taken, value),
        (error: unknown) => this.#failed(taken, error),
      );
    } else {
      this.#finished(taken, result);
    }
  }

  /** Applies all that a run did, in one turn of the event loop. */
  #finished(taken: Taken, result: RunResult): void {
    if (this.#closed) return;
    let lines: string[];
    try {
      lines = outputLines(taken, result.outputs, this.visible?.outputs);
    } catch (error) {
      this.#failed(taken, error);
      return;
    }
    for (const line of lines) this.#outputs.push(line);
    if (result.memory) this.#state.set(taken.key, result.memory);
    this.counts.finished += 1;
    this.counts.outputs += result.outputs.length;
    this.counts.committed += result.outputs.length - lines.length;
    this.#release(taken);
  }

  #failed(taken: Taken, error: unknown): void {
    if (this.#closed) return;
    const retry = this.#job.retry ?? DEFAULT_RETRY;
    taken.tries += 1;
    if (error instanceof StateError) {
      this.#fail(error);
    } else if (isRetryable(error) && taken.tries < retry.attempts) {
      this.counts.retries += 1;
      const wait = Math.min(retry.initialBackoff * 2 ** (taken.tries - 1), retry.maxBackoff);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#start(taken);
      }, wait);
      this.#timers.add(timer);
    } else {
      this.#giveUp(taken, error);
      if (!this.#closed) this.#release(taken);
    }
  }

  /** No further try can help: a dead letter, or the end of the job where it is set so. */
  #giveUp(input: { record: number; raw: unknown; key: string; inputId: string; tries: number }, error: unknown): void {
    if ((this.#job.retry ?? DEFAULT_RETRY).onFailure === 'fail') {
      this.#fail(
        new HeadraceError(
          'HR-RUNTIME-007',
          input.key === '' ? `record ${input.record}` : `key ${input.key}, input ${input.inputId}`,
          `failed for good after ${input.tries} tries: ${messageOf(error)}`,
          {
            cause: error,
            mend: 'mend the cause and start again, or set agent.retry.onFailure: dead-letter',
          },
        ),
      );
      return;
    }
    if (!this.visible?.deadLetters.has(input.record)) this.#deadLetters.push(deadLetterLine(input, error));
    this.counts.deadLetters += 1;
    this.counts.finished += 1;
  }

  #release(taken: Taken): void {
    this.#pending.delete(taken.record);
    const next = this.#queues.get(taken.key)?.shift();
    // Not at once: a long queue of runs that wait for nothing would be a deep recursion.
    if (next) queueMicrotask(() => this.#start(next));
    else this.#queues.delete(taken.key);
    this.#onFinished();
  }

  async #record(taken: Taken, entry: JournalEntry): Promise<void> {
    const journal = this.journal;
    if (this.#closed || !journal)
      throw new HeadraceError('HR-RUNTIME-009', `job ${this.#job.job}`, 'the job has ended', { retryable: true });
    if (taken.journal === NO_ENTRIES) taken.journal = new Map();
    (taken.journal as Map<number, JournalEntry>).set(entry.index, entry);
    try {
      await journal.append(taken.record, entry);
    } catch (cause) {
      // Without its journal the job cannot promise that calls are made once: an action must not swallow that.
      const error = new StateError('HR-STATE-001', this.#job.journal, messageOf(cause), {
        cause,
        mend: 'make room in the directory of the journal, or make it writable, and start again',
      });
      this.#fail(error);
      throw error;
    }
  }

  /** The job ends: nothing that finishes from now on counts. */
  #fail(error: unknown): void {
    this.#closed = true;
    this.#onFailure(error);
  }
}
