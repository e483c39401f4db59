import { type DeploymentModel, type RegionModel, replicasOf, sourcesOf } from '../../config/index.ts';

/** AWS regions that pull this region's restore points. */
export const awsReplicas = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  replicasOf(deployment, region).filter((peer) => peer.cloud === 'aws');

/** Regions of other clouds that pull this region's restore points. */
export const foreignReplicas = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  replicasOf(deployment, region).filter((peer) => peer.cloud !== 'aws');

/** AWS regions whose restore points this region pulls. */
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
