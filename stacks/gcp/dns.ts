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
 * private (Cloud DNS, "DNS routing policies and health checks"). `weight_REGION` shares the traffic out, and
 * `headrace traffic` moves it by `enabled_REGION`.
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
  const weights = effectiveWeights(stack, deployment.regions);
  new DnsRecordSet(stack, 'agents', {
    managedZone: zone.name,
    name: agentsName(dns.zone),
    type: 'CNAME',
    ttl,
    routingPolicy: {
      wrr: deployment.regions.map((region, i) => ({
        weight: Token.asNumber(weights[i]),
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

/** What each region gets: nothing while it is drained; an even share when no region that is left has a weight. */
function effectiveWeights(stack: TerraformStack, regions: readonly RegionModel[]) {
  const told = regions.map((region) => ({ enabled: enabled(stack, region), weight: weight(stack, region) }));
  const open = told.map((region) => conditional(region.enabled, region.weight, 0));
  // The sign, since cdktf drops a zero that stands to the right of an operator.
  const none = Op.lt(Fn.signum(Token.asNumber(Fn.sum(open))), 1);
  return told.map((region, i) => conditional(Op.and(region.enabled, none), 1, open[i]));
}

const enabled = (stack: TerraformStack, region: RegionModel) =>
  new TerraformVariable(stack, `enabled_${region.name.replaceAll('-', '_')}`, {
    type: 'bool',
    default: true,
    description: `Whether ${region.name} takes traffic; false drains it.`,
  }).booleanValue;

const weight = (stack: TerraformStack, region: RegionModel) =>
  new TerraformVariable(stack, `weight_${region.name.replaceAll('-', '_')}`, {
    type: 'number',
    default: initialWeight(region),
    description: `Share of the traffic of ${region.name}; 0 drains it.`,
  }).numberValue;
