import {
  type DeploymentModel,
  primariesOf,
  type RegionModel,
  readersOf,
  replicasOf,
  sourcesOf,
} from '../../config/index.ts';

/** AWS regions that stand by for this one. */
export const awsReplicas = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  replicasOf(deployment, region).filter((peer) => peer.cloud === 'aws');

/** AWS regions that may pull this region's restore points. */
export const awsReaders = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  readersOf(deployment, region).filter((peer) => peer.cloud === 'aws');

/** Regions of other clouds that may pull this region's restore points. */
export const foreignReaders = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  readersOf(deployment, region).filter((peer) => peer.cloud !== 'aws');

/** AWS regions that this one stands by for. */
export const awsPrimaries = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  primariesOf(deployment, region).filter((peer) => peer.cloud === 'aws');

/** AWS regions whose restore points this region may pull. */
export const awsSources = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  sourcesOf(deployment, region).filter((peer) => peer.cloud === 'aws');

/** AWS regions of other places that hold a copy made by AWS itself, one a cloud region. */
export const copyRegions = (deployment: DeploymentModel, region: RegionModel): RegionModel[] => {
  const seen = new Set([region.region]);
  return awsReplicas(deployment, region).filter((peer) => !seen.has(peer.region) && seen.add(peer.region));
};

/** Terraform variable that holds what is to be known of a peer's brokers; empty until the peer is deployed. */
export const kafkaVariable = (peer: Pick<RegionModel, 'name'>) => `kafka_${peer.name.replaceAll('-', '_')}`;

/** Terraform variable that holds the token issuer of a peer's cluster; empty until the peer is deployed. */
export const issuerVariable = (peer: Pick<RegionModel, 'name'>) => `issuer_${peer.name.replaceAll('-', '_')}`;
