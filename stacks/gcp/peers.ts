import { type DeploymentModel, type RegionModel, replicasOf } from '../../config/index.ts';

/** Regions of AWS and Azure that pull this region's restore points. */
export const foreignPeers = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  replicasOf(deployment, region).filter((peer) => peer.cloud !== 'gcp');

/** A Google Cloud region that pulls this region's restore points, and where its identities live. */
export interface GooglePeer {
  readonly peer: RegionModel;
  /** Project id when it is not this region's project. */
  readonly otherProject?: string;
}

/** A peer without an account of its own shares this region's project. */
export const googlePeers = (deployment: DeploymentModel, region: RegionModel): GooglePeer[] =>
  replicasOf(deployment, region)
    .filter((peer) => peer.cloud === 'gcp')
    .map((peer) => (peer.account && peer.account !== region.account ? { peer, otherProject: peer.account } : { peer }));

/** Terraform variable that holds the token issuer of a peer's cluster; empty until the peer is deployed. */
export const issuerVariable = (peer: Pick<RegionModel, 'name'>) => `issuer_${peer.name.replaceAll('-', '_')}`;

/**
 * Workload identity pool of a region: 4 to 32 characters, not beginning with `gcp-`. The deployment's id stands for its
 * name, which with the region's could be longer.
 */
export const poolId = (region: Pick<RegionModel, 'parts'>) => `hr-${region.parts.id}-${region.parts.region}`;

/** Provider of a peer in the region's pool: 4 to 32 characters. */
export const providerId = (peer: Pick<RegionModel, 'name'>) => `peer-${peer.name}`;
