import { names, WORKLOADS, type Workload } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import { workloadRole } from './arns.ts';
import { createBoundary } from './boundary.ts';
import { policyDocument } from './policy-document.ts';
import { type EksAddon, type EksCluster, EksPodIdentityAssociation, IamRole, IamRolePolicy } from './provider.ts';
import { workloadTrust } from './trust-documents.ts';
import { type Granted, workloadPolicies } from './workload-policies.ts';

/** One role a workload, bound to its service account. Returns the roles' ARNs. */
export function createIdentities(
  aws: AwsRegion,
  cluster: EksCluster,
  addons: readonly EksAddon[],
  granted: Granted,
): Record<Workload, string> {
  const { stack, region, place, deployment } = aws;
  const boundary = createBoundary(aws);
  const policies = workloadPolicies(deployment, region, granted);
  const roles = WORKLOADS.map((workload): [Workload, string] => {
    const role = new IamRole(stack, `identity-${workload}`, {
      name: workloadRole(region, workload),
      assumeRolePolicy: policyDocument(workloadTrust(place, region.parts, workload)),
      permissionsBoundary: boundary.arn,
    });
    if (policies[workload].length > 0) {
      new IamRolePolicy(stack, `identity-${workload}-policy`, {
        name: workload,
        role: role.name,
        policy: policyDocument(policies[workload]),
      });
    }
    new EksPodIdentityAssociation(stack, `identity-${workload}-of`, {
      clusterName: cluster.name,
      namespace: names.namespace(region.parts),
      serviceAccount: names.serviceAccount(region.parts, workload),
      roleArn: role.arn,
      dependsOn: [...addons],
    });
    return [workload, role.arn];
  });
  return Object.fromEntries(roles) as Record<Workload, string>;
}
