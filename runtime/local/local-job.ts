import { HeadraceError, isRetryable } from '../api/errors.ts';
import {
  type JournalEntry,
  type PreparedAgent,
  type RunHost,
  type RunRequest,
  type RunResult,
  runInput,
  shorten,
} from '../engine/index.ts';
import { StateError } from '../state/errors.ts';
import { commitLocally, type Ownership, soleOwner } from '../state/ownership.ts';
import { Checkpointer } from './checkpointer.ts';
import { Committer } from './committer.ts';
import { JournalFile, readJournal } from './journal-file.ts';
import { KeyedState } from './keyed-state.ts';
import { PartFiles } from './part-files.ts';
import {
  DEFAULT_CHECKPOINT,
  DEFAULT_IN_FLIGHT,
  DEFAULT_RETRY,
  type LocalEvent,
  type LocalJobOptions,
  type LocalProgress,
  type LocalResult,
} from './settings.ts';
import type { PendingInput } from './snapshot.ts';
import { type Position, START } from './source.ts';

const PROGRESS_MS = 100;
/** Segments that wait for their commit before reading pauses: outputs are held in memory until then. */
const MAX_UNCOMMITTED = 64;
const NO_ENTRIES: ReadonlyMap<number, JournalEntry> = new Map();

/** An input that was taken and is not finished. It is the request of its own run. */
interface Taken extends RunRequest {
  readonly record: number;
  /** As the source gave it: what a checkpoint keeps. */
  readonly raw: unknown;
  tries: number;
  memory: RunRequest['memory'];
  journal: ReadonlyMap<number, JournalEntry>;
}

