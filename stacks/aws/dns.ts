import {
  conditional,
  Fn,
  type IResolvable,
  Op,
  TerraformOutput,
  type TerraformStack,
  TerraformVariable,
  Token,
} from 'cdktf';
import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import { accept } from '../accepted.ts';
import { type Enabled, enabledRegions, healthCheck, regionHost, variable } from './health-check.ts';
import { administration, zoneSigningUse } from './key-policies.ts';
import { partitionOf } from './place.ts';
import { policyDocument } from './policy-document.ts';
import {
  AwsProvider,
  DataAwsCallerIdentity,
  KmsKey,
  type Route53HealthCheck,
  Route53HostedZoneDnssec,
  Route53KeySigningKey,
  Route53Record,
  Route53Zone,
} from './provider.ts';

/** Route 53 takes signing keys of this region only (Amazon Route 53, "Configuring DNSSEC signing"). */
const SIGNING_REGION = 'us-east-1';

/** Name of the agents, wherever they run now. */
export const agentsName = (zone: string) => `agents.${zone}`;

/** A name that resolves to one region while that is well, and to the next name or region otherwise. */
export interface FailoverStep {
  readonly name: string;
  readonly primary: RegionModel;
  /** Name to ask when the primary is not well; absent at the end of the chain. */
  readonly secondary?: string;
}

/**
 * Failover records know a primary and one secondary, so more regions form a chain: the active region first, then the
 * standbys in the file's order.
 */
export function failoverChain(regions: readonly RegionModel[], zone: string): FailoverStep[] {
  const order = [...regions].sort(
    (a, b) => Number(b.role === 'active') - Number(a.role === 'active') || a.index - b.index,
  );
  const last = order.at(-1);
  if (order.length < 2 || !last) return order.map((primary) => ({ name: agentsName(zone), primary }));
  return order.slice(0, -1).map((primary, i) => ({
    name: i === 0 ? agentsName(zone) : `failover-${i}.${zone}`,
    primary,
    secondary: i === order.length - 2 ? regionHost(last, zone) : `failover-${i + 1}.${zone}`,
  }));
}

/**
 * The zone, signed, and the names that a failover moves: `agents.ZONE` leads to `REGION.ZONE` of a region that is well.
 * Checkers come from the Internet; where load balancers are private `headrace traffic` moves it by `enabled_REGION`.
 */
export function awsGlobalDns(stack: TerraformStack, deployment: DeploymentModel): void {
  const { dns } = deployment;
  if (!dns) return;
  const account = deployment.regions.find((region) => region.cloud === 'aws' && region.account)?.account;
  new AwsProvider(stack, 'aws', {
    region: SIGNING_REGION,
    ...(account ? { allowedAccountIds: [account] } : {}),
    defaultTags: [{ tags: { headrace_deployment: deployment.name } }],
  });
  const zone = new Route53Zone(stack, 'zone', {
    name: dns.zone,
    comment: `Headrace deployment ${deployment.name}`,
    forceDestroy: false,
    // A zone that is made again has other name servers, which the parent zone does not know.
    lifecycle: { preventDestroy: deployment.cluster.deletionProtection },
  });
  accept(zone, {
    CKV2_AWS_39: 'it answers with one public name; who asked for it is in no log that anybody needs',
  });
  const ds = sign(stack, deployment, zone, account);
  const ttl = Math.max(1, Math.ceil(dns.ttl / 1000));
  const enabled = enabledRegions(stack, deployment.regions);
  const checks = new Map(
    deployment.regions.map((region) => [region.name, healthCheck(stack, region, dns.zone, enabled)] as const),
  );
  for (const region of deployment.regions) regionRecord(stack, zone, region, dns.zone, ttl);
  if (deployment.dr.mode === 'active-active') {
    spread(stack, deployment, zone, { checks, enabled }, { zone: dns.zone, ttl });
  } else {
    failOver(stack, deployment, zone, checks, { zone: dns.zone, ttl });
  }
  new TerraformOutput(stack, 'dns_name_servers', {
    description: 'Name servers that the parent zone must delegate to.',
    value: zone.nameServers,
  });
  new TerraformOutput(stack, 'dns_ds_record', {
    description: 'DS record that the parent zone must hold for the signatures to count.',
    value: ds,
  });
}

type Checks = ReadonlyMap<string, Route53HealthCheck>;
interface Names {
  readonly zone: string;
  readonly ttl: number;
}

