import type { TerraformStack } from 'cdktf';
import { type DeploymentModel, names, type RegionModel } from '../../config/index.ts';
import { subscriptionOf, zonesOf } from './placement.ts';
import { AzurermProvider, DataAzurermClientConfig, ManagementLock, ResourceGroup, RoleAssignment } from './provider.ts';

/** What every part of a region's stack is built on. */
export interface AzureRegion {
  readonly stack: TerraformStack;
  readonly deployment: DeploymentModel;
  readonly region: RegionModel;
  /** Cluster and resource group, and the prefix of the region's resources. */
  readonly name: string;
  readonly zones: string[];
  readonly group: ResourceGroup;
  /** Who deploys: tenant, subscription and object id, as tokens. */
  readonly client: DataAzurermClientConfig;
  /** Where a resource goes, with its tags: Azure hands none down from the group. */
  readonly place: { readonly resourceGroupName: string; readonly location: string; readonly tags: Tags };
}

export type Tags = Record<string, string>;

export const tagsOf = (deployment: Pick<DeploymentModel, 'name'>, region?: Pick<RegionModel, 'name'>): Tags => ({
  'headrace-deployment': deployment.name,
  'headrace-region': region?.name ?? 'global',
});

/** Declares the provider. */
export function useAzure(stack: TerraformStack, subscriptionId?: string): void {
  new AzurermProvider(stack, 'azurerm', {
    ...(subscriptionId ? { subscriptionId } : {}),
    // Storage accounts refuse account keys, so the provider has to speak as the deployer.
    storageUseAzuread: true,
    features: [
      {
        resourceGroup: [{ preventDeletionIfContainsResources: true }],
        // Purge protection forbids purging; a later deployment recovers what a destroy left.
        keyVault: [
          {
            purgeSoftDeleteOnDestroy: false,
            purgeSoftDeletedKeysOnDestroy: false,
            recoverSoftDeletedKeyVaults: true,
            recoverSoftDeletedKeys: true,
          },
        ],
        logAnalyticsWorkspace: [{ permanentlyDeleteOnDestroy: false }],
        // Everything is done through the Resource Manager: the accounts' own endpoints are closed to the deployer.
        storage: [{ dataPlaneAvailable: false }],
      },
    ],
  });
}

/** Declares the provider and the region's resource group. */
export function openSubscription(stack: TerraformStack, deployment: DeploymentModel, region: RegionModel): AzureRegion {
  useAzure(stack, subscriptionOf(region));
  const name = names.region(region.parts);
  const tags = tagsOf(deployment, region);
  const group = new ResourceGroup(stack, 'group', { name, location: region.region, tags });
  return {
    stack,
    deployment,
    region,
    name,
    zones: zonesOf(region),
    group,
    client: new DataAzurermClientConfig(stack, 'client', {}),
    place: { resourceGroupName: group.name, location: region.region, tags },
  };
}

/** A built-in role of one managed identity on one resource. */
export interface Assignment {
  readonly role: string;
  /** Object id. */
  readonly principal: string;
  /** Resource id. */
  readonly scope: string;
  /** Condition in Azure's own language (version 2.0). */
  readonly condition?: string;
}

/** Without the principal's type Azure looks an identity up that it may not know yet, and refuses. */
export const assign = ({ stack }: AzureRegion, id: string, { role, principal, scope, condition }: Assignment) =>
  new RoleAssignment(stack, id, {
    scope,
    roleDefinitionName: role,
    principalId: principal,
    principalType: 'ServicePrincipal',
    ...(condition ? { condition, conditionVersion: '2.0' } : {}),
  });

/** Locks a resource against deletion, unless the file turned protection off. The lock must go before the resource can. */
export function protect({ stack, deployment }: AzureRegion, id: string, scope: string): void {
  if (!deployment.cluster.deletionProtection) return;
  new ManagementLock(stack, `lock-${id}`, {
    name: `headrace-${id}`,
    scope,
    lockLevel: 'CanNotDelete',
    notes: 'cluster.deletionProtection of the deployment file',
  });
}