/** One start of a job. */
export class LocalJob {
  readonly #prepared: PreparedAgent;
  readonly #options: LocalJobOptions;
  readonly #ownership: Ownership;
  readonly #now: () => number;
  readonly #state = new KeyedState();
  readonly #committer: Committer;
  readonly #runs = new AbortController();
  readonly #host: RunHost;
  readonly #pending = new Map<number, Taken>();
  /** Inputs of a key behind the one that runs; an empty list where only one does. */
  readonly #queues = new Map<string, Taken[]>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #journal: JournalFile | undefined;
  #replay = new Map<number, Map<number, JournalEntry>>();
  #position: Position = START;
  #outputs: string[] = [];
  #deadLetters: string[] = [];
  #counts = {
    read: 0,
    finished: 0,
    outputs: 0,
    deadLetters: 0,
    committed: 0,
    checkpoints: 0,
    modelCalls: 0,
    retries: 0,
  };
  #sourceEnded = false;
  #closed = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(prepared: PreparedAgent, options: LocalJobOptions) {
    this.#prepared = prepared;
    this.#options = options;
    this.#ownership = options.ownership ?? soleOwner();
    this.#now = options.now ?? Date.now;
    this.#committer = new Committer({
      parts: new PartFiles(options.sink),
      gate: options.gate ?? commitLocally,
      ownership: this.#ownership,
      onCommitted: (segment) => {
        this.#counts.committed += segment.count;
        this.#event({ type: 'committed', checkpoint: segment.checkpoint, outputs: segment.count });
        this.#report();
        this.#wakeUp();
      },
      onFailure: (error) => this.#fail(error),
    });
    this.#host = {
      job: options.job,
      config: options.config ?? {},
      now: this.#now,
      model: (name) => {
        const model = options.models?.[name];
        if (!model)
          throw new HeadraceError('HR-RESOURCE-001', `resources.${name}`, 'no chat model is bound to this name');
        return model;
      },
      record: (request, entry) => this.#record(request as Taken, entry),
      modelCalled: () => {
        this.#counts.modelCalls += 1;
      },
    };
  }

  async run(): Promise<LocalResult> {
    const started = performance.now();
    const checkpointer = new Checkpointer(
      this.#prepared.plan,
      this.#options,
      this.#state,
      this.#ownership.epoch,
      this.#now,
    );
    const restored = await checkpointer.restore();
    const finishedBefore = restored?.finished ?? false;
    if (restored) {
      this.#position = restored.position;
      Object.assign(this.#counts, restored.records);
      for (const segment of restored.segments) this.#committer.add(segment);
      this.#counts.committed =
        this.#counts.outputs - restored.segments.reduce((sum, segment) => sum + segment.count, 0);
      this.#committer.checkpointCompleted(restored.checkpoint);
    }
    if (!finishedBefore) {
      if (!restored) await this.#options.source.check?.();
      this.#replay = await readJournal(this.#options.journal, restored?.journal ?? 0);
      this.#journal = new JournalFile(this.#options.journal, checkpointer.last);
    }
    const stop = this.#options.signal;
    const onStop = () => this.#wakeUp();
    const onLost = () => this.#fail(this.#ownership.signal.reason);
    stop?.addEventListener('abort', onStop);
    this.#ownership.signal.addEventListener('abort', onLost);
    if (this.#ownership.signal.aborted) onLost();
    const progress = setInterval(() => this.#report(), PROGRESS_MS);
    try {
      if (restored)
        this.#event({
          type: 'restored',
          checkpoint: restored.checkpoint,
          finished: this.#counts.finished,
          pending: restored.pending.length,
        });
      if (!finishedBefore) await this.#work(checkpointer, restored?.pending ?? []);
      await this.#committer.settled();
      this.#throwFailure();
      this.#report();
      return {
        ...this.#progress(),
        state: finishedBefore || checkpointer.finished ? 'finished' : 'stopped',
        restoredFrom: restored?.checkpoint,
        durationMs: performance.now() - started,
      };
    } finally {
      this.#closed = true;
      clearInterval(progress);
      for (const timer of this.#timers) clearTimeout(timer);
      stop?.removeEventListener('abort', onStop);
      this.#ownership.signal.removeEventListener('abort', onLost);
      this.#committer.stop();
      this.#runs.abort();
      await this.#journal?.close();
    }
  }

  /** Reads to the end of the source or to the stop, with a checkpoint every interval and one at the end. */
  async #work(checkpointer: Checkpointer, pending: readonly PendingInput[]): Promise<void> {
    const { interval, retain } = this.#options.checkpoint ?? DEFAULT_CHECKPOINT;
    const reading = new AbortController();
    const checkpoint = async (finished: boolean) => {
      const done = await checkpointer.checkpoint({
        position: this.#position,
        pending: [...this.#pending.values()].map(({ record, raw, tries, journal }) => ({
          record,
          value: raw,
          tries,
          journal: [...journal.values()],
        })),
        outputs: this.#outputs.join(''),
        deadLetters: this.#deadLetters.join(''),
        count: this.#outputs.length,
        records: {
          read: this.#counts.read,
          finished: this.#counts.finished,
          outputs: this.#counts.outputs,
          deadLetters: this.#counts.deadLetters,
        },
        finished,
        committer: this.#committer,
        taken: () => {
          this.#outputs = [];
          this.#deadLetters = [];
          this.#journal?.rotate(checkpointer.last);
        },
      });
      this.#counts.checkpoints += 1;
      this.#event({ type: 'checkpoint', ...done });
      this.#report();
      this.#committer.checkpointCompleted(done.checkpoint);
      await checkpointer.retain(retain);
      await this.#journal?.discardBefore(await checkpointer.oldestJournal());
    };
    let ticking = Promise.resolve();
    const tick = setInterval(() => {
      if (checkpointer.busy || this.#closed || this.#failure !== undefined) return;
      ticking = checkpoint(false).catch((error: unknown) => this.#fail(error));
    }, interval);
    try {
      for (const input of pending)
        await this.#admit(
          input.record,
          input.value,
          input.tries,
          new Map(input.journal.map((entry) => [entry.index, entry])),
        );
      await this.#read(reading.signal);
      if (!this.#stopping()) await this.#until(() => this.#pending.size === 0);
      clearInterval(tick);
      await ticking;
      this.#throwFailure();
      await checkpoint(this.#sourceEnded && this.#pending.size === 0);
    } finally {
      reading.abort();
      clearInterval(tick);
      await ticking;
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { source, rate } = this.#options;
    const begun = performance.now();
    let paced = 0;
    for await (const batch of source.open(this.#position, signal)) {
      for (const { record, offset, value } of batch) {
        if (this.#mustWait()) await this.#until(() => !this.#mustWait());
        if (rate !== undefined) {
          const due = begun + (paced++ / rate) * 1000;
          if (due > performance.now() + 1) await this.#sleep(due - performance.now());
        }
        if (this.#stopping()) return;
        this.#throwFailure();
        this.#counts.read += 1;
        this.#position = { record, offset };
        this.#take(record, value, 0, undefined);
      }
    }
    this.#sourceEnded = true;
  }

  async #admit(record: number, value: unknown, tries: number, journal: Map<number, JournalEntry>): Promise<void> {
    if (this.#mustWait()) await this.#until(() => !this.#mustWait());
    this.#throwFailure();
    if (!this.#stopping()) this.#take(record, value, tries, journal);
    else
      this.#pending.set(record, this.#taken(record, value, { key: '', inputId: '', value: undefined }, tries, journal));
  }

  #mustWait(): boolean {
    if (this.#stopping() || this.#failure !== undefined) return false;
    return (
      this.#pending.size >= (this.#options.inFlight ?? DEFAULT_IN_FLIGHT) ||
      this.#committer.uncommitted.length >= MAX_UNCOMMITTED
    );
  }

  #taken(
    record: number,
    raw: unknown,
    accepted: { key: string; inputId: string; value: unknown },
    tries: number,
    journal: ReadonlyMap<number, JournalEntry> | undefined,
  ): Taken {
    const recorded = this.#replay.get(record);
    if (recorded) this.#replay.delete(record);
    const known = recorded && journal?.size ? new Map([...journal, ...recorded]) : (recorded ?? journal ?? NO_ENTRIES);
    return { ...accepted, record, raw, tries, journal: known, memory: undefined, signal: this.#runs.signal };
  }

  /** Accepts a record and starts its run, or queues it behind the run of its key. */
  #take(record: number, raw: unknown, tries: number, journal: ReadonlyMap<number, JournalEntry> | undefined): void {
    let taken: Taken;
    try {
      taken = this.#taken(
        record,
        raw,
        this.#prepared.accept(raw, `${this.#options.source.name}:${record}`),
        tries,
        journal,
      );
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
    taken.tries += 1;
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
    if (this.#closed || this.#failure !== undefined) return;
    for (const { id, value } of result.outputs)
      this.#outputs.push(`${JSON.stringify({ id, key: taken.key, input: taken.inputId, value })}\n`);
    if (result.memory) this.#state.set(taken.key, result.memory);
    this.#counts.finished += 1;
    this.#counts.outputs += result.outputs.length;
    this.#release(taken);
  }

  #failed(taken: Taken, error: unknown): void {
    if (this.#closed || this.#failure !== undefined || this.#runs.signal.aborted) return;
    const retry = this.#options.retry ?? DEFAULT_RETRY;
    if (error instanceof StateError) {
      this.#fail(error);
    } else if (isRetryable(error) && taken.tries < retry.attempts) {
      this.#counts.retries += 1;
      const wait = Math.min(retry.initialBackoff * 2 ** (taken.tries - 1), retry.maxBackoff);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#start(taken);
      }, wait);
      this.#timers.add(timer);
    } else if (retry.onFailure === 'fail') {
      this.#fail(
        new HeadraceError(
          'HR-RUNTIME-007',
          `key ${taken.key}, input ${taken.inputId}`,
          `failed for good after ${taken.tries} tries: ${messageOf(error)}`,
          {
            cause: error,
            mend: 'mend the cause and start again, or set agent.retry.onFailure: dead-letter',
          },
        ),
      );
    } else {
      this.#giveUp(taken, error);
      this.#release(taken);
    }
  }

  #giveUp(input: { record: number; raw: unknown; key: string; inputId: string; tries: number }, error: unknown): void {
    const code = (error as { code?: unknown } | undefined)?.code;
    const letter = {
      record: input.record,
      key: input.key,
      input: input.inputId,
      tries: input.tries,
      error: { code: typeof code === 'string' ? code : 'HR-RUNTIME-000', message: messageOf(error) },
      value: input.raw,
    };
    this.#deadLetters.push(`${JSON.stringify(letter)}\n`);
    this.#counts.deadLetters += 1;
    this.#counts.finished += 1;
  }

  #release(taken: Taken): void {
    this.#pending.delete(taken.record);
    const next = this.#queues.get(taken.key)?.shift();
    // Not at once: a long queue of runs that wait for nothing would be a deep recursion.
    if (next) queueMicrotask(() => this.#start(next));
    else this.#queues.delete(taken.key);
    this.#wakeUp();
  }

  async #record(taken: Taken, entry: JournalEntry): Promise<void> {
    const journal = this.#journal;
    if (this.#closed || !journal)
      throw new HeadraceError('HR-RUNTIME-009', `job ${this.#options.job}`, 'the job has ended', { retryable: true });
    if (taken.journal === NO_ENTRIES) taken.journal = new Map();
    (taken.journal as Map<number, JournalEntry>).set(entry.index, entry);
    await journal.append(taken.record, entry);
  }

  #stopping = () => this.#options.signal?.aborted === true;

  #fail(error: unknown): void {
    this.#failure ??= error ?? new Error('the job failed without a reason');
    this.#committer.stop();
    this.#wakeUp();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves once a condition holds, the job is to stop, or it has failed. */
  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#stopping() && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Waits, but no longer than until the job is to stop. */
  async #sleep(ms: number): Promise<void> {
    let awake = false;
    const timer = setTimeout(() => {
      awake = true;
      this.#wakeUp();
    }, ms);
    await this.#until(() => awake);
    clearTimeout(timer);
  }

  #event(event: LocalEvent): void {
    this.#options.onEvent?.(event);
  }

  #progress = (): LocalProgress => ({ ...this.#counts, inFlight: this.#pending.size });

  #report(): void {
    this.#options.onProgress?.(this.#progress());
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : shorten(error));
