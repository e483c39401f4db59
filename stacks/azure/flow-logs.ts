import { accept } from '../accepted.ts';
import type { AzureNetwork } from './network.ts';
import { flowLogAccount, logDays } from './placement.ts';
import { type LogAnalyticsWorkspace, NetworkWatcherFlowLog, StorageAccount } from './provider.ts';
import type { AzureRegion } from './subscription.ts';

/** Records every flow of the network, in a store of its own. */
export function createFlowLogs(azure: AzureRegion, net: AzureNetwork, workspace: LogAnalyticsWorkspace): void {
  const { stack, name, place, region, deployment } = azure;
  const days = logDays(deployment.observability);
  const account = new StorageAccount(stack, 'flow-log-store', {
    ...place,
    name: flowLogAccount(region),
    accountTier: 'Standard',
    accountReplicationType: 'ZRS',
    httpsTrafficOnlyEnabled: true,
    minTlsVersion: 'TLS1_2',
    allowNestedItemsToBePublic: false,
    crossTenantReplicationEnabled: false,
    localUserEnabled: false,
    infrastructureEncryptionEnabled: true,
    // Network Watcher writes with the account's key (Network Watcher, "Flow logging: self-managed key rotation").
    sharedAccessKeyEnabled: true,
    sasPolicy: { expirationPeriod: '00.01:00:00' },
    networkRules: { defaultAction: 'Deny', bypass: ['AzureServices'] },
    blobProperties: { deleteRetentionPolicy: { days: 7 }, containerDeleteRetentionPolicy: { days: 7 } },
  });
  accept(account, {
    CKV_AZURE_33: 'it holds no queues',
    CKV_AZURE_59: 'Network Watcher comes from outside of the network; everybody else is denied by its rules',
    CKV_AZURE_206: 'in three zones; flows of a lost region are nobody’s anymore',
    CKV2_AZURE_1:
      'under an own key flow logs stop whenever that key is rotated (Network Watcher, "Flow logging overview")',
    CKV2_AZURE_33: 'Network Watcher alone writes it, as a trusted service; logs are read in the workspace',
    CKV2_AZURE_40: 'Network Watcher writes with the account’s key',
  });
  new NetworkWatcherFlowLog(stack, 'flow-log', {
    name: `${name}-flows`,
    location: region.region,
    tags: place.tags,
    // Azure makes this watcher itself with the first network of a region, one a subscription.
    networkWatcherName: `NetworkWatcher_${region.region}`,
    resourceGroupName: 'NetworkWatcherRG',
    targetResourceId: net.network.id,
    storageAccountId: account.id,
    enabled: true,
    version: 2,
    retentionPolicy: { enabled: true, days },
    trafficAnalytics: {
      enabled: true,
      workspaceId: workspace.workspaceId,
      workspaceRegion: region.region,
      workspaceResourceId: workspace.id,
      intervalInMinutes: 10,
    },
  });
}
