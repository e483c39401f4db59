import {
  type DeploymentModel,
  managedKafka,
  type RegionModel,
  type RightOn,
  type Workload,
  workloadRights,
} from '../../config/index.ts';

/** One right of one workload. */
export interface Grant {
  readonly workload: Workload;
  readonly role: string;
  readonly on: RightOn | { readonly kind: 'project' };
  readonly reason: string;
}

const ROLES: Record<RightOn['kind'], string> = {
  state: 'roles/storage.objectUser',
  lease: 'roles/storage.objectUser',
  secret: 'roles/secretmanager.secretAccessor',
};

/** Everything that a region's workloads may do in Google Cloud. */
export function workloadGrants(deployment: DeploymentModel, region: RegionModel): Grant[] {
  const grants: Grant[] = workloadRights(deployment, region).map((right) => ({ ...right, role: ROLES[right.on.kind] }));
  if (managedKafka(deployment)) {
    grants.push({
      workload: 'flink',
      role: 'roles/managedkafka.client',
      on: { kind: 'project' },
      reason: 'connecting to brokers, a right that Google grants by project only',
    });
  }
  return grants;
}
