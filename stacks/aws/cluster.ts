import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import { arns } from './arns.ts';
import type { Keys } from './keys.ts';
import { createLogGroup } from './log-groups.ts';
import type { AwsNetwork } from './network.ts';
import { policyDocument } from './policy-document.ts';
import {
  EksAccessEntry,
  EksAccessPolicyAssociation,
  EksCluster,
  IamRole,
  IamRolePolicy,
  IamRolePolicyAttachment,
} from './provider.ts';
import { serviceTrust } from './trust-documents.ts';

const CONTROL_PLANE_LOGS = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'];

/** An EKS control plane; node groups and add-ons are made apart. */
export function createCluster(aws: AwsRegion, network: AwsNetwork, keys: Keys): EksCluster {
  const { stack, name, place, deployment } = aws;
  const { cluster: file, network: addresses } = deployment;
  // EKS would make the group itself, without retention or key (Amazon EKS, "Send control plane logs").
  const logs = createLogGroup(aws, 'log-cluster', `/aws/eks/${name}/cluster`, keys.logs);
  const role = new IamRole(stack, 'cluster-role', {
    name: `${name}-cluster`,
    assumeRolePolicy: policyDocument(serviceTrust('eks.amazonaws.com', place.account)),
  });
  const rights = new IamRolePolicyAttachment(stack, 'cluster-role-eks', {
    role: role.name,
    policyArn: arns.managedPolicy(place, 'AmazonEKSClusterPolicy'),
  });
  const keyRights = new IamRolePolicy(stack, 'cluster-role-key', {
    name: 'secrets-key',
    role: role.name,
    policy: policyDocument([
      {
        Sid: 'SecretsKey',
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt'],
        Resource: keys.cluster.arn,
      },
    ]),
  });
  const restricted = file.endpoint === 'restricted';
  const cluster = new EksCluster(stack, 'cluster', {
    name,
    version: file.kubernetes,
    roleArn: role.arn,
    vpcConfig: {
      subnetIds: network.zones.map(({ inner }) => inner.id),
      endpointPrivateAccess: true,
      endpointPublicAccess: restricted,
      // Without ranges a public endpoint is open to the world.
      ...(restricted ? { publicAccessCidrs: file.authorizedRanges } : {}),
    },
    kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: addresses.serviceCidr },
    encryptionConfig: { resources: ['secrets'], provider: { keyArn: keys.cluster.arn } },
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    enabledClusterLogTypes: CONTROL_PLANE_LOGS,
    // Unmanaged copies of the add-ons would stay behind the managed ones.
    bootstrapSelfManagedAddons: false,
    upgradePolicy: { supportType: 'STANDARD' },
    zonalShiftConfig: { enabled: true },
    deletionProtection: file.deletionProtection,
    // When rights go first, a destroy leaves network interfaces behind.
    dependsOn: [rights, keyRights, logs],
  });
  accept(cluster, { CKV_AWS_39: 'only where the file says endpoint: restricted, and then for its ranges alone' });
  for (const [i, principalArn] of file.administrators.aws.entries()) {
    const entry = new EksAccessEntry(stack, `administrator-${i}`, {
      clusterName: cluster.name,
      principalArn,
      type: 'STANDARD',
    });
    new EksAccessPolicyAssociation(stack, `administrator-${i}-policy`, {
      clusterName: cluster.name,
      principalArn: entry.principalArn,
      policyArn: arns.accessPolicy(place, 'AmazonEKSClusterAdminPolicy'),
      accessScope: { type: 'cluster' },
    });
  }
  return cluster;
}
