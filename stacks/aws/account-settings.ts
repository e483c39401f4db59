import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import type { Keys } from './keys.ts';
import { ownsAccountRegion } from './ownership.ts';
import {
  EbsDefaultKmsKey,
  EbsEncryptionByDefault,
  EbsSnapshotBlockPublicAccess,
  Ec2InstanceMetadataDefaults,
  EcrRegistryScanningConfiguration,
  GuarddutyDetector,
  GuarddutyDetectorFeature,
} from './provider.ts';

/** Watched for threats: the control plane's audit log, processes on nodes, access to objects, disks after an alarm. */
const FEATURES = ['EBS_MALWARE_PROTECTION', 'EKS_AUDIT_LOGS', 'RUNTIME_MONITORING', 'S3_DATA_EVENTS'] as const;

/**
 * What counts for all of an account in a cloud region, so only where the deployment has the account to itself: a second
 * stack, or somebody else's, would undo it.
 */
export function createAccountSettings({ stack, deployment, region }: AwsRegion, keys: Keys): void {
  if (deployment.accounts !== 'dedicated' || !ownsAccountRegion(deployment, region)) return;
  new Ec2InstanceMetadataDefaults(stack, 'metadata-defaults', {
    httpEndpoint: 'enabled',
    httpTokens: 'required',
    httpPutResponseHopLimit: 1,
    instanceMetadataTags: 'disabled',
  });
  new EbsEncryptionByDefault(stack, 'disk-encryption', { enabled: true });
  new EbsDefaultKmsKey(stack, 'disk-key', { keyArn: keys.disks.arn });
  new EbsSnapshotBlockPublicAccess(stack, 'snapshots-private', { state: 'block-all-sharing' });
  new EcrRegistryScanningConfiguration(stack, 'image-scanning', {
    scanType: 'ENHANCED',
    rule: [{ scanFrequency: 'CONTINUOUS_SCAN', repositoryFilter: [{ filter: '*', filterType: 'WILDCARD' }] }],
  });
  const detector = new GuarddutyDetector(stack, 'threats', {
    enable: true,
    findingPublishingFrequency: 'FIFTEEN_MINUTES',
  });
  accept(detector, {
    CKV2_AWS_3: 'for this account alone: whether it belongs to an organization is not the file’s to say',
  });
  for (const name of FEATURES) {
    new GuarddutyDetectorFeature(stack, `threats-${name.toLowerCase().replaceAll('_', '-')}`, {
      detectorId: detector.id,
      name,
      status: 'ENABLED',
      // The agent that watches processes is put on nodes by GuardDuty itself.
      ...(name === 'RUNTIME_MONITORING'
        ? { additionalConfiguration: [{ name: 'EKS_ADDON_MANAGEMENT', status: 'ENABLED' }] }
        : {}),
    });
  }
}
