import { TerraformOutput } from 'cdktf';
import { LEASE_WORKLOADS, leasePeers, names, type RegionModel } from '../../config/index.ts';
import { onceDeployed, peerAudience, peerPool, peerProvider } from './federated-peers.ts';
import { peerMembers } from './google-peers.ts';
import { leaseCondition } from './lease-condition.ts';
import { foreignLeasePeers } from './peers.ts';
import { federatedPrincipal } from './principals.ts';
import type { GcpRegion } from './project.ts';
import { type ContainerCluster, type StorageBucket, StorageBucketIamMember } from './provider.ts';

/** Lets flink and the replicator of every other region write the lease, where this region keeps it, and no more. */
export function grantLease(gcp: GcpRegion, cluster: ContainerCluster, bucket: StorageBucket): void {
  const peers = leasePeers(gcp.deployment, gcp.region);
  for (const peer of peers) {
    const { member, waits } = peer.cloud === 'gcp' ? peerMembers(gcp, peer, cluster) : foreignMembers(gcp, peer);
    for (const workload of LEASE_WORKLOADS) {
      new StorageBucketIamMember(gcp.stack, `lease-${peer.name}-${workload}`, {
        ...waits,
        bucket: bucket.name,
        role: 'roles/storage.objectUser',
        member: member(workload),
        condition: leaseCondition(gcp.region),
      });
    }
  }
  const foreign = foreignLeasePeers(gcp.deployment, gcp.region);
  if (foreign.length === 0) return;
  new TerraformOutput(gcp.stack, 'lease_audiences', {
    description:
      'Audience of the token that flink or a replicator of another cloud shows to write the lease, by region.',
    value: Object.fromEntries(foreign.map((peer) => [peer.name, peerAudience(gcp, peer)])),
  });
}

function foreignMembers(gcp: GcpRegion, peer: RegionModel) {
  const pool = peerPool(gcp).workloadIdentityPoolId;
  return {
    member: (workload: (typeof LEASE_WORKLOADS)[number]) =>
      federatedPrincipal(gcp.project, pool, names.subject(peer.parts, workload)),
    waits: { count: onceDeployed(gcp, peer), dependsOn: [peerProvider(gcp, peer)] },
  };
}
