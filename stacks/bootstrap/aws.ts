import type { TerraformStack } from 'cdktf';
import type { DeploymentModel } from '../../config/index.ts';
import { arns } from '../aws/arns.ts';
import { administration, useThrough } from '../aws/key-policies.ts';
import { partitionOf } from '../aws/place.ts';
import { policyDocument } from '../aws/policy-document.ts';
import {
  AwsProvider,
  DataAwsCallerIdentity,
  KmsAlias,
  KmsKey,
  S3Bucket,
  S3BucketLifecycleConfiguration,
  S3BucketOwnershipControls,
  S3BucketPolicy,
  S3BucketPublicAccessBlock,
  S3BucketServerSideEncryptionConfigurationA,
  S3BucketVersioningA,
} from '../aws/provider.ts';
import { transportOnly } from '../aws/state-policies.ts';

/** Days that an earlier state can be brought back. */
const EARLIER_STATES = 90;

/**
 * A private, versioned bucket under a key of its own. The lock needs nothing more: S3 refuses the second of two who
 * write the lock's object (Terraform, "S3 backend: use_lockfile").
 */
export function bootstrapAws(stack: TerraformStack, { terraform: { backend } }: DeploymentModel): void {
  if (!backend.aws) return;
  const { bucket: bucketName, region, kmsKeyId } = backend.aws;
  new AwsProvider(stack, 'aws', { region, defaultTags: [{ tags: { headrace_terraform_state: bucketName } }] });
  const account = new DataAwsCallerIdentity(stack, 'caller').accountId;
  const place = { partition: partitionOf(region), region, account };
  // A key that the file names by ARN or id is somebody's already.
  const keyArn = kmsKeyId && !kmsKeyId.startsWith('alias/') ? kmsKeyId : ownKey();
  const bucket = new S3Bucket(stack, 'states', {
    bucket: bucketName,
    forceDestroy: false,
    lifecycle: { preventDestroy: true },
  });
  const block = new S3BucketPublicAccessBlock(stack, 'states-private', {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new S3BucketOwnershipControls(stack, 'states-ownership', {
    bucket: bucket.id,
    rule: { objectOwnership: 'BucketOwnerEnforced' },
  });
  new S3BucketServerSideEncryptionConfigurationA(stack, 'states-encryption', {
    bucket: bucket.id,
    rule: [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
        bucketKeyEnabled: true,
      },
    ],
  });
  const versions = new S3BucketVersioningA(stack, 'states-versions', {
    bucket: bucket.id,
    versioningConfiguration: { status: 'Enabled' },
  });
  new S3BucketLifecycleConfiguration(stack, 'states-lifecycle', {
    bucket: bucket.id,
    rule: [
      {
        id: 'earlier-states',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        noncurrentVersionExpiration: [{ noncurrentDays: EARLIER_STATES }],
        abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
      },
    ],
    dependsOn: [versions],
  });
  new S3BucketPolicy(stack, 'states-policy', {
    bucket: bucket.id,
    policy: policyDocument(transportOnly(arns.bucket(place, bucketName))),
    dependsOn: [block],
  });

  function ownKey(): string {
    const key = new KmsKey(stack, 'states-key', {
      description: `Terraform's state in ${bucketName}`,
      policy: policyDocument([administration(place), ...useThrough(place, ['s3'])]),
      enableKeyRotation: true,
      rotationPeriodInDays: 365,
      deletionWindowInDays: 30,
      lifecycle: { preventDestroy: true },
    });
    new KmsAlias(stack, 'states-key-alias', { name: kmsKeyId ?? `alias/${bucketName}`, targetKeyId: key.keyId });
    return key.arn;
  }
}
