import type { ITerraformDependable } from 'cdktf';
import { accept } from '../accepted.ts';
import { type EgressTarget, egressTargets } from './egress.ts';
import type { AzureNetwork } from './network.ts';
import {
  Firewall,
  FirewallPolicy,
  FirewallPolicyRuleCollectionGroup,
  PublicIp,
  Route,
  VirtualNetworkDnsServers,
} from './provider.ts';
import type { AzureRegion } from './subscription.ts';

/** The one way out. */
export interface Egress {
  readonly firewall: Firewall;
  /** Fixed addresses that traffic leaves from, for other parties' allow lists. */
  readonly addresses: string[];
  /** What must stand before a node starts: without it none can join its cluster. */
  readonly ready: ITerraformDependable[];
}

/** Each gives 2,496 source ports an instance (Azure Firewall, "known issues": SNAT ports); zone-redundant like the firewall. */
const ADDRESSES = 2;

/**
 * Nodes reach the allow list and what AKS needs, by name, through a firewall in all zones. A NAT gateway would know no
 * names, and AKS takes one of the two.
 */
export function createFirewall(azure: AzureRegion, net: AzureNetwork): Egress {
  const { stack, name, place, zones, region, deployment } = azure;
  const policy = new FirewallPolicy(stack, 'egress-policy', {
    ...place,
    name: `${name}-egress`,
    sku: 'Standard',
    threatIntelligenceMode: 'Deny',
    // Rules for other protocols than HTTP match by address: firewall and pods must resolve a name alike.
    dns: { proxyEnabled: true },
  });
  const rules = new FirewallPolicyRuleCollectionGroup(stack, 'egress-rules', {
    name: 'allow-list',
    firewallPolicyId: policy.id,
    priority: 1000,
    ...ruleCollections(egressTargets(deployment, region), [region.cidr, deployment.network.podCidr]),
  });
  const addresses = Array.from(
    { length: ADDRESSES },
    (_, i) =>
      new PublicIp(stack, `egress-address-${i}`, {
        ...place,
        name: `${name}-egress-${i}`,
        allocationMethod: 'Static',
        sku: 'Standard',
        zones,
      }),
  );
  const firewall = new Firewall(stack, 'firewall', {
    ...place,
    name,
    skuName: 'AZFW_VNet',
    skuTier: 'Standard',
    firewallPolicyId: policy.id,
    zones,
    ipConfiguration: addresses.map((address, i) => ({
      name: `egress-${i}`,
      publicIpAddressId: address.id,
      ...(i === 0 ? { subnetId: net.firewall.id } : {}),
    })),
    dependsOn: [rules],
  });
  accept(policy, {
    CKV_AZURE_220: 'intrusion detection is of the Premium tier, and would have to open the TLS of model services',
  });
  accept(firewall, { CKV_AZURE_216: 'its policy says so, and a firewall with a policy takes no mode of its own' });
  const inside = firewall.ipConfiguration.get(0).privateIpAddress;
  return {
    firewall,
    addresses: addresses.map((address) => address.ipAddress),
    ready: [
      ...net.ready,
      new Route(stack, 'route-out', {
        name: 'out',
        resourceGroupName: place.resourceGroupName,
        routeTableName: net.routes.name,
        addressPrefix: '0.0.0.0/0',
        nextHopType: 'VirtualAppliance',
        nextHopInIpAddress: inside,
      }),
      accept(
        new VirtualNetworkDnsServers(stack, 'resolver', { virtualNetworkId: net.network.id, dnsServers: [inside] }),
        {
          CKV_AZURE_182:
            'the firewall resolves, in three zones behind one address; a second resolver would let names past it',
        },
      ),
    ],
  };
}

/** Rule collections that allow the targets and what AKS itself needs. Whatever no rule names is denied. */
export function ruleCollections(targets: readonly EgressTarget[], sources: string[]) {
  const named = targets.filter(({ by }) => by !== 'tcp');
  const addressed = targets.filter(({ by }) => by === 'tcp');
  return {
    applicationRuleCollection: [
      {
        name: 'names',
        priority: 200,
        action: 'Allow',
        rule: [
          {
            name: 'aks',
            description: 'What a cluster needs, kept up to date by Azure',
            sourceAddresses: sources,
            destinationFqdnTags: ['AzureKubernetesService'],
            protocols: [
              { type: 'Https', port: 443 },
              { type: 'Http', port: 80 },
            ],
          },
          ...named.map(({ host, port, by, reason }) => ({
            name: ruleName(host, port),
            description: reason,
            sourceAddresses: sources,
            destinationFqdns: [host],
            protocols: [{ type: by === 'http' ? 'Http' : 'Https', port }],
          })),
        ],
      },
    ],
    networkRuleCollection: [
      {
        name: 'addresses',
        priority: 100,
        action: 'Allow',
        rule: [
          {
            name: 'time',
            description: 'Clocks of the nodes (AKS, "Outbound network rules")',
            sourceAddresses: sources,
            destinationFqdns: ['ntp.ubuntu.com'],
            protocols: ['UDP'],
            destinationPorts: ['123'],
          },
          ...addressed.map(({ host, port, reason }) => ({
            name: ruleName(host, port),
            description: reason,
            sourceAddresses: sources,
            ...(/^[\d.]+$/.test(host) ? { destinationAddresses: [host] } : { destinationFqdns: [host] }),
            protocols: ['TCP'],
            destinationPorts: [`${port}`],
          })),
        ],
      },
    ],
  };
}

/** Rule names hold letters, digits, dots, dashes and underscores, and begin and end with a letter or digit. */
const ruleName = (host: string, port: number) => `${host.replace('*', 'any')}-${port}`;
