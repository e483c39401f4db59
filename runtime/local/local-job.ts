import type { PreparedAgent } from '../engine/index.ts';
import { commitLocally, type Ownership, soleOwner } from '../state/ownership.ts';
import { Checkpointer } from './checkpointer.ts';
import { Committer } from './committer.ts';
import { JournalFile } from './journal-file.ts';
import { KeyedState } from './keyed-state.ts';
import { PartFiles } from './part-files.ts';
import { Replay } from './replay.ts';
import { Runs } from './runs.ts';
import {
  DEFAULT_CHECKPOINT,
  DEFAULT_IN_FLIGHT,
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
/** One start of a job. */
export class LocalJob {
  readonly #prepared: PreparedAgent;
  readonly #options: LocalJobOptions;
  readonly #ownership: Ownership;
  readonly #now: () => number;
  readonly #state = new KeyedState();
  readonly #parts: PartFiles;
  readonly #committer: Committer;
  readonly #runs: Runs;
  #journal: JournalFile | undefined;
  #replay = new Replay();
  /** Unfinished inputs of the restored checkpoint that wait for a place in flight. */
  #restored: PendingInput[] = [];
  #position: Position = START;
  #read = 0;
  #checkpoints = 0;
  #sourceEnded = false;
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
        this.#runs.counts.committed += segment.count;
        this.#event({ type: 'committed', checkpoint: segment.checkpoint, outputs: segment.count });
        this.#report();
        this.#waiting.signal();
      },
      onFailure: (error) => this.#fail(error),
    });
    this.#runs = new Runs({
      prepared,
      job: options,
      state: this.#state,
      now: this.#now,
      onFailure: (error) => this.#fail(error),
      onFinished: () => this.#waiting.signal(),
    });
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
      const { read, ...finished } = restored.records;
      this.#read = read;
      Object.assign(this.#runs.counts, finished);
      for (const segment of restored.segments) this.#committer.add(segment);
      this.#runs.counts.committed =
        this.#runs.counts.outputs - restored.segments.reduce((sum, segment) => sum + segment.count, 0);
      const { after = restored.checkpoint, last = restored.checkpoint } = this.#options.closed ?? {};
      if (last > restored.checkpoint) await this.#parts.close(restored.checkpoint, last);
      const behind = Math.min(after, restored.checkpoint);
      if (checkpointer.last > behind) this.#runs.visible = await this.#parts.committed(behind, checkpointer.last);
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
      this.#runs.journal = this.#journal;
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
          finished: this.#runs.counts.finished,
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
      this.#runs.close();
      clearInterval(progress);
      stop?.removeEventListener('abort', onStop);
      this.#ownership.signal.removeEventListener('abort', onLost);
      this.#committer.stop();
      await this.#journal?.close();
    }
  }

  /** Reads to the end of the source or to the stop, with a checkpoint every interval and one at the end. */
  async #work(checkpointer: Checkpointer): Promise<void> {
    const { interval, retain } = this.#options.checkpoint ?? DEFAULT_CHECKPOINT;
    const reading = new AbortController();
    const checkpoint = async (finished: boolean, last = false) => {
      const { counts, lines } = this.#runs;
      const done = await checkpointer.checkpoint({
        position: this.#position,
        pending: this.#unfinished(),
        outputs: lines.outputs.join(''),
        deadLetters: lines.deadLetters.join(''),
        count: lines.outputs.length,
        records: {
          read: this.#read,
          finished: counts.finished,
          outputs: counts.outputs,
          deadLetters: counts.deadLetters,
        },
        finished,
        journal: (generation) => this.#replay.needed(generation),
        committer: this.#committer,
        taken: () => {
          this.#runs.collected();
          // What ends from now on is in no checkpoint, so it must not be counted either.
          if (last) this.#runs.close();
          this.#journal?.rotate(checkpointer.last);
        },
      });
      this.#checkpoints += 1;
      this.#event({ type: 'checkpoint', ...done });
      this.#report();
      this.#committer.checkpointCompleted(done.checkpoint);
      await this.#journal?.discardBefore(await checkpointer.retain(retain));
    };
    let ticking: Promise<void> | undefined;
    const tick = setInterval(() => {
      if (ticking || this.#failure !== undefined) return;
      ticking = checkpoint(false)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          ticking = undefined;
        });
    }, interval);
    try {
      await this.#admitRestored();
      await this.#readSource(reading.signal);
      await this.#waiting.until(() => this.#runs.inFlight === 0);
      clearInterval(tick);
      await ticking;
      this.#throwFailure();
      await checkpoint(this.#sourceEnded && this.#unfinished().length === 0, true);
    } finally {
      reading.abort();
      clearInterval(tick);
      await ticking;
    }
  }

  async #readSource(signal: AbortSignal): Promise<void> {
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
        this.#read += 1;
        this.#position = { record, offset };
        this.#runs.take({ record, value, tries: 0, journal: [] }, this.#replay.take(record)?.values());
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
      this.#runs.take(input, this.#replay.take(input.record)?.values());
    }
  }

  /** Inputs that were taken and are not finished, with their journal, in the order of the source. */
  #unfinished(): PendingInput[] {
    return [...this.#runs.unfinished(), ...this.#restored];
  }

  #mustWait(): boolean {
    if (this.#stopping() || this.#failure !== undefined) return false;
    return (
      this.#runs.inFlight >= (this.#options.inFlight ?? DEFAULT_IN_FLIGHT) ||
      this.#committer.uncommitted.length >= MAX_UNCOMMITTED
    );
  }

  #stopping = () => this.#options.signal?.aborted === true;

  #fail(error: unknown): void {
    this.#failure ??= error ?? new Error('the job failed without a reason');
    this.#runs.close();
    this.#committer.stop();
    this.#waiting.signal();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #event(event: LocalEvent): void {
    this.#options.onEvent?.(event);
  }

  #progress = (): LocalProgress => ({
    read: this.#read,
    checkpoints: this.#checkpoints,
    ...this.#runs.counts,
    inFlight: this.#runs.inFlight,
  });

  #report(): void {
    this.#options.onProgress?.(this.#progress());
  }
}
