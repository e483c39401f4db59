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
import { commitLocally, type Ownership, soleOwner } from '../state/ownership.ts';
import { Checkpointer } from './checkpointer.ts';
import { Committer } from './committer.ts';
import { JournalFile } from './journal-file.ts';
import { KeyedState } from './keyed-state.ts';
import { deadLetterLine, messageOf, outputLines } from './lines.ts';
import { PartFiles } from './part-files.ts';
import { Replay } from './replay.ts';
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
import { WakeUp } from './wake-up.ts';

const PROGRESS_MS = 100;
/** Segments that wait for their commit before reading pauses: outputs are held in memory until then. */
const MAX_UNCOMMITTED = 64;
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

/** One start of a job. */
export class LocalJob {
  readonly #prepared: PreparedAgent;
  readonly #options: LocalJobOptions;
  readonly #ownership: Ownership;
  readonly #now: () => number;
  readonly #state = new KeyedState();
  readonly #parts: PartFiles;
  readonly #committer: Committer;
  readonly #runs = new AbortController();
  readonly #host: RunHost;
  readonly #pending = new Map<number, Taken>();
  /** Inputs of a key behind the one that runs; an empty list where only one does. */
  readonly #queues = new Map<string, Taken[]>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #journal: JournalFile | undefined;
  #replay = new Replay();
  /** Unfinished inputs of the restored checkpoint that wait for a place in flight. */
  #restored: PendingInput[] = [];
  /** What a checkpoint that cannot be read any more has made visible already. */
  #visible: { readonly outputs: ReadonlySet<string>; readonly deadLetters: ReadonlySet<number> } | undefined;
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
  readonly #waiting = new WakeUp(() => this.#stopping() || this.#failure !== undefined);