/** Signs the zone with a key of its own. Returns the DS record. */
function sign(
  stack: TerraformStack,
  deployment: DeploymentModel,
  zone: Route53Zone,
  named: string | undefined,
): string {
  const account = named ?? new DataAwsCallerIdentity(stack, 'caller').accountId;
  const place = { partition: partitionOf(SIGNING_REGION), region: SIGNING_REGION, account };
  const key = new KmsKey(stack, 'zone-key', {
    description: `${deployment.name}: signatures of the zone`,
    customerMasterKeySpec: 'ECC_NIST_P256',
    keyUsage: 'SIGN_VERIFY',
    // Keys that sign are not rotated by KMS.
    enableKeyRotation: false,
    deletionWindowInDays: 30,
    bypassPolicyLockoutSafetyCheck: false,
    policy: policyDocument([administration(place), ...zoneSigningUse(account)]),
    lifecycle: { preventDestroy: deployment.cluster.deletionProtection },
  });
  const signing = new Route53KeySigningKey(stack, 'zone-signing-key', {
    name: deployment.name.replaceAll('-', '_'),
    hostedZoneId: zone.zoneId,
    keyManagementServiceArn: key.arn,
  });
  new Route53HostedZoneDnssec(stack, 'zone-dnssec', {
    hostedZoneId: signing.hostedZoneId,
    signingStatus: 'SIGNING',
  });
  return signing.dsRecord;
}

/** The region's own name, once its load balancer is known: an address or a host name. */
function regionRecord(stack: TerraformStack, zone: Route53Zone, region: RegionModel, name: string, ttl: number): void {
  const endpoint = new TerraformVariable(stack, `endpoint_${variable(region)}`, {
    type: 'string',
    default: '',
    description: `Address or host name of the agents' load balancer in ${region.name}; empty until it exists.`,
  }).stringValue;
  const isAddress = Fn.can(Fn.regex('^[0-9.]+$', endpoint));
  new Route53Record(stack, `region-${region.name}`, {
    count: Token.asNumber(conditional(Op.gte(Fn.lengthOf(endpoint), 1), 1, 0)),
    zoneId: zone.zoneId,
    name: regionHost(region, name),
    type: Token.asString(conditional(isAddress, 'A', 'CNAME')),
    ttl,
    records: [endpoint],
  });
}

function failOver(
  stack: TerraformStack,
  deployment: DeploymentModel,
  zone: Route53Zone,
  checks: Checks,
  { zone: name, ttl }: Names,
): void {
  for (const [i, step] of failoverChain(deployment.regions, name).entries()) {
    const common = { zoneId: zone.zoneId, name: step.name, type: 'CNAME', ttl };
    const target = regionHost(step.primary, name);
    if (step.secondary === undefined) {
      new Route53Record(stack, 'agents', { ...common, records: [target] });
      continue;
    }
    const check = checks.get(step.primary.name);
    new Route53Record(stack, `agents-${i}-primary`, {
      ...common,
      setIdentifier: 'primary',
      failoverRoutingPolicy: { type: 'PRIMARY' },
      ...(check ? { healthCheckId: check.id } : {}),
      records: [target],
    });
    new Route53Record(stack, `agents-${i}-secondary`, {
      ...common,
      setIdentifier: 'secondary',
      failoverRoutingPolicy: { type: 'SECONDARY' },
      records: [step.secondary],
    });
  }
}

/**
 * To the nearest region where all are on AWS, which alone knows distances to its regions; evenly otherwise. A standby has
 * a record only while no active region takes traffic: were all records ill, Route 53 would answer with any of them.
 */
function spread(
  stack: TerraformStack,
  deployment: DeploymentModel,
  zone: Route53Zone,
  { checks, enabled }: { readonly checks: Checks; readonly enabled: Enabled },
  { zone: name, ttl }: Names,
): void {
  const nearest = deployment.regions.every(({ cloud }) => cloud === 'aws');
  const active = deployment.regions.flatMap((region) =>
    region.role === 'active' ? [enabled.get(region.name) as IResolvable] : [],
  );
  for (const region of deployment.regions) {
    const check = checks.get(region.name);
    new Route53Record(stack, `agents-${region.name}`, {
      ...(region.role === 'active' ? {} : { count: Token.asNumber(conditional(Fn.anytrue(active), 0, 1)) }),
      zoneId: zone.zoneId,
      name: agentsName(name),
      type: 'CNAME',
      ttl,
      setIdentifier: region.name,
      ...(nearest ? { latencyRoutingPolicy: { region: region.region } } : { weightedRoutingPolicy: { weight: 100 } }),
      ...(check ? { healthCheckId: check.id } : {}),
      records: [regionHost(region, name)],
    });
  }
}
