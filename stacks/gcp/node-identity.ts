import type { GcpRegion } from './project.ts';
import { ProjectIamMember, ServiceAccount } from './provider.ts';

/** The identity of the machines: they join the cluster and send logs and metrics; images are granted by the registry. */
export function createNodeIdentity(gcp: GcpRegion): ServiceAccount {
  const account = new ServiceAccount(gcp.stack, 'node-account', {
    // At most 30 characters: the deployment's id stands for its name.
    accountId: `hr-${gcp.region.parts.id}-${gcp.region.name}-nodes`,
    displayName: `Nodes of ${gcp.deployment.name} in ${gcp.region.name}`,
    dependsOn: [gcp.api('iam')],
  });
  new ProjectIamMember(gcp.stack, 'node-account-role', {
    project: gcp.project.id,
    role: 'roles/container.defaultNodeServiceAccount',
    member: account.member,
  });
  return account;
}
