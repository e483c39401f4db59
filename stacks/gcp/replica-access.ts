import { TerraformOutput } from 'cdktf';
import { names } from '../../config/index.ts';
import { onceDeployed, peerAudience, peerPool, peerProvider } from './federated-peers.ts';
import { peerMembers } from './google-peers.ts';
import { foreignPeers, googlePeers } from './peers.ts';
import { federatedPrincipal } from './principals.ts';
import type { GcpRegion } from './project.ts';
import { type ContainerCluster, type StorageBucket, StorageBucketIamMember } from './provider.ts';

/** Reading alone: a region that copies must not be able to change or delete what it copies. */
const READER = 'roles/storage.objectViewer';

/** Lets the replicators of the regions that copy from this one read its state, and nothing else of it. */
export function grantReplicas(gcp: GcpRegion, cluster: ContainerCluster, bucket: StorageBucket): void {
  for (const peer of googlePeers(gcp.deployment, gcp.region)) {
    const { member, waits } = peerMembers(gcp, peer, cluster);
    new StorageBucketIamMember(gcp.stack, `replica-${peer.name}`, {
      ...waits,
      bucket: bucket.name,
      role: READER,
      member: member('replicator'),
    });
  }
  grantForeignPeers(gcp, bucket);
}

function grantForeignPeers(gcp: GcpRegion, bucket: StorageBucket): void {
  const peers = foreignPeers(gcp.deployment, gcp.region);
  if (peers.length === 0) return;
  const pool = peerPool(gcp).workloadIdentityPoolId;
  for (const peer of peers) {
    new StorageBucketIamMember(gcp.stack, `replica-${peer.name}`, {
      count: onceDeployed(gcp, peer),
      bucket: bucket.name,
      role: READER,
      member: federatedPrincipal(gcp.project, pool, names.subject(peer.parts, 'replicator')),
      dependsOn: [peerProvider(gcp, peer)],
    });
  }
  new TerraformOutput(gcp.stack, 'replica_audiences', {
    description: 'Audience of the token that a replicator of another cloud shows, by region.',
    value: Object.fromEntries(peers.map((peer) => [peer.name, peerAudience(gcp, peer)])),
  });
}
