import type { AgentPlan } from '../plan/index.ts';
import { type CheckpointManifest, checkpointDirectory, type StateFile } from '../state/checkpoint.ts';
import { CheckpointStore, sharedFile } from '../state/checkpoints.ts';
import { StateError } from '../state/errors.ts';
import type { Committer } from './committer.ts';
import type { KeyedState } from './keyed-state.ts';
import { DEFAULT_CHECKPOINT, type LocalJobOptions } from './settings.ts';
import {
  type PendingInput,
  type RestoreState,
  readPending,
  restoreSchema,
  type Segment,
  writePending,
} from './snapshot.ts';
import type { Position } from './source.ts';

/** What the job hands over at the instant of a checkpoint. */
export interface JobSnapshot {
  readonly position: Position;
  readonly pending: readonly PendingInput[];
  readonly outputs: string;
  readonly deadLetters: string;
  readonly count: number;
  readonly records: CheckpointManifest['records'];
  readonly finished: boolean;
  /** First journal generation that a restore must read, where this checkpoint begins generation `checkpoint`. */
  readonly journal: (checkpoint: number) => number;
  readonly committer: Committer;
  /** Called in the same turn of the event loop, once the snapshot holds all of it. */
  readonly taken: () => void;
}

export interface RestoredJob {
  readonly checkpoint: number;
  readonly position: Position;
  readonly pending: readonly PendingInput[];
  readonly segments: readonly Segment[];
  readonly records: CheckpointManifest['records'];
  readonly journal: number;
  readonly finished: boolean;
}

export interface CompletedCheckpoint {
  readonly checkpoint: number;
  readonly triggeredAt: number;
  readonly completedAt: number;
  readonly finished: number;
  readonly bytes: number;
}

/** Writes and reads the checkpoints of one job. */
export class Checkpointer {
  readonly #plan: AgentPlan;
  readonly #options: LocalJobOptions;
  readonly #state: KeyedState;
  readonly #epoch: number;
  readonly #now: () => number;
  readonly #checkpoints: CheckpointStore;
  /** Files that later checkpoints refer to again. */
  readonly #written = new Map<string, StateFile>();
  #last = 0;
  #finished = false;

  constructor(plan: AgentPlan, options: LocalJobOptions, state: KeyedState, epoch: number, now: () => number) {
    this.#plan = plan;
    this.#options = options;
    this.#state = state;
    this.#epoch = epoch;
    this.#now = now;
    this.#checkpoints = new CheckpointStore(options.store, options.job);
  }

  /** Number of the newest checkpoint that was begun or restored; also the journal's generation. */
  get last(): number {
    return this.#last;
  }
  /** Whether a checkpoint marks the end of the source. */
  get finished(): boolean {
    return this.#finished;
  }

  /** @throws StateError HR-STATE-006 when there are checkpoints and none is whole; HR-STATE-007 for another plan. */
  async restore(): Promise<RestoredJob | undefined> {
    const loaded = await this.#checkpoints.newest();
    if (!loaded) return undefined;
    const { manifest, files } = loaded;
    const place = `${this.#options.store.uri}, checkpoint ${manifest.checkpoint}`;
    if (manifest.engine !== 'embedded')
      throw new StateError('HR-STATE-004', place, `was made by ${manifest.engine}; the embedded engine cannot read it`);
    if (manifest.planHash !== this.#plan.hash) {
      throw new StateError(
        'HR-STATE-007',
        place,
        `was made by agent plan ${manifest.planHash.slice(0, 12)}; the agent's plan is ${this.#plan.hash.slice(0, 12)}`,
        {
          mend: 'run the agent that made it, or start afresh with another state directory',
        },
      );
    }
    const state = restoreSchema.parse(manifest.restore);
    const text = (key: string | null) => (key === null ? '' : Buffer.from(files.get(key) ?? []).toString('utf8'));
    this.#state.restore(state.memory, text);
    for (const file of manifest.files) this.#written.set(file.key, file);
    // Numbers of newer, broken checkpoints are not used again: their files may still be half there.
    const rejected = loaded.rejected.map((one) => one.checkpoint);
    this.#last = Math.max(manifest.checkpoint, this.#options.closed?.last ?? 0, ...rejected);
    this.#finished = state.finished;
    return {
      checkpoint: manifest.checkpoint,
      position: state.position,
      pending: readPending(text(state.pending)),
      segments: state.segments.map((s) => ({
        checkpoint: s.checkpoint,
        outputs: text(s.outputs),
        deadLetters: text(s.deadLetters),
        count: s.count,
      })),
      records: manifest.records,
      journal: state.journal,
      finished: state.finished,
    };
  }

