import type { CommitGate, Ownership } from '../state/ownership.ts';
import type { PartFiles } from './part-files.ts';
import type { Segment } from './snapshot.ts';

/** Makes segments visible, one after another, each once its checkpoint's outputs may be committed. */
export class Committer {
  readonly #parts: PartFiles;
  readonly #gate: CommitGate;
  readonly #ownership: Ownership;
  readonly #stop = new AbortController();
  readonly #impatient = new AbortController();
  readonly #onCommitted: (segment: Segment) => void;
  readonly #onFailure: (error: unknown) => void;
  #segments: Segment[] = [];
  #completed = 0;
  #running = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: {
    parts: PartFiles;
    gate: CommitGate;
    ownership: Ownership;
    onCommitted: (segment: Segment) => void;
    onFailure: (error: unknown) => void;
  }) {
    this.#parts = options.parts;
    this.#gate = options.gate;
    this.#ownership = options.ownership;
    this.#onCommitted = options.onCommitted;
    this.#onFailure = options.onFailure;
  }

  /** Segments that are not known to be committed, oldest first. */
  get uncommitted(): readonly Segment[] {
    return this.#segments;
  }

  /** Takes a segment; it stays back until its checkpoint is complete. */
  add(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** Everything up to a checkpoint is in durable state now. */
  checkpointCompleted(checkpoint: number): void {
    this.#completed = checkpoint;
    if (this.#running) return;
    this.#running = true;
    this.#working = this.#work();
  }

  /** Resolves when all segments of completed checkpoints are visible. */
  async settled(): Promise<void> {
    await this.#working;
  }

  /** From now on commits only what its gate lets through at once; the rest stays for the next start. */
  finish(): void {
    this.#impatient.abort();
  }

  /** Commits nothing more; what is not committed stays for the next start. */
  stop(): void {
    this.#stop.abort();
  }

  async #work(): Promise<void> {
    try {
      for (
        let segment = this.#segments[0];
        segment && segment.checkpoint <= this.#completed;
        segment = this.#segments[0]
      ) {
        await this.#gate.ready(
          segment.checkpoint,
          AbortSignal.any([this.#stop.signal, this.#impatient.signal, this.#ownership.signal]),
        );
        if (this.#stop.signal.aborted) return;
        this.#ownership.assertHeld();
        await this.#parts.commit('part', segment.checkpoint, segment.outputs);
        await this.#parts.commit('dead-letter', segment.checkpoint, segment.deadLetters);
        this.#segments.shift();
        this.#onCommitted(segment);
      }
    } catch (error) {
      const left = this.#impatient.signal.aborted && (error as Error).name === 'AbortError';
      if (!left && !this.#stop.signal.aborted) this.#onFailure(error);
    } finally {
      this.#running = false;
    }
  }
}
