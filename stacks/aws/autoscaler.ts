import type { AwsRegion } from './account.ts';
import { arns } from './arns.ts';
import { policyDocument } from './policy-document.ts';
import { type EksAddon, type EksCluster, EksPodIdentityAssociation, IamRole, IamRolePolicy } from './provider.ts';
import { podTrust } from './trust-documents.ts';

/** Where the Cluster Autoscaler's own chart puts it by default. */
export const AUTOSCALER = { namespace: 'kube-system', serviceAccount: 'cluster-autoscaler' } as const;

/**
 * Identity of the Cluster Autoscaler, which EKS does not run by itself: without it a pool stays at its least size. It may
 * change the size of this cluster's groups, which EKS tags itself, and of no other.
 */
export function createAutoscalerIdentity(aws: AwsRegion, cluster: EksCluster, addons: readonly EksAddon[]): void {
  const { stack, name, place } = aws;
  const role = new IamRole(stack, 'autoscaler', {
    name: `${name}-autoscaler`,
    assumeRolePolicy: policyDocument(podTrust(place, name, AUTOSCALER.namespace, AUTOSCALER.serviceAccount)),
  });
  new IamRolePolicy(stack, 'autoscaler-policy', {
    name: 'scale',
    role: role.name,
    policy: policyDocument([
      {
        Sid: 'ScaleRead',
        Effect: 'Allow',
        Action: [
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeAutoScalingInstances',
          'autoscaling:DescribeLaunchConfigurations',
          'autoscaling:DescribeScalingActivities',
          'autoscaling:DescribeTags',
          'ec2:DescribeImages',
          'ec2:DescribeInstanceTypes',
          'ec2:DescribeLaunchTemplateVersions',
          'ec2:GetInstanceTypesFromInstanceRequirements',
        ],
        Resource: '*',
      },
      {
        Sid: 'ScaleReadPools',
        Effect: 'Allow',
        Action: ['eks:DescribeNodegroup'],
        Resource: arns.nodeGroups(place, name),
      },
      {
        Sid: 'ScaleOwnGroups',
        Effect: 'Allow',
        Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
        Resource: arns.nodeScalingGroups(place),
        Condition: { StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${name}`]: 'owned' } },
      },
    ]),
  });
  new EksPodIdentityAssociation(stack, 'autoscaler-of', {
    clusterName: cluster.name,
    namespace: AUTOSCALER.namespace,
    serviceAccount: AUTOSCALER.serviceAccount,
    roleArn: role.arn,
    dependsOn: [...addons],
  });
}
