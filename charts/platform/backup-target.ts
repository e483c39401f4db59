import type { RegionModel } from '../../config/index.ts';

/** Where copies of a store go: a prefix of the region's state store, apart from what Flink keeps there. */
export const backupPrefix = (region: RegionModel, store: string) => `${region.stateRoot.prefix}/stores/${store}`;

/** The place as rclone spells it, with the identity of the pod and no key. */
export function rcloneTarget(region: RegionModel, store: string): string {
  const { bucket, container } = region.stateRoot;
  const prefix = backupPrefix(region, store);
  switch (region.cloud) {
    case 'aws':
      return `:s3,provider=AWS,env_auth=true,no_check_bucket=true,region=${region.region}:${bucket}/${prefix}`;
    case 'gcp':
      return `:gcs,env_auth=true,bucket_policy_only=true,no_check_bucket=true:${bucket}/${prefix}`;
    case 'azure':
      return `:azureblob,account=${bucket},env_auth=true,no_check_container=true:${container}/${prefix}`;
  }
}

/** The place as a snapshot repository of OpenSearch or Elasticsearch. */
export function snapshotRepository(region: RegionModel, store: string): { type: string; settings: object } {
  const { bucket, container } = region.stateRoot;
  const base_path = backupPrefix(region, store);
  switch (region.cloud) {
    case 'aws':
      return { type: 's3', settings: { bucket, base_path } };
    case 'gcp':
      return { type: 'gcs', settings: { bucket, base_path } };
    case 'azure':
      return { type: 'azure', settings: { container, base_path } };
  }
}
