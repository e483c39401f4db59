import { conditional, Fn, Op, TerraformOutput, TerraformVariable, Token } from 'cdktf';
import { names, type RegionModel } from '../../config/index.ts';
import { foreignPeers, googlePeers, issuerVariable, poolId, providerId } from './peers.ts';
import { federatedPrincipal, workloadPrincipal } from './principals.ts';
import type { GcpRegion } from './project.ts';
import {
  type ContainerCluster,
  DataGoogleProject,
  IamWorkloadIdentityPool,
  IamWorkloadIdentityPoolProvider,
  type StorageBucket,
  StorageBucketIamMember,
} from './provider.ts';

/** Reading alone: a region that copies must not be able to change or delete what it copies. */
const READER = 'roles/storage.objectViewer';

/** Lets the replicators of the regions that copy from this one read its state, and nothing else of it. */
export function grantReplicas(gcp: GcpRegion, cluster: ContainerCluster, bucket: StorageBucket): void {
  grantGooglePeers(gcp, cluster, bucket);
  grantForeignPeers(gcp, bucket);
}

function grantGooglePeers(gcp: GcpRegion, cluster: ContainerCluster, bucket: StorageBucket): void {
  for (const { peer, otherProject } of googlePeers(gcp.deployment, gcp.region)) {
    const id = `replica-${peer.name}`;
    if (otherProject === undefined) {
      new StorageBucketIamMember(gcp.stack, id, {
        bucket: bucket.name,
        role: READER,
        member: workloadPrincipal(gcp.project, peer.parts, 'replicator'),
        dependsOn: [cluster],
      });
      continue;
    }
    const project = new DataGoogleProject(gcp.stack, `${id}-project`, { projectId: otherProject });
    new StorageBucketIamMember(gcp.stack, id, {
      // The other project's identities exist once its cluster does.
      count: onceDeployed(gcp, peer),
      bucket: bucket.name,
      role: READER,
      member: workloadPrincipal({ id: otherProject, number: project.number }, peer.parts, 'replicator'),
    });
  }
}

function grantForeignPeers(gcp: GcpRegion, bucket: StorageBucket): void {
  const peers = foreignPeers(gcp.deployment, gcp.region);
  if (peers.length === 0) return;
  const pool = new IamWorkloadIdentityPool(gcp.stack, 'replica-pool', {
    workloadIdentityPoolId: poolId(gcp.region),
    displayName: `Replicas of ${gcp.region.name}`,
    description: 'Clusters of other clouds that copy the state of this region',
    dependsOn: [gcp.api('iam'), gcp.api('sts'), gcp.api('iamcredentials')],
  });
  for (const peer of peers) {
    const subject = names.subject(peer.parts, 'replicator');
    const count = onceDeployed(gcp, peer);
    const provider = new IamWorkloadIdentityPoolProvider(gcp.stack, `replica-provider-${peer.name}`, {
      count,
      workloadIdentityPoolId: pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: providerId(peer),
      displayName: `Cluster of ${peer.name}`,
      attributeMapping: { 'google.subject': 'assertion.sub' },
      // One issuer must not be able to speak for the subject of another.
      attributeCondition: `assertion.sub == "${subject}"`,
      oidc: { issuerUri: issuer(gcp, peer).stringValue },
    });
    new StorageBucketIamMember(gcp.stack, `replica-${peer.name}`, {
      count,
      bucket: bucket.name,
      role: READER,
      member: federatedPrincipal(gcp.project, pool.workloadIdentityPoolId, subject),
      dependsOn: [provider],
    });
  }
  new TerraformOutput(gcp.stack, 'replica_audiences', {
    description: 'Audience of the token that a replicator of another cloud shows, by region.',
    value: Object.fromEntries(peers.map((peer) => [peer.name, `${audience(pool)}/providers/${providerId(peer)}`])),
  });
}

/** What a pool accepts as audience by default: the provider's own address. */
const audience = (pool: IamWorkloadIdentityPool) => `https://iam.googleapis.com/${pool.name}`;

/** The variable that tells a peer's token issuer, declared at its first use. */
function issuer(gcp: GcpRegion, peer: RegionModel): TerraformVariable {
  const name = issuerVariable(peer);
  const declared = gcp.stack.node.tryFindChild(name);
  if (declared instanceof TerraformVariable) return declared;
  return new TerraformVariable(gcp.stack, name, {
    type: 'string',
    default: '',
    description: `Output oidc_issuer of region ${peer.name}; empty until it is deployed.`,
  });
}

const onceDeployed = (gcp: GcpRegion, peer: RegionModel): number =>
  Token.asNumber(conditional(Op.gte(Fn.lengthOf(issuer(gcp, peer).stringValue), 1), 1, 0));
