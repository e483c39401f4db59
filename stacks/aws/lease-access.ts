import { TerraformOutput } from 'cdktf';
import { LEASE_WORKLOADS, leasePeers } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import { arns, leaseRole } from './arns.ts';
import { federatedRole } from './federated-peer.ts';
import type { Key } from './keys.ts';
import { leaseBucket, writeLease } from './lease-policies.ts';
import { throughS3 } from './state-policies.ts';

/**
 * Lets flink and the replicator of each region in another cloud write the lease, where this region keeps it. Peers on
 * AWS come with their own roles, which their own stacks and the bucket's policy speak for.
 */
export function grantLease(aws: AwsRegion, key: Key): void {
  const { stack, region, place, deployment } = aws;
  const peers = leasePeers(deployment, region).filter(({ cloud }) => cloud !== 'aws');
  if (peers.length === 0) return;
  for (const peer of peers) {
    federatedRole(aws, peer, {
      id: `lease-${peer.name}`,
      name: leaseRole(region, peer),
      workloads: LEASE_WORKLOADS,
      policy: 'write-lease',
      rights: [...writeLease(leaseBucket(region, place)), throughS3('LeaseKey', key.arn, place.region, true)],
    });
  }
  new TerraformOutput(stack, 'lease_writers', {
    description: 'Role that flink and the replicator of a region in another cloud write the lease with, by region.',
    value: Object.fromEntries(peers.map((peer) => [peer.name, arns.role(place, leaseRole(region, peer))])),
  });
}
