import { StateError } from './errors.ts';
import { comparePositions } from './restore-point.ts';

/** A restore point as the choice sees it. */
export interface Candidate {
  readonly key: string;
  readonly checkpoint: number;
  readonly epoch: number;
  readonly planHash: string;
  /** Undefined when every file is there and matches its checksum; otherwise what is wrong. */
  readonly fault?: string | undefined;
}

export interface PassedOver {
  readonly key: string;
  readonly reason: string;
}

export interface Choice<C extends Candidate> {
  readonly chosen: C;
  /** Newer ones that were not used, newest first, each with its reason. */
  readonly passedOver: readonly PassedOver[];
}

/** Newest first. Of two epochs the later one is newer, whatever the checkpoint numbers say. */
export const byAge = (a: Candidate, b: Candidate) => comparePositions(b, a);

/**
 * Whether a later epoch went on from before this point, so that its work was thrown away: restoring it would bring back
 * a branch whose outputs were never committed.
 */
export const abandonedBy = (point: Candidate, all: readonly Candidate[]) =>
  all.find((other) => other.epoch > point.epoch && other.checkpoint <= point.checkpoint);

/**
 * The restore point to go on from: the newest that is complete and verified.
 * @param planHash the plan that is about to run. A newest good point of another plan ends the search: going further
 * back would lose work silently, and restoring it would feed one plan's memory to another.
 * @throws StateError HR-STATE-006 when none is complete, HR-STATE-007 when the newest complete one is of another plan.
 */
export function chooseRestorePoint<C extends Candidate>(
  place: string,
  candidates: readonly C[],
  planHash: string,
): Choice<C> {
  const passedOver: PassedOver[] = [];
  for (const point of [...candidates].sort(byAge)) {
    const heir = abandonedBy(point, candidates);
    if (heir) {
      passedOver.push({ key: point.key, reason: `epoch ${heir.epoch} went on from an earlier point` });
    } else if (point.fault !== undefined) {
      passedOver.push({ key: point.key, reason: point.fault });
    } else if (point.planHash !== planHash) {
      throw new StateError('HR-STATE-007', `${place}/${point.key}`, `made by plan ${point.planHash}, not ${planHash}`, {
        mend: 'deploy the agent version that made it, or migrate its state with headrace upgrade',
      });
    } else {
      return { chosen: point, passedOver };
    }
  }
  const faults = passedOver.map(({ key, reason }) => `${key}: ${reason}`).join('; ');
  throw new StateError('HR-STATE-006', place, faults ? `no complete restore point: ${faults}` : 'no restore point', {
    mend: 'check that the replicator of this region ran and may read the primary’s store',
  });
}