  /** Takes a snapshot now and writes it; the job goes on meanwhile. */
  async checkpoint(snapshot: JobSnapshot): Promise<CompletedCheckpoint> {
    const { job } = this.#options;
    const triggeredAt = this.#now();
    const checkpoint = this.#last + 1;
    this.#last = checkpoint;
    const memory = this.#state.snapshot((this.#options.checkpoint ?? DEFAULT_CHECKPOINT).incremental);
    const { outputs, deadLetters, count, committer } = snapshot;
    if (outputs !== '' || deadLetters !== '') committer.add({ checkpoint, outputs, deadLetters, count });
    const uncommitted = [...committer.uncommitted];
    const journal = snapshot.journal(checkpoint);
    snapshot.taken();
    // From here on the job goes on; what follows works on the copies above.
    const files = new Map<string, StateFile>();
    let bytes = 0;
    const write = async (key: string, content: string) => {
      const file = await this.#checkpoints.writeFile(key, Buffer.from(content));
      this.#written.set(key, file);
      bytes += file.size;
      return file;
    };
    if (memory) {
      const file = await write(sharedFile(job, checkpoint, `${memory.kind}.jsonl`), memory.content);
      this.#state.extend({ key: file.key, kind: memory.kind, bytes: file.size });
    }
    const pendingKey = snapshot.pending.length ? `${checkpointDirectory(job, checkpoint)}pending.jsonl` : null;
    if (pendingKey) await write(pendingKey, writePending(snapshot.pending));
    const segments: RestoreState['segments'] = [];
    for (const segment of uncommitted) {
      const kept = {
        checkpoint: segment.checkpoint,
        count: segment.count,
        outputs: segmentKey(job, segment, 'outputs'),
        deadLetters: segmentKey(job, segment, 'deadLetters'),
      };
      for (const part of ['outputs', 'deadLetters'] as const) {
        const key = kept[part];
        if (key && !this.#written.has(key)) await write(key, segment[part]);
      }
      segments.push(kept);
    }
    const restore: RestoreState = {
      position: snapshot.position,
      memory: [...this.#state.chain],
      pending: pendingKey,
      segments,
      journal,
      finished: snapshot.finished,
    };
    for (const key of [
      ...restore.memory.map((file) => file.key),
      pendingKey,
      ...segments.flatMap((s) => [s.outputs, s.deadLetters]),
    ]) {
      const file = key === null ? undefined : this.#written.get(key);
      if (file) files.set(file.key, file);
    }
    const completedAt = this.#now();
    await this.#checkpoints.complete({
      format: 1,
      engine: 'embedded',
      job,
      checkpoint,
      epoch: this.#epoch,
      region: this.#options.region ?? 'local',
      planHash: this.#plan.hash,
      triggeredAt,
      completedAt,
      records: snapshot.records,
      files: [...files.values()],
      restore,
    });
    for (const key of this.#written.keys()) if (!files.has(key)) this.#written.delete(key);
    this.#finished = snapshot.finished;
    return { checkpoint, triggeredAt, completedAt, finished: snapshot.records.finished, bytes };
  }

  /** Keeps the newest `count` checkpoints. @returns the first journal generation that any of them needs. */
  async retain(count: number): Promise<number> {
    const kept = await this.#checkpoints.retain(count);
    return Math.min(...kept.map((manifest) => restoreSchema.parse(manifest.restore).journal));
  }
}

const segmentKey = (job: string, segment: Segment, part: 'outputs' | 'deadLetters') =>
  segment[part] === ''
    ? null
    : sharedFile(job, segment.checkpoint, part === 'outputs' ? 'outputs.jsonl' : 'dead-letters.jsonl');
