import { parseCidr, type RegionModel, subnet } from '../../config/index.ts';
import { AwsStackError } from './errors.ts';

/** Blocks of one zone. */
export interface ZoneBlocks {
  /** Nodes and pods: a quarter of the network. */
  readonly nodes: string;
  /** The control plane's interfaces, endpoints and brokers. */
  readonly inner: string;
  /** NAT gateway. */
  readonly outer: string;
  readonly firewall: string;
}

/**
 * Splits a region's network over its three zones: nodes get three quarters, the rest shares the last quarter.
 * @throws AwsStackError HR-AWS-001 when the network is larger than /16, the most that a VPC takes.
 */
export function subnetPlan(region: Pick<RegionModel, 'cidr' | 'index'>): readonly ZoneBlocks[] {
  const prefix = parseCidr(region.cidr)?.prefix ?? 0;
  if (prefix < 16) {
    throw new AwsStackError('HR-AWS-001', {
      path: `regions[${region.index}].cidr`,
      received: region.cidr,
      message: 'a network on AWS is at most a /16 (Amazon VPC, "VPC CIDR blocks")',
      mend: 'take a block from /16 to /20',
    });
  }
  const last = subnet(region.cidr, prefix + 2, 3);
  return [0, 1, 2].map((zone) => ({
    nodes: subnet(region.cidr, prefix + 2, zone),
    inner: subnet(last, prefix + 6, zone),
    outer: subnet(last, prefix + 6, 3 + zone),
    firewall: subnet(last, prefix + 6, 6 + zone),
  }));
}
