import { ownsProject } from './placement.ts';
import type { GcpRegion } from './project.ts';
import { OrgPolicyPolicy } from './provider.ts';

/** What a project is held to, by the name of the constraint (Resource Manager, "Organization policy constraints"). */
export const CONSTRAINTS = [
  // Keys of service accounts live for ever and leave the cloud.
  'iam.disableServiceAccountKeyCreation',
  'iam.disableServiceAccountKeyUpload',
  // The XML interface of Cloud Storage would take plain HTTP.
  'storage.secureHttpTransport',
  'storage.publicAccessPrevention',
  'storage.uniformBucketLevelAccess',
] as const;

/**
 * Holds the project to constraints that an organization defines. They count for everything in the project, so only a
 * deployment that has it to itself sets them; the deployer needs roles/orgpolicy.policyAdmin of the organization.
 */
export function createOrgPolicies(gcp: GcpRegion): void {
  const { stack, project, deployment, region } = gcp;
  if (deployment.accounts !== 'dedicated' || !ownsProject(deployment, region)) return;
  for (const constraint of CONSTRAINTS) {
    new OrgPolicyPolicy(stack, `constraint-${constraint.replace('.', '-').toLowerCase()}`, {
      name: `projects/${project.id}/policies/${constraint}`,
      parent: `projects/${project.id}`,
      spec: { rules: [{ enforce: 'TRUE' }] },
      dependsOn: [gcp.api('orgpolicy')],
    });
  }
}
