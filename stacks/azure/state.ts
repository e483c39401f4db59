import { Fn, Op } from 'cdktf';
import { leasePeers, names, readersOf } from '../../config/index.ts';
import { accept } from '../accepted.ts';
import type { ServiceKey } from './keys.ts';
import type { AzureNetwork } from './network.ts';
import { azurePrimaries, azureReplicas, copyContainer, peerAddresses } from './peers.ts';
import { wholeDays } from './placement.ts';
import { privateEndpoint } from './private-access.ts';
import { StorageAccount, StorageContainer, StorageManagementPolicy } from './provider.ts';
import { type AzureRegion, protect } from './subscription.ts';

export interface StateStore {
  readonly account: StorageAccount;
  /** What flink writes. */
  readonly container: StorageContainer;
  /** What the cluster's backup writes. */
  readonly backups: StorageContainer;
}

/** The region's state: versioned, under its own key, inside the network. */
export function createStateStore(
  azure: AzureRegion,
  net: AzureNetwork,
  { key, identity, ready }: ServiceKey,
): StateStore {
  const { stack, place, region, deployment } = azure;
  const days = Math.min(365, wholeDays(deployment.state.versions));
  const account = new StorageAccount(stack, 'state', {
    ...place,
    name: region.stateRoot.bucket,
    accountKind: 'StorageV2',
    accountTier: 'Standard',
    accountReplicationType: 'ZRS',
    httpsTrafficOnlyEnabled: true,
    minTlsVersion: 'TLS1_2',
    allowNestedItemsToBePublic: false,
    crossTenantReplicationEnabled: false,
    allowedCopyScope: 'AAD',
    sharedAccessKeyEnabled: false,
    defaultToOauthAuthentication: true,
    localUserEnabled: false,
    infrastructureEncryptionEnabled: true,
    identity: { type: 'UserAssigned', identityIds: [identity.id] },
    customerManagedKey: { keyVaultKeyId: key.versionlessId, userAssignedIdentityId: identity.id },
    // Versions and copies by Azure exist only without a hierarchical namespace.
    isHnsEnabled: false,
    blobProperties: {
      versioningEnabled: true,
      ...(azureReplicas(deployment, region).length ? { changeFeedEnabled: true, changeFeedRetentionInDays: days } : {}),
      // No soft delete of blobs: Flink's abfss:// is refused with 409 where it is on (apache/hadoop pull request 8410).
      // Versions bring back what was overwritten or deleted.
      containerDeleteRetentionPolicy: { days },
    },
    ...reachability(azure),
    dependsOn: ready,
  });
  accept(account, {
    CKV_AZURE_33: 'it holds no queues',
    CKV_AZURE_206:
      'in three zones; other regions of the deployment get copies, where Azure would pick the region itself',
    CKV2_AZURE_38: 'abfss:// is refused with 409 where blobs are deleted softly; versions bring back what was deleted',
  });
  const container = (id: string, containerName: string) =>
    accept(
      new StorageContainer(stack, id, {
        name: containerName,
        storageAccountId: account.id,
        containerAccessType: 'private',
      }),
      { CKV2_AZURE_21: 'reads are logged for the whole account, by the diagnostic setting audit-state' },
    );
  const state = container('state-container', names.stateContainer);
  for (const source of azurePrimaries(deployment, region)) container(`copies-${source.name}`, copyContainer(source));
  expireOldVersions(azure, account, wholeDays(deployment.state.versions));
  privateEndpoint(azure, net, 'blob', account.id);
  privateEndpoint(azure, net, 'dfs', account.id);
  protect(azure, 'state', account.id);
  return { account, container: state, backups: container('cluster-backups', 'cluster-backups') };
}

/**
 * Private alone, until regions that copy the state or write the lease are deployed: they come from their own fixed
 * addresses.
 */
function reachability(azure: AzureRegion) {
  const rules = { defaultAction: 'Deny', bypass: ['AzureServices'] };
  const { deployment, region } = azure;
  const peers = [...new Set([...readersOf(deployment, region), ...leasePeers(deployment, region)])];
  if (peers.length === 0) return { publicNetworkAccessEnabled: false, networkRules: rules };
  const addresses = Fn.concat(peers.map((peer) => peerAddresses(azure, peer).listValue));
  return {
    publicNetworkAccessEnabled: Op.gte(Fn.lengthOf(addresses), 1),
    networkRules: { ...rules, ipRules: addresses },
  };
}

/**
 * Takes away old versions, never a current blob: an incremental checkpoint shares files of any age. Azure counts a
 * version's days from when it was written, not from when it was replaced.
 */
function expireOldVersions({ stack }: AzureRegion, account: StorageAccount, days: number): void {
  new StorageManagementPolicy(stack, 'state-life-cycle', {
    storageAccountId: account.id,
    rule: [
      {
        name: 'old-versions',
        enabled: true,
        filters: { blobTypes: ['blockBlob'] },
        actions: {
          version: { deleteAfterDaysSinceCreation: days },
          snapshot: { deleteAfterDaysSinceCreationGreaterThan: days },
        },
      },
    ],
  });
}
