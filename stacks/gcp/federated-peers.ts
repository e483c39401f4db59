import { conditional, Fn, Op, TerraformVariable, Token } from 'cdktf';
import { leasePeers, names, type RegionModel, WORKLOADS, type Workload } from '../../config/index.ts';
import { foreignPeers, issuerVariable, poolId, providerId } from './peers.ts';
import type { GcpRegion } from './project.ts';
import { IamWorkloadIdentityPool, IamWorkloadIdentityPoolProvider } from './provider.ts';

/** Pool of the region that admits workloads of other clouds. */
export const POOL = 'replica-pool';

/** Workloads of a region in another cloud that come to this one: to copy its state, to write the lease. */
function comingFrom({ deployment, region }: GcpRegion, peer: RegionModel): Workload[] {
  const copies = foreignPeers(deployment, region).some(({ name }) => name === peer.name);
  const leases = leasePeers(deployment, region).some(({ name }) => name === peer.name);
  return WORKLOADS.filter((one) => (one === 'flink' && leases) || (one === 'replicator' && (copies || leases)));
}

/** The pool, declared at its first use. */
export function peerPool(gcp: GcpRegion): IamWorkloadIdentityPool {
  const declared = gcp.stack.node.tryFindChild(POOL);
  if (declared instanceof IamWorkloadIdentityPool) return declared;
  return new IamWorkloadIdentityPool(gcp.stack, POOL, {
    workloadIdentityPoolId: poolId(gcp.region),
    displayName: `Peers of ${gcp.region.name}`,
    description: 'Clusters of other clouds that reach the state of this region',
    dependsOn: [gcp.api('iam'), gcp.api('sts'), gcp.api('iamcredentials')],
  });
}

/** What admits a peer's workloads, once its token issuer is known; declared at its first use. */
export function peerProvider(gcp: GcpRegion, peer: RegionModel): IamWorkloadIdentityPoolProvider {
  const id = `replica-provider-${peer.name}`;
  const declared = gcp.stack.node.tryFindChild(id);
  if (declared instanceof IamWorkloadIdentityPoolProvider) return declared;
  const subjects = comingFrom(gcp, peer).map((workload) => names.subject(peer.parts, workload));
  return new IamWorkloadIdentityPoolProvider(gcp.stack, id, {
    count: onceDeployed(gcp, peer),
    workloadIdentityPoolId: peerPool(gcp).workloadIdentityPoolId,
    workloadIdentityPoolProviderId: providerId(peer),
    displayName: `Cluster of ${peer.name}`,
    attributeMapping: { 'google.subject': 'assertion.sub' },
    // One issuer must not be able to speak for the subject of another.
    attributeCondition: subjects.map((subject) => `assertion.sub == "${subject}"`).join(' || '),
    oidc: { issuerUri: issuer(gcp, peer).stringValue },
  });
}

/** What the pool accepts as audience of a peer's tokens by default: the provider's own address. */
export const peerAudience = (gcp: GcpRegion, peer: RegionModel) =>
  `https://iam.googleapis.com/${peerPool(gcp).name}/providers/${providerId(peer)}`;

/** 1 once the peer's token issuer is known, until then 0. */
export const onceDeployed = (gcp: GcpRegion, peer: RegionModel): number =>
  Token.asNumber(conditional(Op.gte(Fn.lengthOf(issuer(gcp, peer).stringValue), 1), 1, 0));

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
