import { addressPlan } from './placement.ts';
import {
  NetworkSecurityGroup,
  RouteTable,
  Subnet,
  SubnetNetworkSecurityGroupAssociation,
  SubnetRouteTableAssociation,
  VirtualNetwork,
} from './provider.ts';
import type { AzureRegion } from './subscription.ts';

/** The region's network. A subnet spans the zones; what lies in it chooses its own. */
export interface AzureNetwork {
  readonly network: VirtualNetwork;
  readonly nodes: Subnet;
  readonly endpoints: Subnet;
  readonly firewall: Subnet;
  readonly controlPlane: Subnet;
  /** Routes of the nodes; the firewall adds the way out. */
  readonly routes: RouteTable;
  /** What must stand before a node starts. */
  readonly ready: (SubnetNetworkSecurityGroupAssociation | SubnetRouteTableAssociation)[];
}

export function createNetwork(azure: AzureRegion): AzureNetwork {
  const { stack, name, region, place, deployment } = azure;
  const plan = addressPlan(region.cidr);
  const network = new VirtualNetwork(stack, 'network', {
    ...place,
    name,
    addressSpace: [region.cidr],
    // The firewall becomes the network's resolver once it has an address.
    lifecycle: { ignoreChanges: ['dns_servers'] },
  });
  const part = (id: string, subnetName: string, addressPrefix: string, more: object = {}) =>
    new Subnet(stack, `subnet-${id}`, {
      name: subnetName,
      resourceGroupName: place.resourceGroupName,
      virtualNetworkName: network.name,
      addressPrefixes: [addressPrefix],
      // Otherwise Azure lends every machine an outbound address of its own.
      defaultOutboundAccessEnabled: false,
      ...more,
    });
  const nodes = part('nodes', 'nodes', plan.nodes);
  const endpoints = part('endpoints', 'endpoints', plan.endpoints, {
    privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled',
  });
  const firewall = part('firewall', 'AzureFirewallSubnet', plan.firewall);
  const controlPlane = part('control-plane', 'control-plane', plan.controlPlane, {
    delegation: [
      {
        name: 'aks',
        serviceDelegation: {
          name: 'Microsoft.ContainerService/managedClusters',
          actions: ['Microsoft.Network/virtualNetworks/subnets/join/action'],
        },
      },
    ],
  });
  const routes = new RouteTable(stack, 'routes', {
    ...place,
    name: `${name}-nodes`,
    bgpRoutePropagationEnabled: false,
  });
  const inside = [region.cidr, deployment.network.podCidr];
  return {
    network,
    nodes,
    endpoints,
    firewall,
    controlPlane,
    routes,
    ready: [
      new SubnetRouteTableAssociation(stack, 'routes-nodes', { subnetId: nodes.id, routeTableId: routes.id }),
      // Pods keep their own addresses between nodes (AKS, "Azure CNI Overlay": network security groups).
      guard(azure, 'nodes', nodes, inside, ['*'], true),
      guard(azure, 'endpoints', endpoints, inside, ['443', '5671', '9093'], false),
      // What the API server needs of its subnet (AKS, "API Server VNet Integration": network security groups).
      guard(
        azure,
        'control-plane',
        controlPlane,
        [...inside, ...deployment.cluster.authorizedRanges],
        ['443', '4443'],
        true,
      ),
    ],
  };
}

/** Lets in what comes from the network itself, on the given ports, and nothing else. */
function guard(
  { stack, name, place }: AzureRegion,
  id: string,
  subnet: Subnet,
  sources: string[],
  ports: string[],
  balancer: boolean,
): SubnetNetworkSecurityGroupAssociation {
  const inbound = {
    direction: 'Inbound',
    protocol: '*',
    sourcePortRange: '*',
    destinationAddressPrefix: '*',
  };
  const group = new NetworkSecurityGroup(stack, `guard-${id}`, {
    ...place,
    name: `${name}-${id}`,
    securityRule: [
      {
        ...inbound,
        name: 'inside',
        priority: 100,
        access: 'Allow',
        sourceAddressPrefixes: sources,
        ...(ports.length === 1 ? { destinationPortRange: ports[0] ?? '*' } : { destinationPortRanges: ports }),
      },
      ...(balancer
        ? [
            {
              ...inbound,
              name: 'balancer-probes',
              priority: 110,
              access: 'Allow',
              sourceAddressPrefix: 'AzureLoadBalancer',
              destinationPortRange: '*',
            },
          ]
        : []),
      {
        ...inbound,
        name: 'deny',
        priority: 4096,
        access: 'Deny',
        sourceAddressPrefix: '*',
        destinationPortRange: '*',
      },
    ],
  });
  return new SubnetNetworkSecurityGroupAssociation(stack, `guard-${id}-subnet`, {
    subnetId: subnet.id,
    networkSecurityGroupId: group.id,
  });
}
