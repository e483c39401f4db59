import { type NodePool, type RegionModel, sizing } from '../../config/index.ts';
import { MAX_PODS } from './cluster.ts';
import type { AzureNetwork } from './network.ts';
import { type KubernetesCluster, KubernetesClusterNodePool } from './provider.ts';
import type { AzureRegion } from './subscription.ts';

/** Pools for workloads; system pods have their own in the cluster. */
export const WORKLOAD_POOLS = ['flink', 'worker'] as const;
export type WorkloadPool = (typeof WORKLOAD_POOLS)[number];

/** Label and taint key by which pods find their pool. */
export const POOL_LABEL = 'headrace.dev/pool';

const SPOT = 'kubernetes.azure.com/scalesetpriority';

/** What sets a pool apart. Only workers, which are stateless, may be spot capacity. */
export function poolTraits(pool: WorkloadPool, region: Pick<RegionModel, 'spot'>) {
  const labels = { [POOL_LABEL]: pool };
  const taints = [`${POOL_LABEL}=${pool}:NoSchedule`];
  if (!(region.spot && pool === 'worker')) {
    return {
      nodeLabels: labels,
      nodeTaints: taints,
      upgradeSettings: { maxSurge: '33%', drainTimeoutInMinutes: 30, nodeSoakDurationInMinutes: 5 },
    };
  }
  return {
    priority: 'Spot',
    evictionPolicy: 'Delete',
    // Up to the regular price.
    spotMaxPrice: -1,
    // Azure adds both to every spot node; leaving them out would replace the pool at each apply.
    nodeLabels: { ...labels, [SPOT]: 'spot' },
    nodeTaints: [...taints, `${SPOT}=spot:NoSchedule`],
  };
}

export function createNodePools(azure: AzureRegion, cluster: KubernetesCluster, network: AzureNetwork): void {
  const { pools } = sizing(azure.region.size);
  for (const pool of WORKLOAD_POOLS) createPool(azure, cluster, network, pool, pools[pool]);
}

function createPool(
  { stack, region, zones, place, deployment }: AzureRegion,
  cluster: KubernetesCluster,
  network: AzureNetwork,
  pool: WorkloadPool,
  size: NodePool,
): void {
  new KubernetesClusterNodePool(stack, `pool-${pool}`, {
    name: pool,
    kubernetesClusterId: cluster.id,
    mode: 'User',
    orchestratorVersion: deployment.cluster.kubernetes,
    vmSize: size.instance.azure,
    osSku: 'AzureLinux',
    osDiskType: 'Managed',
    osDiskSizeGb: size.diskGiB,
    maxPods: MAX_PODS,
    zones,
    vnetSubnetId: network.nodes.id,
    nodePublicIpEnabled: false,
    hostEncryptionEnabled: true,
    autoScalingEnabled: true,
    minCount: size.min,
    maxCount: size.max,
    temporaryNameForRotation: `${pool.slice(0, 6)}tmp`,
    tags: place.tags,
    ...poolTraits(pool, region),
    // The autoscaler owns the size, the cluster's patch channel the version.
    lifecycle: { ignoreChanges: ['node_count', 'orchestrator_version'] },
  });
}
