import { TerraformOutput } from 'cdktf';
import type { AwsRegion } from './account.ts';
import { arns, readerRole } from './arns.ts';
import { federatedRole } from './federated-peer.ts';
import type { Key } from './keys.ts';
import { foreignReaders } from './peers.ts';
import { readPrefix, throughS3 } from './state-policies.ts';

/**
 * Lets the replicator of each region in another cloud read this region's state, and nothing else of it, once the token
 * issuer of its cluster is known. Peers on AWS come with their own role, which their own stack and the bucket's policy
 * speak for.
 */
export function grantReplicas(aws: AwsRegion, key: Key): void {
  const { stack, region, place, deployment } = aws;
  const peers = foreignReaders(deployment, region);
  if (peers.length === 0) return;
  for (const peer of peers) {
    federatedRole(aws, peer, {
      id: `reader-${peer.name}`,
      name: readerRole(region, peer),
      workloads: ['replicator'],
      policy: 'read-state',
      rights: [
        ...readPrefix(arns.bucket(place, region.stateRoot.bucket), region.stateRoot.prefix, {
          list: 'ReadStateList',
          read: 'ReadStateObjects',
        }),
        throughS3('ReadStateKey', key.arn, place.region, false),
      ],
    });
  }
  new TerraformOutput(stack, 'replica_readers', {
    description: 'Role that the replicator of a region in another cloud reads this state with, by region.',
    value: Object.fromEntries(peers.map((peer) => [peer.name, arns.role(place, readerRole(region, peer))])),
  });
}
