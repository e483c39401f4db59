import type { TerraformStack } from 'cdktf';
import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import { nearestLocation } from '../azure/locations.ts';
import { subscriptionOf } from '../azure/placement.ts';
import {
  DataAzurermClientConfig,
  ManagementLock,
  ResourceGroup,
  RoleAssignment,
  StorageAccount,
  StorageContainer,
} from '../azure/provider.ts';
import { useAzure } from '../azure/subscription.ts';

/** Days that an earlier state can be brought back. */
const EARLIER_STATES = 90;

/**
 * A storage account without keys, versioned and locked, and the deployer's right on its container. A blob's lease is the
 * lock (Terraform, "azurerm backend"). Under Azure's own key: an own one would need a vault that nobody's state describes.
 */
export function bootstrapAzure(stack: TerraformStack, deployment: DeploymentModel): void {
  const { azure } = deployment.terraform.backend;
  if (!azure) return;
  const home = deployment.regions.find(({ cloud }) => cloud === 'azure');
  useAzure(stack, home && subscriptionOf(home));
  const tags = { 'headrace-terraform-state': azure.storageAccount };
  const group = new ResourceGroup(stack, 'group', {
    name: azure.resourceGroup,
    location: nearestLocation(home ?? (deployment.regions[0] as RegionModel)),
    tags,
  });
  const account = new StorageAccount(stack, 'states', {
    name: azure.storageAccount,
    resourceGroupName: group.name,
    location: group.location,
    tags,
    accountKind: 'StorageV2',
    accountTier: 'Standard',
    accountReplicationType: 'GZRS',
    httpsTrafficOnlyEnabled: true,
    minTlsVersion: 'TLS1_2',
    allowNestedItemsToBePublic: false,
    crossTenantReplicationEnabled: false,
    sharedAccessKeyEnabled: false,
    defaultToOauthAuthentication: true,
    localUserEnabled: false,
    infrastructureEncryptionEnabled: true,
    blobProperties: {
      versioningEnabled: true,
      deleteRetentionPolicy: { days: EARLIER_STATES },
      containerDeleteRetentionPolicy: { days: EARLIER_STATES },
    },
    lifecycle: { preventDestroy: true },
  });
  const container = new StorageContainer(stack, 'container', {
    name: azure.container,
    storageAccountId: account.id,
    containerAccessType: 'private',
  });
  new RoleAssignment(stack, 'deployer', {
    scope: container.id,
    roleDefinitionName: 'Storage Blob Data Contributor',
    principalId: new DataAzurermClientConfig(stack, 'client', {}).objectId,
  });
  new ManagementLock(stack, 'lock', { name: 'headrace-states', scope: account.id, lockLevel: 'CanNotDelete' });
}
