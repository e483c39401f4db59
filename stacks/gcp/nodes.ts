import type { ITerraformDependable } from 'cdktf';
import { type NodePool, sizing } from '../../config/index.ts';
import type { Key } from './keys.ts';
import { type GcpRegion, labels } from './project.ts';
import { type ContainerCluster, ContainerNodePool, type ServiceAccount } from './provider.ts';

/** Label and taint key that keeps a pool for its workload. */
export const POOL_KEY = 'headrace.dev/pool';

export interface NodePoolsProps {
  readonly cluster: ContainerCluster;
  readonly account: ServiceAccount;
  readonly disksKey: Key;
  /** What nodes need before they start, such as the right to pull images and the egress rules. */
  readonly dependsOn: readonly ITerraformDependable[];
}

type PoolName = 'system' | 'flink' | 'worker';

/** The pools of the region's size: `system` takes anything, `flink` and `worker` only what tolerates their taint. */
export function createNodePools(gcp: GcpRegion, props: NodePoolsProps): ContainerNodePool[] {
  const { pools } = sizing(gcp.region.size);
  return [
    nodePool(gcp, props, 'system', pools.system),
    nodePool(gcp, props, 'flink', pools.flink),
    nodePool(gcp, props, 'worker', pools.worker),
  ];
}

function nodePool(gcp: GcpRegion, props: NodePoolsProps, name: PoolName, size: NodePool): ContainerNodePool {
  const { stack, region, deployment } = gcp;
  const spot = name === 'worker' && region.spot;
  return new ContainerNodePool(stack, `pool-${name}`, {
    name,
    cluster: props.cluster.id,
    ...(region.zones ? { nodeLocations: region.zones } : {}),
    // Nodes a zone; the totals below count over all zones.
    initialNodeCount: Math.ceil(size.min / 3),
    autoscaling: {
      totalMinNodeCount: size.min,
      totalMaxNodeCount: size.max,
      // Spot capacity is where it is; other pools stay spread.
      locationPolicy: spot ? 'ANY' : 'BALANCED',
    },
    management: { autoRepair: true, autoUpgrade: true },
    upgradeSettings: { strategy: 'SURGE', maxSurge: 1, maxUnavailable: 0 },
    networkConfig: { enablePrivateNodes: true },
    nodeConfig: {
      machineType: size.instance.gcp,
      imageType: 'COS_CONTAINERD',
      diskType: 'pd-balanced',
      diskSizeGb: size.diskGiB,
      bootDiskKmsKey: props.disksKey.id,
      spot,
      serviceAccount: props.account.email,
      // What the account may do is decided by IAM alone.
      oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
      labels: { [POOL_KEY]: name },
      taint: name === 'system' ? [] : [{ key: POOL_KEY, value: name, effect: 'NO_SCHEDULE' }],
      workloadMetadataConfig: { mode: 'GKE_METADATA' },
      // Without this key the provider sees a difference for ever.
      metadata: { 'disable-legacy-endpoints': 'true' },
      shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
      kubeletConfig: { insecureKubeletReadonlyPortEnabled: 'FALSE' },
      gvnic: { enabled: true },
      resourceLabels: { ...labels(deployment, region), headrace_pool: name },
    },
    // The autoscaler owns the current size.
    lifecycle: { ignoreChanges: ['initial_node_count'] },
    dependsOn: [...props.dependsOn, ...props.disksKey.ready],
  });
}
