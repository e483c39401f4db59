import type { ITerraformDependable } from 'cdktf';
import type { AwsRegion } from './account.ts';
import { arns } from './arns.ts';
import type { Key } from './keys.ts';
import { policyDocument } from './policy-document.ts';
import { EksAddon, type EksCluster, IamRole, IamRolePolicy, IamRolePolicyAttachment } from './provider.ts';
import { podTrust } from './trust-documents.ts';

/** Tag of volumes that are backed up. */
export const BACKUP_TAG = 'headrace_backup';

interface Identity {
  readonly serviceAccount: string;
  readonly roleArn: string;
  readonly roleName: string;
}

/** What pods need before the first of them starts: addresses, network policies and cloud identities. */
export function createNodeAddons(aws: AwsRegion, cluster: EksCluster): EksAddon[] {
  const agent = addon(aws, cluster, 'eks-pod-identity-agent');
  const cni = addonRole(aws, cluster, {
    addon: 'vpc-cni',
    role: 'vpc-cni',
    serviceAccount: 'aws-node',
    policy: 'AmazonEKS_CNI_Policy',
  });
  return [
    agent,
    addon(aws, cluster, 'kube-proxy'),
    addon(aws, cluster, 'vpc-cni', {
      // Prefixes instead of single addresses: a node's pods would otherwise run out of them before its memory.
      configuration: {
        enableNetworkPolicy: 'true',
        env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
      },
      identity: cni,
      dependsOn: [agent],
    }),
  ];
}

/** What runs on nodes and stays degraded without them. */
export function createPodAddons(
  aws: AwsRegion,
  cluster: EksCluster,
  disks: Key,
  dependsOn: readonly ITerraformDependable[],
): void {
  addon(aws, cluster, 'coredns', { dependsOn });
  const identity = addonRole(aws, cluster, {
    addon: 'aws-ebs-csi-driver',
    role: 'ebs-csi',
    serviceAccount: 'ebs-csi-controller-sa',
    policy: 'service-role/AmazonEBSCSIDriverPolicy',
  });
  new IamRolePolicy(aws.stack, 'aws-ebs-csi-driver-key', {
    name: 'disks-key',
    role: identity.roleName,
    policy: policyDocument([
      {
        Sid: 'VolumesKey',
        Effect: 'Allow',
        Action: [
          'kms:CreateGrant',
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKeyWithoutPlaintext',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        Resource: disks.arn,
      },
    ]),
  });
  addon(aws, cluster, 'aws-ebs-csi-driver', {
    configuration: { controller: { extraVolumeTags: { [BACKUP_TAG]: aws.name } } },
    identity,
    dependsOn,
  });
  addon(aws, cluster, 'aws-secrets-store-csi-driver-provider', { dependsOn });
}

interface AddonProps {
  readonly configuration?: object;
  readonly identity?: Identity;
  readonly dependsOn?: readonly ITerraformDependable[];
}

const addon = ({ stack }: AwsRegion, cluster: EksCluster, name: string, props: AddonProps = {}) =>
  new EksAddon(stack, `addon-${name}`, {
    clusterName: cluster.name,
    addonName: name,
    resolveConflictsOnCreate: 'OVERWRITE',
    resolveConflictsOnUpdate: 'PRESERVE',
    ...(props.configuration ? { configurationValues: JSON.stringify(props.configuration) } : {}),
    ...(props.identity
      ? { podIdentityAssociation: [{ serviceAccount: props.identity.serviceAccount, roleArn: props.identity.roleArn }] }
      : {}),
    dependsOn: [...(props.dependsOn ?? [])],
  });

function addonRole(
  { stack, name, place }: AwsRegion,
  cluster: EksCluster,
  props: { addon: string; role: string; serviceAccount: string; policy: string },
): Identity {
  const role = new IamRole(stack, `${props.addon}-role`, {
    name: `${name}-${props.role}`,
    assumeRolePolicy: policyDocument(podTrust(place, name, 'kube-system', props.serviceAccount)),
    dependsOn: [cluster],
  });
  new IamRolePolicyAttachment(stack, `${props.addon}-rights`, {
    role: role.name,
    policyArn: arns.managedPolicy(place, props.policy),
  });
  return { serviceAccount: props.serviceAccount, roleArn: role.arn, roleName: role.name };
}
