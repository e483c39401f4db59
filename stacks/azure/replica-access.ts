import { TerraformOutput } from 'cdktf';
import { type RegionModel, readersOf } from '../../config/index.ts';
import { onceDeployed, peerIdentity } from './peer-identity.ts';
import { azureReplicas, copyContainer, stateAccountId } from './peers.ts';
import { StorageObjectReplication } from './provider.ts';
import type { StateStore } from './state.ts';
import { type AzureRegion, assign } from './subscription.ts';

/**
 * Lets the replicator of each region that may copy from this one read its state, and nothing else: one identity a peer,
 * which trusts that peer's replicator alone. Trust begins once the peer's token issuer is known.
 */
export function grantReplicas(azure: AzureRegion, store: StateStore): void {
  const { stack, region, deployment } = azure;
  const readers = readersOf(deployment, region).map((peer) => {
    const identity = peerIdentity(azure, peer, 'reader', ['replicator']);
    assign(azure, `reader-${peer.name}-state`, {
      role: 'Storage Blob Data Reader',
      principal: identity.principalId,
      scope: store.container.id,
    });
    return [peer.name, identity.clientId] as const;
  });
  if (readers.length === 0) return;
  new TerraformOutput(stack, 'replica_readers', {
    description: 'Client id that the replicator of another region reads this state with, by region.',
    value: Object.fromEntries(readers),
  });
  for (const peer of azureReplicas(deployment, region)) copyByAzure(azure, store, peer);
}

/**
 * Azure's own copy of the container, beside the replicator's: it is not consistent across files and only the last
 * resort. It needs the peer's account, so it begins with the peer's deployment as well.
 */
function copyByAzure(azure: AzureRegion, { account, container }: StateStore, peer: RegionModel): void {
  new StorageObjectReplication(azure.stack, `copy-to-${peer.name}`, {
    count: onceDeployed(azure, peer),
    sourceStorageAccountId: account.id,
    destinationStorageAccountId: stateAccountId(peer, azure.client.subscriptionId),
    rules: [
      {
        sourceContainerName: container.name,
        destinationContainerName: copyContainer(azure.region),
        copyBlobsCreatedAfter: 'Everything',
      },
    ],
  });
}
