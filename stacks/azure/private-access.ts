import type { AzureNetwork } from './network.ts';
import { PrivateDnsZone, PrivateDnsZoneVirtualNetworkLink, PrivateEndpoint } from './provider.ts';
import type { AzureRegion } from './subscription.ts';

/** Names that a service answers to inside the network (Azure, "Private endpoint private DNS zone values"). */
const ZONES = {
  blob: 'privatelink.blob.core.windows.net',
  dfs: 'privatelink.dfs.core.windows.net',
  vault: 'privatelink.vaultcore.azure.net',
  registry: 'privatelink.azurecr.io',
  namespace: 'privatelink.servicebus.windows.net',
} as const;
export type PrivateService = keyof typeof ZONES;

/** Declares a private zone that the region's network resolves. */
export function privateZone(azure: AzureRegion, net: AzureNetwork, id: string, zoneName: string): PrivateDnsZone {
  const { stack, place, name } = azure;
  const zone = new PrivateDnsZone(stack, `zone-${id}`, {
    name: zoneName,
    resourceGroupName: place.resourceGroupName,
    tags: place.tags,
  });
  new PrivateDnsZoneVirtualNetworkLink(stack, `zone-${id}-link`, {
    name: `${name}-${id}`,
    resourceGroupName: place.resourceGroupName,
    privateDnsZoneName: zone.name,
    virtualNetworkId: net.network.id,
    registrationEnabled: false,
    tags: place.tags,
  });
  return zone;
}

/** Gives a resource an address inside the network, and its name there. @param resourceId of what offers the service. */
export function privateEndpoint(
  azure: AzureRegion,
  net: AzureNetwork,
  service: PrivateService,
  resourceId: string,
): PrivateEndpoint {
  const { stack, place, name } = azure;
  const zone = privateZone(azure, net, service, ZONES[service]);
  return new PrivateEndpoint(stack, `endpoint-${service}`, {
    ...place,
    name: `${name}-${service}`,
    subnetId: net.endpoints.id,
    privateServiceConnection: {
      name: service,
      privateConnectionResourceId: resourceId,
      subresourceNames: [service],
      isManualConnection: false,
    },
    privateDnsZoneGroup: { name: 'default', privateDnsZoneIds: [zone.id] },
  });
}
