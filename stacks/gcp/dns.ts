import { conditional, Fn, Op, TerraformOutput, type TerraformStack, TerraformVariable, Token } from 'cdktf';
import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import { wholeSeconds } from './placement.ts';
import { DataGoogleDnsKeys, DnsManagedZone, DnsRecordSet, GoogleProvider, ProjectService } from './provider.ts';

/** Name of the agents, wherever they run now. */
export const agentsName = (zone: string) => `agents.${zone}.`;

/** Name of one region's agents. */
export const regionName = (zone: string, region: Pick<RegionModel, 'name'>) => `${region.name}.agents.${zone}.`;

/** Share of the traffic that a region starts with: the active regions share it, a standby gets none. */
export const initialWeight = (region: Pick<RegionModel, 'role'>) => (region.role === 'active' ? 1 : 0);

/**
 * The zone, signed, and the names that a failover moves. `agents.ZONE` is weighted over the regions: Cloud DNS fails
 * over by itself only to addresses that its checkers reach over the Internet, and the agents' load balancers are
 * private (Cloud DNS, "DNS routing policies and health checks"). A failover sets `weight_REGION`, an operator likewise
 * drains a region by hand.
 */
export function gcpGlobalDns(stack: TerraformStack, deployment: DeploymentModel): void {
  const { dns } = deployment;
  if (!dns) return;
  const account = deployment.regions.find((region) => region.cloud === 'gcp' && region.account)?.account;
  new GoogleProvider(stack, 'google', {
    ...(account ? { project: account } : {}),
    defaultLabels: { headrace_deployment: deployment.name },
  });
  const service = new ProjectService(stack, 'api-dns', { service: 'dns.googleapis.com', disableOnDestroy: false });
  const zone = new DnsManagedZone(stack, 'zone', {
    name: `${deployment.name}-${deployment.id}`,
    dnsName: `${dns.zone}.`,
    description: `Headrace deployment ${deployment.name}`,
    visibility: 'public',
    dnssecConfig: { state: 'on', nonExistence: 'nsec3' },
    cloudLoggingConfig: { enableLogging: true },
    forceDestroy: false,
    // A zone that is made again has other name servers, which the parent zone does not know.
    lifecycle: { preventDestroy: deployment.cluster.deletionProtection },
    dependsOn: [service],
  });
  const ttl = wholeSeconds(dns.ttl);
  for (const region of deployment.regions) regionalRecord(stack, zone, dns.zone, region, ttl);
  new DnsRecordSet(stack, 'agents', {
    managedZone: zone.name,
    name: agentsName(dns.zone),
    type: 'CNAME',
    ttl,
    routingPolicy: {
      wrr: deployment.regions.map((region) => ({
        weight: Token.asNumber(weight(stack, region).value),
        rrdatas: [regionName(dns.zone, region)],
      })),
    },
  });
  new TerraformOutput(stack, 'dns_name_servers', {
    description: 'Name servers that the parent zone must delegate to.',
    value: zone.nameServers,
  });
  const keys = new DataGoogleDnsKeys(stack, 'zone-keys', { managedZone: zone.id });
  new TerraformOutput(stack, 'dns_ds_record', {
    description: 'DS record that the parent zone must hold for the signatures to count.',
    value: keys.keySigningKeys.get(0).dsRecord,
  });
}

/** The region's own name, once its load balancer is known: an address or a host name. */
function regionalRecord(stack: TerraformStack, zone: DnsManagedZone, name: string, region: RegionModel, ttl: number) {
  const endpoint = new TerraformVariable(stack, `endpoint_${region.name.replaceAll('-', '_')}`, {
    type: 'string',
    default: '',
    description: `Address or host name of the agents' load balancer in ${region.name}; empty until it exists.`,
  }).stringValue;
  const isAddress = Fn.can(Fn.regex('^[0-9.]+$', endpoint));
  new DnsRecordSet(stack, `agents-${region.name}`, {
    count: Token.asNumber(conditional(Op.gte(Fn.lengthOf(endpoint), 1), 1, 0)),
    managedZone: zone.name,
    name: regionName(name, region),
    type: Token.asString(conditional(isAddress, 'A', 'CNAME')),
    ttl,
    rrdatas: [Token.asString(conditional(isAddress, endpoint, Fn.format('%s.', [Fn.trimsuffix(endpoint, '.')])))],
  });
}

const weight = (stack: TerraformStack, region: RegionModel) =>
  new TerraformVariable(stack, `weight_${region.name.replaceAll('-', '_')}`, {
    type: 'number',
    default: initialWeight(region),
    description: `Share of the traffic of ${region.name}; 0 drains it.`,
  });
