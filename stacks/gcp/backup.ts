import type { Key } from './keys.ts';
import { backupLocation } from './placement.ts';
import type { GcpRegion } from './project.ts';
import { type ContainerCluster, GkeBackupBackupPlan } from './provider.ts';

/** Daily backups of the cluster's objects and volumes, kept 30 days, in another region where the deployment has one. */
export function createBackupPlan(gcp: GcpRegion, cluster: ContainerCluster, key: Key): void {
  const { stack, name, region, deployment } = gcp;
  new GkeBackupBackupPlan(stack, 'backup-plan', {
    name,
    cluster: cluster.id,
    location: backupLocation(deployment, region),
    backupSchedule: { cronSchedule: '0 3 * * *' },
    // `locked` is for ever, so the lock on early deletion stays with the plan, where an administrator can lift it.
    retentionPolicy: { backupRetainDays: 30, backupDeleteLockDays: 7, locked: false },
    backupConfig: {
      allNamespaces: true,
      includeVolumeData: true,
      includeSecrets: true,
      encryptionKey: { gcpKmsEncryptionKey: key.id },
    },
    dependsOn: [gcp.api('gkebackup'), ...key.ready],
  });
}
