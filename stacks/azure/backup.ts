import { names } from '../../config/index.ts';
import type { Cluster } from './cluster.ts';
import {
  DataProtectionBackupInstanceKubernetesCluster,
  DataProtectionBackupPolicyKubernetesCluster,
  DataProtectionBackupVault,
  KubernetesClusterExtension,
  KubernetesClusterTrustedAccessRoleBinding,
  ResourceGroup,
} from './provider.ts';
import type { StateStore } from './state.ts';
import { type AzureRegion, assign } from './subscription.ts';

/** How long a backup can be restored from. */
const RETENTION = 'P30D';

/**
 * Daily backup of the deployment's objects and volumes. State is no part of it: it has versions and restore points.
 * Azure wants this order: extension, trust, rights, and the instance last. The vault is geo-redundant, but azurerm 4.55
 * accepts only the operational tier in this kind of policy: snapshots stay in the region.
 */
export function createBackup(azure: AzureRegion, { cluster, control }: Cluster, store: StateStore): void {
  const { stack, name, place, region, deployment, client } = azure;
  const snapshots = new ResourceGroup(stack, 'snapshots', {
    name: `${name}-snapshots`,
    location: place.location,
    tags: place.tags,
  });
  const vault = new DataProtectionBackupVault(stack, 'backup-vault', {
    ...place,
    name: `${name}-backup`,
    datastoreType: 'VaultStore',
    redundancy: 'GeoRedundant',
    crossRegionRestoreEnabled: true,
    softDelete: 'AlwaysOn',
    retentionDurationInDays: 30,
    // A lock can never be taken off again: only where the file asks for protection.
    immutability: deployment.cluster.deletionProtection ? 'Locked' : 'Disabled',
    identity: { type: 'SystemAssigned' },
  });
  const policy = new DataProtectionBackupPolicyKubernetesCluster(stack, 'backup-policy', {
    name: 'daily',
    resourceGroupName: place.resourceGroupName,
    vaultName: vault.name,
    // The day only anchors the repetition.
    backupRepeatingTimeIntervals: ['R/2024-01-07T01:00:00+00:00/P1D'],
    defaultRetentionRule: { lifeCycle: [{ dataStoreType: 'OperationalStore', duration: RETENTION }] },
  });
  const extension = new KubernetesClusterExtension(stack, 'backup-extension', {
    name: 'azure-aks-backup',
    clusterId: cluster.id,
    extensionType: 'microsoft.dataprotection.kubernetes',
    releaseTrain: 'stable',
    releaseNamespace: 'dataprotection-microsoft',
    configurationSettings: {
      'configuration.backupStorageLocation.bucket': store.backups.name,
      'configuration.backupStorageLocation.config.storageAccount': store.account.name,
      'configuration.backupStorageLocation.config.storageAccountURI': store.account.primaryBlobEndpoint,
      'configuration.backupStorageLocation.config.resourceGroup': place.resourceGroupName,
      'configuration.backupStorageLocation.config.subscriptionId': client.subscriptionId,
      'configuration.backupStorageLocation.config.useAAD': 'true',
      'credentials.tenantId': client.tenantId,
    },
  });
  const trust = new KubernetesClusterTrustedAccessRoleBinding(stack, 'backup-trust', {
    name: 'backup',
    kubernetesClusterId: cluster.id,
    roles: ['Microsoft.DataProtection/backupVaults/backup-operator'],
    sourceResourceId: vault.id,
  });
  const operator = vault.identity.principalId;
  const agent = extension.aksAssignedIdentity.get(0).principalId;
  const rights: [id: string, role: string, principal: string, scope: string][] = [
    ['cluster', 'Reader', operator, cluster.id],
    ['snapshots', 'Reader', operator, snapshots.id],
    ['snapshot-disks', 'Disk Snapshot Contributor', operator, snapshots.id],
    ['snapshot-data', 'Data Operator for Managed Disks', operator, snapshots.id],
    ['objects', 'Storage Blob Data Reader', operator, store.backups.id],
    ['agent', 'Storage Blob Data Contributor', agent, store.backups.id],
    // The cluster makes the snapshots, which is why they have a group of their own.
    ['control-plane', 'Contributor', control.principalId, snapshots.id],
  ];
  new DataProtectionBackupInstanceKubernetesCluster(stack, 'backup', {
    name,
    location: place.location,
    vaultId: vault.id,
    backupPolicyId: policy.id,
    kubernetesClusterId: cluster.id,
    snapshotResourceGroupName: snapshots.name,
    backupDatasourceParameters: {
      includedNamespaces: [names.namespace(region.parts)],
      clusterScopedResourcesEnabled: true,
      volumeSnapshotEnabled: true,
    },
    dependsOn: [
      trust,
      ...rights.map(([id, role, principal, scope]) => assign(azure, `backup-${id}`, { role, principal, scope })),
    ],
  });
}
