import type { RegionModel, Workload } from '../../config/index.ts';
import { onceDeployed } from './federated-peers.ts';
import { otherProject } from './peers.ts';
import { workloadPrincipal } from './principals.ts';
import type { GcpRegion } from './project.ts';
import { type ContainerCluster, DataGoogleProject } from './provider.ts';

/** What a binding of another Google Cloud region's workloads needs. */
export interface PeerMembers {
  readonly member: (workload: Workload) => string;
  /** Arguments by which the binding waits until the identities exist. */
  readonly waits: { readonly dependsOn: ContainerCluster[] } | { readonly count: number };
}

/**
 * Members of a region on Google Cloud. @param cluster that of this region: a project's pool exists once its first
 * cluster does. The other project's identities exist once the peer's cluster does.
 */
export function peerMembers(gcp: GcpRegion, peer: RegionModel, cluster: ContainerCluster): PeerMembers {
  const project = otherProject(gcp.region, peer);
  if (project === undefined) {
    return {
      member: (workload) => workloadPrincipal(gcp.project, peer.parts, workload),
      waits: { dependsOn: [cluster] },
    };
  }
  const id = `replica-${peer.name}-project`;
  const declared = gcp.stack.node.tryFindChild(id);
  const { number } =
    declared instanceof DataGoogleProject ? declared : new DataGoogleProject(gcp.stack, id, { projectId: project });
  return {
    member: (workload) => workloadPrincipal({ id: project, number }, peer.parts, workload),
    waits: { count: onceDeployed(gcp, peer) },
  };
}
