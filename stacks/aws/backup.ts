import type { AwsRegion } from './account.ts';
import { BACKUP_TAG } from './addons.ts';
import { arns } from './arns.ts';
import type { Key } from './keys.ts';
import { copyRegions } from './peers.ts';
import { policyDocument } from './policy-document.ts';
import {
  BackupPlan,
  BackupSelection,
  BackupVault,
  BackupVaultLockConfiguration,
  IamRole,
  IamRolePolicyAttachment,
} from './provider.ts';
import { serviceTrust } from './trust-documents.ts';

const KEPT_DAYS = 35;

/** Backs the cluster's volumes up every night, and into the cloud regions of AWS peers. State itself is in the bucket. */
export function createBackup(aws: AwsRegion, key: Key): BackupVault {
  const { stack, name, place, region, deployment } = aws;
  const vaultIn = (id: string, kmsKeyArn: string, cloudRegion?: string) => {
    const elsewhere = cloudRegion ? { region: cloudRegion } : {};
    const vault = new BackupVault(stack, id, { ...elsewhere, name: `${name}-volumes`, kmsKeyArn, forceDestroy: false });
    // Governance mode: who may change the lock can lift it. With changeable_for_days nobody ever could.
    new BackupVaultLockConfiguration(stack, `${id}-lock`, {
      ...elsewhere,
      backupVaultName: vault.name,
      minRetentionDays: 7,
    });
    return vault;
  };
  const vault = vaultIn('backup', key.arn);
  const copies = copyRegions(deployment, region).map((peer) =>
    vaultIn(`backup-${peer.name}`, key.replicas.get(peer.region) ?? key.arn, peer.region),
  );
  const plan = new BackupPlan(stack, 'backup-plan', {
    name: `${name}-volumes`,
    rule: [
      {
        ruleName: 'nightly',
        targetVaultName: vault.name,
        schedule: 'cron(0 3 * * ? *)',
        startWindow: 60,
        completionWindow: 360,
        lifecycle: { deleteAfter: KEPT_DAYS },
        copyAction: copies.map((copy) => ({
          destinationVaultArn: copy.arn,
          lifecycle: { deleteAfter: KEPT_DAYS },
        })),
      },
    ],
  });
  const role = new IamRole(stack, 'backup-role', {
    name: `${name}-backup`,
    assumeRolePolicy: policyDocument(serviceTrust('backup.amazonaws.com', place.account)),
  });
  for (const policy of ['AWSBackupServiceRolePolicyForBackup', 'AWSBackupServiceRolePolicyForRestores']) {
    new IamRolePolicyAttachment(stack, `backup-role-${policy}`, {
      role: role.name,
      policyArn: arns.managedPolicy(place, `service-role/${policy}`),
    });
  }
  new BackupSelection(stack, 'backup-volumes', {
    name: 'volumes',
    planId: plan.id,
    iamRoleArn: role.arn,
    // The disk driver tags every volume that it makes.
    selectionTag: [{ type: 'STRINGEQUALS', key: BACKUP_TAG, value: name }],
  });
  return vault;
}
