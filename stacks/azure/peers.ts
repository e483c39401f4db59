import { TerraformVariable } from 'cdktf';
import { type DeploymentModel, names, primariesOf, type RegionModel, replicasOf } from '../../config/index.ts';
import { subscriptionOf } from './placement.ts';
import type { AzureRegion } from './subscription.ts';

const suffix = (peer: Pick<RegionModel, 'name'>) => peer.name.replaceAll('-', '_');

/** Terraform variable with the token issuer of a peer's cluster; empty until the peer is deployed. */
export const issuerVariable = (peer: Pick<RegionModel, 'name'>) => `issuer_${suffix(peer)}`;

/** Terraform variable with the addresses that a peer's traffic leaves from; empty until the peer is deployed. */
export const addressesVariable = (peer: Pick<RegionModel, 'name'>) => `addresses_${suffix(peer)}`;

/** Regions on Azure that this one stands by for; each gets a container of its own for Azure's copy. */
export const azurePrimaries = (deployment: DeploymentModel, region: RegionModel) =>
  primariesOf(deployment, region).filter(({ cloud }) => cloud === 'azure');

/** Regions on Azure that stand by for this one. */
export const azureReplicas = (deployment: DeploymentModel, region: RegionModel) =>
  replicasOf(deployment, region).filter(({ cloud }) => cloud === 'azure');

/** Container in a replica's account that Azure itself copies a source's state to. */
export const copyContainer = (source: Pick<RegionModel, 'name'>) => `copy-${source.name}`;

/** Resource id of another region's state account. @param ownSubscription where the file names none for the peer. */
export const stateAccountId = (peer: RegionModel, ownSubscription: string) =>
  [
    `/subscriptions/${subscriptionOf(peer) ?? ownSubscription}`,
    `resourceGroups/${names.region(peer.parts)}`,
    `providers/Microsoft.Storage/storageAccounts/${peer.stateRoot.bucket}`,
  ].join('/');

/** The peer's issuer, declared at its first use. */
export function peerIssuer({ stack }: AzureRegion, peer: RegionModel): TerraformVariable {
  const name = issuerVariable(peer);
  const declared = stack.node.tryFindChild(name);
  if (declared instanceof TerraformVariable) return declared;
  return new TerraformVariable(stack, name, {
    type: 'string',
    default: '',
    description: `Output oidc_issuer of region ${peer.name}; empty until it is deployed.`,
  });
}

/** The peer's outbound addresses. */
export const peerAddresses = ({ stack }: AzureRegion, peer: RegionModel) =>
  new TerraformVariable(stack, addressesVariable(peer), {
    type: 'list(string)',
    default: [],
    description: `Outbound IPv4 addresses of region ${peer.name}, which reaches the state; empty until it is deployed.`,
  });
