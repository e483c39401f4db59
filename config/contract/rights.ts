import type { DeploymentModel, RegionModel } from '../model.ts';
import { sourcesOf } from '../model.ts';
import type { Workload } from '../vocabulary.ts';
import { replicatorNeedsLease } from './lease.ts';

/** What a workload may read and write: the region's state, its lease, or one entry of `secrets`. */
export type RightOn =
  | { readonly kind: 'state' }
  | { readonly kind: 'lease' }
  | { readonly kind: 'secret'; readonly secret: string };

export interface WorkloadRight {
  readonly workload: Workload;
  readonly on: RightOn;
  readonly reason: string;
}

/** Rights of a region's workloads that mean the same in every cloud. What Kafka needs differs, and is each cloud's own. */
export function workloadRights(deployment: DeploymentModel, region: RegionModel): WorkloadRight[] {
  const rights: WorkloadRight[] = [
    { workload: 'flink', on: { kind: 'state' }, reason: 'checkpoints, savepoints and high-availability data' },
    ...deployment.secrets.map(
      (secret): WorkloadRight => ({
        workload: 'worker',
        on: { kind: 'secret', secret },
        reason: 'an entry of secrets',
      }),
    ),
  ];
  if (sourcesOf(deployment, region).length) {
    rights.push({
      workload: 'replicator',
      on: { kind: 'state' },
      reason: 'writing copies of other regions’ restore points',
    });
  }
  if (replicatorNeedsLease(deployment, region)) {
    rights.push({
      workload: 'replicator',
      on: { kind: 'lease' },
      reason: 'taking over the lease that the region keeps',
    });
  }
  return rights;
}
