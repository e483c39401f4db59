import { TerraformOutput } from 'cdktf';
import { LEASE_WORKLOADS, leasePeers, leasePrefix } from '../../config/index.ts';
import { leaseCondition } from './lease-condition.ts';
import { peerIdentity } from './peer-identity.ts';
import type { StateStore } from './state.ts';
import { type AzureRegion, assign } from './subscription.ts';

/**
 * Lets flink and the replicator of every other region write the lease, where this region keeps it: one identity a peer,
 * limited to the leases' prefix by a condition.
 */
export function grantLease(azure: AzureRegion, store: StateStore): void {
  const { stack, region, deployment } = azure;
  const writers = leasePeers(deployment, region).map((peer) => {
    const identity = peerIdentity(azure, peer, 'lease', LEASE_WORKLOADS);
    assign(azure, `lease-${peer.name}-state`, {
      role: 'Storage Blob Data Contributor',
      principal: identity.principalId,
      scope: store.container.id,
      condition: leaseCondition(leasePrefix(region.parts)),
    });
    return [peer.name, identity.clientId] as const;
  });
  if (writers.length === 0) return;
  new TerraformOutput(stack, 'lease_writers', {
    description: 'Client id that flink and the replicator of another region write the lease with, by region.',
    value: Object.fromEntries(writers),
  });
}
