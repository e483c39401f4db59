import type { AnyAgent } from '../api/agent.ts';
import type { ChatModel } from '../api/chat.ts';
import type { ToolMode } from '../api/resources.ts';
import type { ObjectStore } from '../state/object-store.ts';
import type { CommitGate, Ownership } from '../state/ownership.ts';
import type { Source } from './source.ts';

/** Retries of a failing run. Times are milliseconds. */
export interface RetrySettings {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly initialBackoff: number;
  /** The wait doubles with each try up to this. */
  readonly maxBackoff: number;
  readonly onFailure: 'dead-letter' | 'fail';
}

export interface CheckpointSettings {
  /** Milliseconds between the starts of two checkpoints. */
  readonly interval: number;
  /** Whether only changed keys are written. */
  readonly incremental: boolean;
  /** Completed checkpoints that are kept. */
  readonly retain: number;
}

export interface LocalJobOptions {
  readonly agent: AnyAgent;
  /** Name of the job: part of every key in the store and of every derived id. */
  readonly job: string;
  readonly source: Source;
  /** Directory of committed part files. */
  readonly sink: string;
  /** The region's state root. */
  readonly store: ObjectStore;
  /** Directory of this machine for the write-ahead journal; belongs to the state root's life. */
  readonly journal: string;
  /** Chat models by resource name. One client each, shared by all runs. */
  readonly models?: Readonly<Record<string, ChatModel>>;
  /** Default: `run`. */
  readonly tools?: ToolMode | undefined;
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** Region that checkpoints are marked with. Default: local. */
  readonly region?: string;
  /** Inputs taken and not finished, at most. Default: 1000. */
  readonly inFlight?: number;
  /** Records a second at most. Default: no limit. */
  readonly rate?: number | undefined;
  readonly retry?: RetrySettings;
  readonly checkpoint?: CheckpointSettings;
  /** Proof that this process owns the job. Default: it is the only one. */
  readonly ownership?: Ownership;
  /** When outputs may become visible. Default: at the local checkpoint. */
  readonly gate?: CommitGate;
  /**
   * Checkpoints `after` < n <= `last` that an earlier owner may have made visible and that no restore point holds any more:
   * the job numbers on behind them, lets nobody write to their slots, and puts out again nothing of what they hold.
   */
  readonly closed?: { readonly after: number; readonly last: number } | undefined;
  /** Aborting it stops the job in good order: a last checkpoint, then the end. */
  readonly signal?: AbortSignal;
  /** Called at most ten times a second, at each completed checkpoint and commit, and at the end. */
  readonly onProgress?: (progress: LocalProgress) => void;
  /** What happened, one call an event. */
  readonly onEvent?: (event: LocalEvent) => void;
  /** Milliseconds since 1970. Default: Date.now. */
  readonly now?: () => number;
}

/** Counts since the job's first start, but for `modelCalls`, `retries` and `checkpoints`: since this start. */
export interface LocalProgress {
  readonly read: number;
  readonly finished: number;
  readonly outputs: number;
  readonly deadLetters: number;
  /** Outputs that are visible in the sink, as far as this start knows. */
  readonly committed: number;
  readonly inFlight: number;
  readonly checkpoints: number;
  readonly modelCalls: number;
  readonly retries: number;
}

export type LocalEvent =
  | { readonly type: 'restored'; readonly checkpoint: number; readonly finished: number; readonly pending: number }
  | {
      readonly type: 'checkpoint';
      readonly checkpoint: number;
      readonly triggeredAt: number;
      readonly completedAt: number;
      readonly finished: number;
      readonly bytes: number;
    }
  | { readonly type: 'committed'; readonly checkpoint: number; readonly outputs: number };

export interface LocalResult extends LocalProgress {
  /** `finished`: the source's end was reached and everything is committed. `stopped`: a next start goes on. */
  readonly state: 'finished' | 'stopped';
  /** Checkpoint that this start began with; undefined for a first start. */
  readonly restoredFrom: number | undefined;
  readonly durationMs: number;
}

export const DEFAULT_RETRY: RetrySettings = {
  attempts: 5,
  initialBackoff: 1_000,
  maxBackoff: 60_000,
  onFailure: 'dead-letter',
};
export const DEFAULT_CHECKPOINT: CheckpointSettings = { interval: 10_000, incremental: true, retain: 3 };
export const DEFAULT_IN_FLIGHT = 1_000;
