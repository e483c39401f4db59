import { type DeploymentModel, leasePeers, type RegionModel, readersOf } from '../../config/index.ts';

/** Regions of AWS and Azure that may pull this region's restore points. */
export const foreignPeers = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  readersOf(deployment, region).filter((peer) => peer.cloud !== 'gcp');

/** Regions of AWS and Azure that write the lease, where this region keeps it. */
export const foreignLeasePeers = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  leasePeers(deployment, region).filter((peer) => peer.cloud !== 'gcp');

/** Regions of Google Cloud that may pull this region's restore points. */
export const googlePeers = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  readersOf(deployment, region).filter((peer) => peer.cloud === 'gcp');

/** Project id of a peer on Google Cloud when it is not this region's; without an account of its own it shares this one. */
export const otherProject = (
  region: Pick<RegionModel, 'account'>,
  { account }: Pick<RegionModel, 'account'>,
): string | undefined => (account === region.account ? undefined : account);

/** Terraform variable that holds the token issuer of a peer's cluster; empty until the peer is deployed. */
export const issuerVariable = (peer: Pick<RegionModel, 'name'>) => `issuer_${peer.name.replaceAll('-', '_')}`;

/**
 * Workload identity pool of a region: 4 to 32 characters, not beginning with `gcp-`. The deployment's id stands for its
 * name, which with the region's could be longer.
 */
export const poolId = (region: Pick<RegionModel, 'parts'>) => `hr-${region.parts.id}-${region.parts.region}`;

/** Provider of a peer in the region's pool: 4 to 32 characters. */
export const providerId = (peer: Pick<RegionModel, 'name'>) => `peer-${peer.name}`;
