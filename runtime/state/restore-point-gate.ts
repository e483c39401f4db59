import { type Clock, systemClock } from './clock.ts';
import { StateError } from './errors.ts';
import type { ObjectStore } from './object-store.ts';
import type { CommitGate } from './ownership.ts';
import { headKey, type RestorePointHead } from './restore-point.ts';
import { readHead } from './restore-point-catalog.ts';

export interface ReplicatedGateOptions {
  /**
   * Stores of the standbys that must have the restore point: every one of them. A standby that is not in the list must
   * not take the job over by itself, since outputs may have been committed that its restore points do not know.
   */
  readonly standbys: readonly [Pick<ObjectStore, 'uri' | 'get'>, ...Pick<ObjectStore, 'uri' | 'get'>[]];
  readonly job: string;
  /** Epoch of this owner's lease. */
  readonly epoch: number;
  /** Milliseconds between the first two looks; doubles up to `maxPoll`. Default: 25. */
  readonly poll?: number;
  /** Default: 1000. */
  readonly maxPoll?: number;
  readonly clock?: Clock;
  /** A standby that could not be asked; it is asked again. */
  readonly onFailure?: (error: unknown) => void;
}

export type Permission = 'commit' | 'wait' | 'never';

/** What a standby's head says to the owner of `epoch` that wants to commit `checkpoint`. */
export function permission(head: RestorePointHead, epoch: number, checkpoint: number): Permission {
  if (head.epoch > epoch) return 'never';
  return head.points.some((point) => point.epoch === epoch && point.checkpoint >= checkpoint) ? 'commit' : 'wait';
}

/** `dr.commit: replicated`: a checkpoint's outputs wait until a restore point that includes it is in every standby. */
export function replicatedGate(options: ReplicatedGateOptions): CommitGate {
  const { standbys, job, epoch, poll = 25, maxPoll = 1_000, clock = systemClock, onFailure = () => {} } = options;
  const ask = async (store: (typeof standbys)[number], checkpoint: number): Promise<Permission> => {
    try {
      return permission(await readHead(store, job), epoch, checkpoint);
    } catch (error) {
      onFailure(error);
      return 'wait';
    }
  };
  return {
    async ready(checkpoint, signal) {
      for (const store of standbys) {
        for (let wait = poll; ; wait = Math.min(wait * 2, maxPoll)) {
          signal.throwIfAborted();
          const answer = await ask(store, checkpoint);
          if (answer === 'commit') break;
          if (answer === 'never') {
            throw new StateError(
              'HR-STATE-005',
              `${store.uri}/${headKey(job)}`,
              `a later owner than epoch ${epoch} took over; the outputs of checkpoint ${checkpoint} are its to commit`,
            );
          }
          await clock.sleep(wait, signal);
        }
      }
    },
  };
}