  constructor(prepared: PreparedAgent, options: LocalJobOptions) {
    this.#prepared = prepared;
    this.#options = options;
    this.#ownership = options.ownership ?? soleOwner();
    this.#now = options.now ?? Date.now;
    const parts = new PartFiles(options.sink);
    this.#parts = parts;
    this.#committer = new Committer({
      parts,
      gate: options.gate ?? commitLocally,
      ownership: this.#ownership,
      onCommitted: (segment) => {
        this.#counts.committed += segment.count;
        this.#event({ type: 'committed', checkpoint: segment.checkpoint, outputs: segment.count });
        this.#report();
        this.#waiting.signal();
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
      if (checkpointer.last > restored.checkpoint)
        this.#visible = await this.#parts.committed(restored.checkpoint, checkpointer.last);
      this.#committer.checkpointCompleted(restored.checkpoint);
    }
    if (!finishedBefore) {
      if (!restored) await this.#options.source.check?.();
      this.#restored = [...(restored?.pending ?? [])];
      this.#replay = await Replay.read(this.#options.journal, {
        journal: restored?.journal ?? 0,
        pending: this.#restored,
        record: this.#position.record,
      });
      this.#journal = new JournalFile(this.#options.journal, checkpointer.last);
    }
    const stop = this.#options.signal;
    const onStop = () => {
      this.#committer.finish();
      this.#waiting.signal();
    };
    const onLost = () => this.#fail(this.#ownership.signal.reason);
    stop?.addEventListener('abort', onStop);
    this.#ownership.signal.addEventListener('abort', onLost);
    if (this.#ownership.signal.aborted) onLost();
    if (stop?.aborted) onStop();
    const progress = setInterval(() => this.#report(), PROGRESS_MS);
    try {
      if (restored)
        this.#event({
          type: 'restored',
          checkpoint: restored.checkpoint,
          finished: this.#counts.finished,
          pending: restored.pending.length,
        });
      if (!finishedBefore) await this.#work(checkpointer);
      await this.#committer.settled();
      this.#throwFailure();
      this.#report();
      return {
        ...this.#progress(),
        state: checkpointer.finished && this.#committer.uncommitted.length === 0 ? 'finished' : 'stopped',
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
  async #work(checkpointer: Checkpointer): Promise<void> {
    const { interval, retain } = this.#options.checkpoint ?? DEFAULT_CHECKPOINT;
    const reading = new AbortController();
    const checkpoint = async (finished: boolean) => {
      const done = await checkpointer.checkpoint({
        position: this.#position,
        pending: this.#unfinished(),
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
        journal: (generation) => this.#replay.needed(generation),
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
      await this.#journal?.discardBefore(await checkpointer.retain(retain));
    };
    let ticking: Promise<void> | undefined;
    const tick = setInterval(() => {
      if (ticking || this.#closed || this.#failure !== undefined) return;
      ticking = checkpoint(false)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          ticking = undefined;
        });
    }, interval);
    try {
      await this.#admitRestored();
      await this.#read(reading.signal);
      await this.#waiting.until(() => this.#pending.size === 0);
      clearInterval(tick);
      await ticking;
      this.#throwFailure();
      await checkpoint(this.#sourceEnded && this.#unfinished().length === 0);
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
        if (this.#mustWait()) await this.#waiting.until(() => !this.#mustWait());
        if (rate !== undefined) {
          const due = begun + (paced++ / rate) * 1000;
          if (due > performance.now() + 1) await this.#waiting.sleep(due - performance.now());
        }
        if (this.#stopping()) return;
        this.#throwFailure();
        this.#counts.read += 1;
        this.#position = { record, offset };
        this.#take({ record, value, tries: 0, journal: [] });
      }
    }
    this.#sourceEnded = true;
  }

  /** Takes what the last start left unfinished. Until it is taken it stays in every checkpoint. */
  async #admitRestored(): Promise<void> {
    for (let input = this.#restored[0]; input; input = this.#restored[0]) {
      if (this.#mustWait()) await this.#waiting.until(() => !this.#mustWait());
      this.#throwFailure();
      if (this.#stopping()) return;
      this.#restored.shift();
      this.#take(input);
    }
  }

  /** Inputs that were taken and are not finished, with their journal, in the order of the source. */
  #unfinished(): PendingInput[] {
    const inFlight = [...this.#pending.values()].map(({ record, raw, tries, journal }) => ({
      record,
      value: raw,
      tries,
      journal: [...journal.values()],
    }));
    return [...inFlight, ...this.#restored];
  }

  #mustWait(): boolean {
    if (this.#stopping() || this.#failure !== undefined) return false;
    return (
      this.#pending.size >= (this.#options.inFlight ?? DEFAULT_IN_FLIGHT) ||
      this.#committer.uncommitted.length >= MAX_UNCOMMITTED
    );
  }

  /** Accepts a record and starts its run, or queues it behind the run of its key. */
  #take({ record, value: raw, tries, journal }: PendingInput): void {
    const recorded = [...journal, ...(this.#replay.take(record)?.values() ?? [])];
    let taken: Taken;
    try {
      taken = {
        ...this.#prepared.accept(raw, `${this.#options.source.name}:${record}`),
        record,
        raw,
        tries,
        journal: recorded.length ? new Map(recorded.map((entry) => [entry.index, entry])) : NO_ENTRIES,
        memory: undefined,
        signal: this.#runs.signal,
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
    if (this.#closed || this.#failure !== undefined) return;
    let lines: string[];
    try {
      lines = outputLines(taken, result.outputs, this.#visible?.outputs);
    } catch (error) {
      this.#failed(taken, error);
      return;
    }
    for (const line of lines) this.#outputs.push(line);
    if (result.memory) this.#state.set(taken.key, result.memory);
    this.#counts.finished += 1;
    this.#counts.outputs += result.outputs.length;
    this.#counts.committed += result.outputs.length - lines.length;
    this.#release(taken);
  }

  #failed(taken: Taken, error: unknown): void {
    if (this.#closed || this.#failure !== undefined) return;
    const retry = this.#options.retry ?? DEFAULT_RETRY;
    taken.tries += 1;
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
    } else {
      this.#giveUp(taken, error);
      if (this.#failure === undefined) this.#release(taken);
    }
  }

  /** No further try can help: a dead letter, or the end of the job where it is set so. */
  #giveUp(input: { record: number; raw: unknown; key: string; inputId: string; tries: number }, error: unknown): void {
    if ((this.#options.retry ?? DEFAULT_RETRY).onFailure === 'fail') {
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
    if (!this.#visible?.deadLetters.has(input.record)) this.#deadLetters.push(deadLetterLine(input, error));
    this.#counts.deadLetters += 1;
    this.#counts.finished += 1;
  }

  #release(taken: Taken): void {
    this.#pending.delete(taken.record);
    const next = this.#queues.get(taken.key)?.shift();
    // Not at once: a long queue of runs that wait for nothing would be a deep recursion.
    if (next) queueMicrotask(() => this.#start(next));
    else this.#queues.delete(taken.key);
    this.#waiting.signal();
  }

  async #record(taken: Taken, entry: JournalEntry): Promise<void> {
    const journal = this.#journal;
    if (this.#closed || !journal)
      throw new HeadraceError('HR-RUNTIME-009', `job ${this.#options.job}`, 'the job has ended', { retryable: true });
    if (taken.journal === NO_ENTRIES) taken.journal = new Map();
    (taken.journal as Map<number, JournalEntry>).set(entry.index, entry);
    try {
      await journal.append(taken.record, entry);
    } catch (cause) {
      // Without its journal the job cannot promise that calls are made once: an action must not swallow that.
      const error = new StateError('HR-STATE-001', this.#options.journal, messageOf(cause), {
        cause,
        mend: 'make room in the directory of the journal, or make it writable, and start again',
      });
      this.#fail(error);
      throw error;
    }
  }

  #stopping = () => this.#options.signal?.aborted === true;

  #fail(error: unknown): void {
    this.#failure ??= error ?? new Error('the job failed without a reason');
    this.#committer.stop();
    this.#waiting.signal();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #event(event: LocalEvent): void {
    this.#options.onEvent?.(event);
  }

  #progress = (): LocalProgress => ({ ...this.#counts, inFlight: this.#pending.size });

  #report(): void {
    this.#options.onProgress?.(this.#progress());
  }
}
