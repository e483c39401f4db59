import { names } from '../../config/index.ts';
import { accept } from '../accepted.ts';
import type { ServiceKey } from './keys.ts';
import type { AzureNetwork } from './network.ts';
import { privateEndpoint } from './private-access.ts';
import { ContainerRegistry } from './provider.ts';
import { type AzureRegion, assign, protect } from './subscription.ts';

/** Days that a manifest without a tag is kept. */
const UNTAGGED_DAYS = 30;

/**
 * The region's image registry, in the deployment's other Azure locations as well, so that `images.registry` can name it
 * for all of them. Azure has no attribute that stops a tag from moving: charts name images by digest where that matters.
 * @param kubeletPrincipal object id of the nodes' identity.
 */
export function createRegistry(
  azure: AzureRegion,
  net: AzureNetwork,
  { key, identity, ready }: ServiceKey,
  kubeletPrincipal: string,
): ContainerRegistry {
  const { stack, place, region, deployment } = azure;
  const locations = deployment.regions
    .filter((other) => other.cloud === 'azure' && other.region !== region.region)
    .map((other) => other.region);
  const registry = new ContainerRegistry(stack, 'images', {
    ...place,
    name: names.azureRegistry(region.parts),
    // Private endpoints, own keys, zones, copies and retention are all Premium.
    sku: 'Premium',
    adminEnabled: false,
    anonymousPullEnabled: false,
    publicNetworkAccessEnabled: false,
    exportPolicyEnabled: false,
    networkRuleBypassOption: 'AzureServices',
    zoneRedundancyEnabled: true,
    // Layers come from the private endpoint too, not from shared storage names.
    dataEndpointEnabled: true,
    retentionPolicyInDays: UNTAGGED_DAYS,
    // In alphabetical order, or every plan shows a change.
    georeplications: [...new Set(locations)]
      .sort()
      .map((location) => ({ location, zoneRedundancyEnabled: true, tags: place.tags })),
    identity: { type: 'UserAssigned', identityIds: [identity.id] },
    encryption: [{ keyVaultKeyId: key.versionlessId, identityClientId: identity.clientId }],
    dependsOn: ready,
  });
  accept(registry, {
    CKV_AZURE_164: 'Azure takes no new registries into content trust; charts can name images by digest',
    CKV_AZURE_166: 'quarantine needs somebody who lets images out; Defender scans what was pushed',
  });
  assign(azure, 'kubelet-images', { role: 'AcrPull', principal: kubeletPrincipal, scope: registry.id });
  privateEndpoint(azure, net, 'registry', registry.id);
  protect(azure, 'registry', registry.id);
  return registry;
}
