import type { FlinkRest } from '../../runtime/remote/index.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import type { Patience } from './patience.ts';
import type { StatePlaces } from './state-places.ts';

/** What work on the job of one deployment needs. */
export interface JobContext {
  /** Of the job, in Flink and in the state root. */
  readonly name: string;
  readonly rest: FlinkRest;
  readonly store: ObjectStore;
  readonly places: StatePlaces;
  /** Milliseconds that each phase may take: the cluster, a savepoint, a start. */
  readonly wait: number;
  /** Milliseconds between two looks. */
  readonly pollMs: number;
  /** Milliseconds for which a job that came up must stay up. */
  readonly settle: number;
  readonly signal: AbortSignal;
  /**
   * Begins a new epoch of the lease for a job that is about to start. So no two jobs have checkpoints of one epoch and number,
   * even after a rollback. Undefined where no lease is kept.
   */
  readonly nextEpoch?: (() => Promise<number>) | undefined;
  readonly say: (line: string) => void;
  readonly progress: (text: string) => void;
}

/** Patience for one phase, from now on. */
export const patience = (context: JobContext): Patience => ({
  until: Date.now() + context.wait,
  pollMs: context.pollMs,
  signal: context.signal,
  progress: context.progress,
});

export const now = () => new Date().toISOString();
