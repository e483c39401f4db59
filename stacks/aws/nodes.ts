import type { ITerraformDependable } from 'cdktf';
import { type NodePool, sizing } from '../../config/index.ts';
import { type AwsRegion, tagsOf } from './account.ts';
import { arns } from './arns.ts';
import type { Key } from './keys.ts';
import type { AwsNetwork } from './network.ts';
import { policyDocument } from './policy-document.ts';
import { type EksCluster, EksNodeGroup, IamRole, IamRolePolicyAttachment, LaunchTemplate } from './provider.ts';
import { serviceTrust } from './trust-documents.ts';

/** Label and taint key that keeps a pool for its workload. */
export const POOL_KEY = 'headrace.dev/pool';

export interface NodePoolsProps {
  readonly cluster: EksCluster;
  readonly network: AwsNetwork;
  readonly disksKey: Key;
  /** What nodes need before they start: routes out, endpoints and the add-ons that give pods addresses. */
  readonly dependsOn: readonly ITerraformDependable[];
}

type PoolName = 'system' | 'flink' | 'worker';

/** The pools of the region's size: `system` takes anything, `flink` and `worker` only what tolerates their taint. */
export function createNodePools(aws: AwsRegion, props: NodePoolsProps): EksNodeGroup[] {
  const { pools } = sizing(aws.region.size);
  const { stack, name, place } = aws;
  const role = new IamRole(stack, 'node-role', {
    name: `${name}-node`,
    assumeRolePolicy: policyDocument(serviceTrust('ec2.amazonaws.com')),
  });
  // To join and to pull images; addresses of pods are the add-on's right, not the node's.
  const rights = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'].map(
    (policy) =>
      new IamRolePolicyAttachment(stack, `node-role-${policy}`, {
        role: role.name,
        policyArn: arns.managedPolicy(place, policy),
      }),
  );
  const all = { ...props, dependsOn: [...props.dependsOn, ...rights] };
  return [
    nodePool(aws, all, role, 'system', pools.system),
    nodePool(aws, all, role, 'flink', pools.flink),
    nodePool(aws, all, role, 'worker', pools.worker),
  ];
}

/** Instance types of the same shape: spot capacity that may come from any of them is taken away less often. */
export const spotInstances = (instance: string) => {
  const size = instance.split('.')[1] ?? '';
  return [instance, ...['m7a', 'm6i', 'm6a'].map((family) => `${family}.${size}`)];
};

function nodePool(aws: AwsRegion, props: NodePoolsProps, role: IamRole, pool: PoolName, size: NodePool): EksNodeGroup {
  const { stack, name, region, deployment } = aws;
  const spot = pool === 'worker' && region.spot;
  const tags = { ...tagsOf(deployment, region), Name: `${name}-${pool}`, headrace_pool: pool };
  const disk = (deviceName: string, volumeSize: number) => ({
    deviceName,
    ebs: {
      volumeSize,
      volumeType: 'gp3',
      encrypted: 'true',
      kmsKeyId: props.disksKey.arn,
      deleteOnTermination: 'true',
    },
  });
  const template = new LaunchTemplate(stack, `template-${pool}`, {
    // A deploy that is interrupted just now leaves one that Terraform does not know: a fixed name would be taken.
    namePrefix: `${name}-${pool}-`,
    updateDefaultVersion: true,
    metadataOptions: {
      httpEndpoint: 'enabled',
      httpTokens: 'required',
      // One hop: a pod is a hop further, so it cannot borrow the node's identity.
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: 'disabled',
    },
    // Bottlerocket keeps its system on the first disk and containers on the second.
    blockDeviceMappings: [disk('/dev/xvda', 4), disk('/dev/xvdb', size.diskGiB)],
    monitoring: { enabled: true },
    // Default tags of the provider do not reach what a node group launches.
    tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({ resourceType, tags })),
  });
  return new EksNodeGroup(stack, `pool-${pool}`, {
    clusterName: props.cluster.name,
    nodeGroupName: pool,
    nodeRoleArn: role.arn,
    subnetIds: props.network.zones.map(({ nodes }) => nodes.id),
    version: deployment.cluster.kubernetes,
    // Its root is verified at boot and cannot be written.
    amiType: 'BOTTLEROCKET_x86_64',
    capacityType: spot ? 'SPOT' : 'ON_DEMAND',
    instanceTypes: spot ? spotInstances(size.instance.aws) : [size.instance.aws],
    launchTemplate: {
      id: template.id,
      version: `\${${template.terraformResourceType}.${template.friendlyUniqueId}.latest_version}`,
    },
    scalingConfig: { minSize: size.min, maxSize: size.max, desiredSize: size.min },
    updateConfig: { maxUnavailable: 1 },
    nodeRepairConfig: { enabled: true },
    labels: { [POOL_KEY]: pool },
    ...(pool === 'system' ? {} : { taint: [{ key: POOL_KEY, value: pool, effect: 'NO_SCHEDULE' }] }),
    // The autoscaler owns the current size.
    lifecycle: { ignoreChanges: ['scaling_config[0].desired_size'] },
    dependsOn: [...props.dependsOn],
  });
}
