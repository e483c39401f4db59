import {
  type DeploymentModel,
  managedKafka,
  type RegionModel,
  replicatorNeedsLease,
  sourcesOf,
  type Workload,
} from '../../config/index.ts';

/** One right of one workload. `secret` names an entry of the deployment file. */
export interface Grant {
  readonly workload: Workload;
  readonly role: string;
  readonly on:
    | { readonly kind: 'state' }
    | { readonly kind: 'lease' }
    | { readonly kind: 'secret'; readonly secret: string }
    | { readonly kind: 'project' };
  readonly reason: string;
}

/** Everything that a region's workloads may do in Google Cloud. */
export function workloadGrants(deployment: DeploymentModel, region: RegionModel): Grant[] {
  return [
    {
      workload: 'flink',
      role: 'roles/storage.objectUser',
      on: { kind: 'state' },
      reason: 'checkpoints, savepoints and high-availability data',
    },
    ...(managedKafka(deployment)
      ? [
          {
            workload: 'flink',
            role: 'roles/managedkafka.client',
            on: { kind: 'project' },
            reason: 'connecting to brokers, a right that Google grants by project only',
          } as const,
        ]
      : []),
    ...deployment.secrets.map(
      (secret): Grant => ({
        workload: 'worker',
        role: 'roles/secretmanager.secretAccessor',
        on: { kind: 'secret', secret },
        reason: 'an entry of secrets',
      }),
    ),
    ...(sourcesOf(deployment, region).length
      ? [
          {
            workload: 'replicator',
            role: 'roles/storage.objectUser',
            on: { kind: 'state' },
            reason: 'writing copies of other regions’ restore points',
          } as const,
        ]
      : []),
    ...(replicatorNeedsLease(deployment, region)
      ? [
          {
            workload: 'replicator',
            role: 'roles/storage.objectUser',
            on: { kind: 'lease' },
            reason: 'taking over the lease that the region keeps',
          } as const,
        ]
      : []),
  ];
}
