import { WORKLOADS, type Workload } from '../../config/index.ts';
import { type Grant, workloadGrants } from './grants.ts';
import { leaseCondition } from './lease-condition.ts';
import { workloadPrincipal } from './principals.ts';
import type { GcpRegion } from './project.ts';
import {
  type ContainerCluster,
  ProjectIamMember,
  type SecretManagerSecret,
  SecretManagerSecretIamMember,
  type StorageBucket,
  StorageBucketIamMember,
} from './provider.ts';

export interface IdentityProps {
  /** The project's identity pool exists once its first cluster does; until then no member of it can be bound. */
  readonly cluster: ContainerCluster;
  readonly bucket: StorageBucket;
  /** By name in the deployment file. */
  readonly secrets: ReadonlyMap<string, SecretManagerSecret>;
}

/** Binds each workload's Kubernetes service account to its rights, without a Google service account or key between. */
export function grantWorkloads(gcp: GcpRegion, props: IdentityProps): Record<Workload, string> {
  const principals = Object.fromEntries(
    WORKLOADS.map((workload) => [workload, workloadPrincipal(gcp.project, gcp.region.parts, workload)]),
  ) as Record<Workload, string>;
  for (const grant of workloadGrants(gcp.deployment, gcp.region)) {
    bind(gcp, props, grant, principals[grant.workload]);
  }
  return principals;
}

function bind(
  { stack, project, region }: GcpRegion,
  props: IdentityProps,
  { workload, role, on }: Grant,
  member: string,
) {
  const dependsOn = [props.cluster];
  switch (on.kind) {
    case 'state':
      return new StorageBucketIamMember(stack, `${workload}-state`, {
        bucket: props.bucket.name,
        role,
        member,
        dependsOn,
      });
    case 'lease':
      return new StorageBucketIamMember(stack, `${workload}-lease`, {
        bucket: props.bucket.name,
        role,
        member,
        condition: leaseCondition(region),
        dependsOn,
      });
    case 'secret': {
      const secret = props.secrets.get(on.secret);
      if (!secret) throw new Error(`secret ${on.secret} is missing in createSecrets()`);
      return new SecretManagerSecretIamMember(stack, `${workload}-secret-${on.secret}`, {
        secretId: secret.id,
        role,
        member,
        dependsOn,
      });
    }
    case 'project':
      return new ProjectIamMember(stack, `${workload}-${role.replace(/^roles\//, '').replaceAll('.', '-')}`, {
        project: project.id,
        role,
        member,
        dependsOn,
      });
  }
}
