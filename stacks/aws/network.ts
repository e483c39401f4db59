import { Fn, type ITerraformDependable } from 'cdktf';
import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import { endpointPolicy } from './endpoint-policy.ts';
import {
  DataAwsAvailabilityZones,
  DefaultSecurityGroup,
  Eip,
  InternetGateway,
  NatGateway,
  Route,
  RouteTable,
  RouteTableAssociation,
  SecurityGroup,
  Subnet,
  Vpc,
  VpcEndpoint,
  VpcSecurityGroupIngressRule,
} from './provider.ts';
import { subnetPlan, type ZoneBlocks } from './subnet-plan.ts';

/** One zone of the network. */
export interface Zone {
  readonly blocks: ZoneBlocks;
  readonly nodes: Subnet;
  readonly inner: Subnet;
  readonly firewall: Subnet;
  readonly nat: NatGateway;
  /** Where the zone's traffic leaves from. */
  readonly address: Eip;
  /** Routes of nodes, of the NAT gateway's way back, and of the firewall; one each, so that traffic keeps its zone. */
  readonly tables: { readonly nodes: RouteTable; readonly outer: RouteTable; readonly firewall: RouteTable };
}

export interface AwsNetwork {
  readonly vpc: Vpc;
  readonly zones: readonly Zone[];
  /** Gateway endpoint through which the region's state is reached. */
  readonly s3: VpcEndpoint;
  /** What a node needs to join without the Internet. */
  readonly endpoints: readonly ITerraformDependable[];
}

/** Services that nodes, pods and add-ons call, reached inside the network. */
const INTERFACE_ENDPOINTS = [
  'autoscaling',
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'eks',
  'eks-auth',
  'elasticloadbalancing',
  'kms',
  'logs',
  'monitoring',
  'secretsmanager',
  'sts',
] as const;

/** A network over three zones in which nothing has a public address but the NAT gateways. */
export function createNetwork(aws: AwsRegion): AwsNetwork {
  const { stack, name, region } = aws;
  const plan = subnetPlan(region);
  const vpc = new Vpc(stack, 'vpc', {
    cidrBlock: region.cidr,
    enableDnsSupport: true,
    enableDnsHostnames: true,
    tags: { Name: name },
  });
  // The default group admits its members to each other; emptied, it admits nobody.
  new DefaultSecurityGroup(stack, 'default-security-group', { vpcId: vpc.id });
  const gateway = new InternetGateway(stack, 'gateway', { vpcId: vpc.id, tags: { Name: name } });
  const zoneNames = zonesOf(aws);
  const zones = plan.map((blocks, i) => createZone(aws, vpc, gateway, blocks, zoneNames[i] ?? '', i));
  const s3 = new VpcEndpoint(stack, 'endpoint-s3', {
    vpcId: vpc.id,
    serviceName: `com.amazonaws.${region.region}.s3`,
    vpcEndpointType: 'Gateway',
    routeTableIds: zones.map(({ tables }) => tables.nodes.id),
    policy: endpointPolicy(aws),
    tags: { Name: `${name}-s3` },
  });
  return { vpc, zones, s3, endpoints: [s3, ...createEndpoints(aws, vpc, zones)] };
}

/** The file's zones, or the first three that need no opting in. */
function zonesOf({ stack, region }: AwsRegion): readonly string[] {
  if (region.zones) return region.zones;
  const available = new DataAwsAvailabilityZones(stack, 'zones', {
    state: 'available',
    filter: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
  });
  accept(available, {
    CKV_AWS_394:
      'three of them are taken at the first deployment and then left alone; the file can name its own (zones)',
  });
  return [0, 1, 2].map((i) => Fn.element(available.names, i) as string);
}

function createZone(
  aws: AwsRegion,
  vpc: Vpc,
  gateway: InternetGateway,
  blocks: ZoneBlocks,
  zone: string,
  i: number,
): Zone {
  const { stack, name } = aws;
  const subnetOf = (kind: keyof ZoneBlocks, tags: Record<string, string> = {}) =>
    new Subnet(stack, `${kind}-${i}`, {
      vpcId: vpc.id,
      availabilityZone: zone,
      cidrBlock: blocks[kind],
      mapPublicIpOnLaunch: false,
      // A zone that comes or goes would otherwise replace subnets; zones that the file names are kept to.
      ...(aws.region.zones ? {} : { lifecycle: { ignoreChanges: ['availability_zone'] } }),
      tags: { Name: `${name}-${kind}-${i}`, ...tags },
    });
  const tableOf = (kind: 'nodes' | 'outer' | 'firewall', subnet: Subnet) => {
    const table = new RouteTable(stack, `routes-${kind}-${i}`, {
      vpcId: vpc.id,
      tags: { Name: `${name}-${kind}-${i}` },
    });
    new RouteTableAssociation(stack, `routes-${kind}-${i}-of`, { subnetId: subnet.id, routeTableId: table.id });
    return table;
  };
  // By these tags Kubernetes finds where internal load balancers go; there are none outside.
  const nodes = subnetOf('nodes', { 'kubernetes.io/role/internal-elb': '1' });
  const inner = subnetOf('inner');
  const outer = subnetOf('outer');
  const firewall = subnetOf('firewall');
  const tables = {
    nodes: tableOf('nodes', nodes),
    outer: tableOf('outer', outer),
    firewall: tableOf('firewall', firewall),
  };
  const address = new Eip(stack, `nat-address-${i}`, {
    domain: 'vpc',
    tags: { Name: `${name}-nat-${i}` },
    dependsOn: [gateway],
  });
  const nat = new NatGateway(stack, `nat-${i}`, {
    subnetId: outer.id,
    allocationId: address.allocationId,
    connectivityType: 'public',
    tags: { Name: `${name}-${i}` },
    dependsOn: [gateway],
  });
  new Route(stack, `out-of-outer-${i}`, {
    routeTableId: tables.outer.id,
    destinationCidrBlock: '0.0.0.0/0',
    gatewayId: gateway.id,
  });
  return { blocks, nodes, inner, firewall, nat, address, tables };
}

function createEndpoints(aws: AwsRegion, vpc: Vpc, zones: readonly Zone[]): VpcEndpoint[] {
  const { stack, name, region } = aws;
  const group = new SecurityGroup(stack, 'endpoints', {
    name: `${name}-endpoints`,
    description: 'TLS from inside the network to endpoints of AWS services',
    vpcId: vpc.id,
    tags: { Name: `${name}-endpoints` },
  });
  new VpcSecurityGroupIngressRule(stack, 'endpoints-in', {
    securityGroupId: group.id,
    description: 'TLS from inside the network',
    cidrIpv4: region.cidr,
    ipProtocol: 'tcp',
    fromPort: 443,
    toPort: 443,
  });
  return INTERFACE_ENDPOINTS.map(
    (service) =>
      new VpcEndpoint(stack, `endpoint-${service.replace('.', '-')}`, {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${region.region}.${service}`,
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds: zones.map(({ inner }) => inner.id),
        securityGroupIds: [group.id],
        tags: { Name: `${name}-${service}` },
      }),
  );
}
