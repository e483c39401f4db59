import { type DeploymentModel, leaseKeeper, type RegionModel, replicasOf } from '../../config/index.ts';
import type { LeaseSettings } from '../../runtime/state/lease-decision.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openPlace, placeOf } from '../replicate/places.ts';

/** What regions of a deployment share a job by. */
export interface SharedJob {
  readonly name: string;
  readonly region: RegionModel;
  /** The lease region's store. */
  readonly leases: ObjectStore;
  /** This region's own. */
  readonly store: ObjectStore;
  readonly settings: LeaseSettings;
  /** Regions that must have a restore point before this one commits. */
  readonly standbys: readonly string[];
  readonly automatic: boolean;
  /** Milliseconds before a restore point from which a region with a Kafka of its own reads. */
  readonly overlap: number;
}

/** Whether a lease decides which region runs the job. */
export const isShared = ({ dr, regions }: DeploymentModel): boolean =>
  dr.mode === 'active-standby' && regions.length > 1;

/**
 * Opens the stores of a job that regions share. Nothing is asked of them yet.
 * @param store this region's own, as the command opened it.
 */
export async function openShared(
  deployment: DeploymentModel,
  region: RegionModel,
  store: ObjectStore,
  roots: ReadonlyMap<string, string>,
): Promise<SharedJob> {
  const keeper = leaseKeeper(deployment) ?? region;
  const { lease, commit, failover } = deployment.dr;
  return {
    name: deployment.name,
    region,
    store,
    leases: keeper.name === region.name ? store : await openPlace(placeOf(keeper, roots)),
    settings: { ttl: lease.ttl, renew: lease.renew, skew: lease.skew },
    standbys: commit === 'replicated' ? replicasOf(deployment, region).map(({ name }) => name) : [],
    automatic: failover === 'automatic' && isLastStandby(deployment, region),
    overlap: deployment.dr.overlap,
  };
}

/** One region decides by itself, or two would race. */
const isLastStandby = ({ regions }: DeploymentModel, { name }: RegionModel) =>
  regions.filter(({ role }) => role === 'standby').at(-1)?.name === name;
