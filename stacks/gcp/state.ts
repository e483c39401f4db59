import { accept } from '../accepted.ts';
import type { Key } from './keys.ts';
import { wholeDays } from './placement.ts';
import type { GcpRegion } from './project.ts';
import { StorageBucket } from './provider.ts';
import { statePlacement } from './state-placement.ts';

/** The bucket of the region's state. It never removes a live object: incremental checkpoints share old files. */
export function createStateStore(gcp: GcpRegion, key: Key): StorageBucket {
  const { stack, region, deployment } = gcp;
  const placement = statePlacement(deployment, region);
  const bucket = new StorageBucket(stack, 'state', {
    name: region.stateRoot.bucket,
    location: placement.location,
    ...(placement.pair
      ? {
          customPlacementConfig: { dataLocations: placement.pair.map((one) => one.toUpperCase()) },
          // Every object is in both within 15 minutes, and the lag can be watched.
          rpo: 'ASYNC_TURBO',
        }
      : {}),
    storageClass: 'STANDARD',
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
    encryption: { defaultKmsKeyName: key.id },
    versioning: { enabled: true },
    // Versions already bring back what was overwritten or deleted; soft delete, on by default, would bill it twice.
    softDeletePolicy: { retentionDurationSeconds: 0 },
    lifecycleRule: [
      {
        action: { type: 'Delete' },
        condition: { withState: 'ARCHIVED', daysSinceNoncurrentTime: wholeDays(deployment.state.versions) },
      },
      { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 7 } },
    ],
    forceDestroy: false,
    lifecycle: { preventDestroy: deployment.cluster.deletionProtection },
    dependsOn: key.ready,
  });
  return accept(bucket, { CKV_GCP_62: 'audit logs of data access record who touched objects, with the identity' });
}
