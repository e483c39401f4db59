import { conditional, Fn, Op, TerraformOutput, type TerraformStack, TerraformVariable, Token } from 'cdktf';
import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import { nearestLocation } from './locations.ts';
import { subscriptionOf } from './placement.ts';
import {
  DnsARecord,
  DnsCnameRecord,
  DnsZone,
  ManagementLock,
  ResourceGroup,
  TrafficManagerExternalEndpoint,
  TrafficManagerProfile,
} from './provider.ts';
import { tagsOf, useAzure } from './subscription.ts';

/** Name of the agents, wherever they run now. */
export const AGENTS = 'agents';

/** Name of one region's agents. */
export const regionHost = (region: Pick<RegionModel, 'name'>, zone: string) => `${region.name}.${zone}`;

/** Regions in the order in which traffic falls to them, from 1: the active ones first, then the file's order. */
export const priorities = (regions: readonly RegionModel[]): ReadonlyMap<string, number> =>
  new Map(
    [...regions]
      .sort((a, b) => Number(b.role === 'active') - Number(a.role === 'active') || a.index - b.index)
      .map((region, i) => [region.name, i + 1]),
  );

/** Whole seconds; Traffic Manager answers with a time to live of at least one here. */
const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));

/**
 * The zone and the names that a failover moves: `agents.ZONE` follows a Traffic Manager profile over the regions' own
 * names. Its checkers come from the Internet; where load balancers are private `headrace traffic` moves it by
 * `enabled_REGION`: the only endpoint that is left is answered with, well or not (Traffic Manager, "Endpoint
 * monitoring": all enabled endpoints degraded). Azure signs no zone of this kind.
 */
export function azureGlobalDns(stack: TerraformStack, deployment: DeploymentModel): void {
  const { dns } = deployment;
  if (!dns) return;
  const home = deployment.regions.find(({ cloud }) => cloud === 'azure');
  useAzure(stack, home && subscriptionOf(home));
  const tags = tagsOf(deployment);
  const group = new ResourceGroup(stack, 'group', {
    name: `${deployment.name}-global`,
    location: nearestLocation(home ?? (deployment.regions[0] as RegionModel)),
    tags,
  });
  const zone = new DnsZone(stack, 'zone', { name: dns.zone, resourceGroupName: group.name, tags });
  if (deployment.cluster.deletionProtection) {
    // A zone that is made again has other name servers, which the parent zone does not know.
    new ManagementLock(stack, 'lock-zone', { name: 'headrace-zone', scope: zone.id, lockLevel: 'CanNotDelete' });
  }
  const ttl = seconds(dns.ttl);
  const profile = new TrafficManagerProfile(stack, 'profile', {
    name: `${deployment.name}-${deployment.id}`,
    resourceGroupName: group.name,
    trafficRoutingMethod: deployment.dr.mode === 'active-active' ? 'Performance' : 'Priority',
    dnsConfig: { relativeName: `${deployment.name}-${deployment.id}`, ttl },
    // A probe every 10 s and three misses: about 40 s until a region is left.
    monitorConfig: {
      protocol: 'HTTPS',
      port: 443,
      path: '/healthz',
      intervalInSeconds: 10,
      timeoutInSeconds: 5,
      toleratedNumberOfFailures: 3,
    },
    tags,
  });
  const order = priorities(deployment.regions);
  for (const region of deployment.regions) {
    new TrafficManagerExternalEndpoint(stack, `endpoint-${region.name}`, {
      name: region.name,
      profileId: profile.id,
      target: regionHost(region, dns.zone),
      enabled: enabled(stack, region).booleanValue,
      priority: order.get(region.name) ?? deployment.regions.length,
      // What an address outside Azure counts as for the nearest region.
      endpointLocation: nearestLocation(region),
    });
    regionRecords(stack, zone, group, region, ttl);
  }
  new DnsCnameRecord(stack, 'agents', {
    name: AGENTS,
    zoneName: zone.name,
    resourceGroupName: group.name,
    ttl,
    targetResourceId: profile.id,
    tags,
  });
  new TerraformOutput(stack, 'dns_name_servers', {
    description: 'Name servers that the parent zone must delegate to.',
    value: zone.nameServers,
  });
}

/** The region's own name, once its load balancer is known: an address or a host name. */
function regionRecords(stack: TerraformStack, zone: DnsZone, group: ResourceGroup, region: RegionModel, ttl: number) {
  const endpoint = new TerraformVariable(stack, `endpoint_${region.name.replaceAll('-', '_')}`, {
    type: 'string',
    default: '',
    description: `Address or host name of the agents' load balancer in ${region.name}; empty until it exists.`,
  }).stringValue;
  const address = Fn.can(Fn.regex('^[0-9.]+$', endpoint));
  const common = { name: region.name, zoneName: zone.name, resourceGroupName: group.name, ttl };
  new DnsARecord(stack, `address-${region.name}`, {
    ...common,
    count: Token.asNumber(conditional(address, 1, 0)),
    records: [endpoint],
  });
  new DnsCnameRecord(stack, `host-${region.name}`, {
    ...common,
    count: Token.asNumber(conditional(Op.and(Op.not(address), Op.gte(Fn.lengthOf(endpoint), 1)), 1, 0)),
    record: endpoint,
  });
}

const enabled = (stack: TerraformStack, region: RegionModel) =>
  new TerraformVariable(stack, `enabled_${region.name.replaceAll('-', '_')}`, {
    type: 'bool',
    default: true,
    description: `Whether ${region.name} takes traffic; false drains it.`,
  });
