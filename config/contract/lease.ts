import { type DeploymentModel, type RegionModel, sourcesOf } from '../model.ts';
import { type NameParts, names } from './names.ts';

/** Workloads that write the lease: the job's, which renews it, and the one that takes it over. */
export const LEASE_WORKLOADS = ['flink', 'replicator'] as const;
export type LeaseWorkload = (typeof LEASE_WORKLOADS)[number];

/** A workload identity that writes the lease. */
export interface LeaseWriter {
  readonly region: RegionModel;
  readonly workload: LeaseWorkload;
}

/**
 * Every identity that writes the lease: both workloads of each region, active or standby, since each may own the job.
 * None where there is nobody to contend with. In the file's order.
 */
export const leaseWriters = (deployment: DeploymentModel): LeaseWriter[] =>
  deployment.regions.length > 1 && deployment.dr.mode !== 'none'
    ? deployment.regions.flatMap((region) => LEASE_WORKLOADS.map((workload) => ({ region, workload })))
    : [];

/** The region whose state store keeps the lease; undefined where there is none. */
export const leaseKeeper = (deployment: DeploymentModel): RegionModel | undefined =>
  leaseWriters(deployment).length > 0
    ? deployment.regions.find(({ name }) => name === deployment.leaseRegion)
    : undefined;

/** Regions other than the keeper that write the lease in its store; none when asked about any other region. */
export const leasePeers = (deployment: DeploymentModel, keeper: RegionModel): RegionModel[] =>
  leaseKeeper(deployment)?.name === keeper.name
    ? [...new Set(leaseWriters(deployment).map(({ region }) => region))].filter(({ name }) => name !== keeper.name)
    : [];

/** Whether the keeper's own replicator has no right to its state but for the lease, since it copies nothing into it. */
export const replicatorNeedsLease = (deployment: DeploymentModel, region: RegionModel): boolean =>
  leaseKeeper(deployment)?.name === region.name && sourcesOf(deployment, region).length === 0;

/** Prefix of all leases inside a state store, with a slash at its end. */
export const leasePrefix = (parts: Pick<NameParts, 'deployment'>) => `${names.statePrefix(parts)}/leases/`;
