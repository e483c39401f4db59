import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import {
  S3Bucket,
  S3BucketLifecycleConfiguration,
  S3BucketOwnershipControls,
  S3BucketPolicy,
  S3BucketPublicAccessBlock,
  S3BucketServerSideEncryptionConfigurationA,
  S3BucketVersioningA,
} from './provider.ts';

export interface BucketProps {
  readonly name: string;
  /** Cloud region. @default the stack's own */
  readonly region?: string;
  readonly keyArn: string;
  readonly policy: readonly Statement[];
  /** Milliseconds after which objects go. @default never: incremental checkpoints share old files */
  readonly expireAfter?: number;
}

export interface Bucket {
  readonly bucket: S3Bucket;
  /** A copy may start once its ends are versioned. */
  readonly versioning: S3BucketVersioningA;
  /** What services wait for that the policy lets in. */
  readonly granted: S3BucketPolicy;
}

/** A private, versioned bucket under an own key. */
export function createBucket({ stack, deployment }: AwsRegion, id: string, props: BucketProps): Bucket {
  const place = props.region ? { region: props.region } : {};
  const bucket = new S3Bucket(stack, id, {
    ...place,
    bucket: props.name,
    forceDestroy: false,
    lifecycle: { preventDestroy: deployment.cluster.deletionProtection },
  });
  accept(bucket, {
    CKV_AWS_18: 'the audit trail records who touched objects, with the identity, which access logs lack',
  });
  const of = { ...place, bucket: bucket.id };
  const block = new S3BucketPublicAccessBlock(stack, `${id}-private`, {
    ...of,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new S3BucketOwnershipControls(stack, `${id}-ownership`, { ...of, rule: { objectOwnership: 'BucketOwnerEnforced' } });
  new S3BucketServerSideEncryptionConfigurationA(stack, `${id}-encryption`, {
    ...of,
    rule: [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: props.keyArn },
        // Flink writes many small objects; each would otherwise be a call to KMS.
        bucketKeyEnabled: true,
      },
    ],
  });
  const versioning = new S3BucketVersioningA(stack, `${id}-versions`, {
    ...of,
    versioningConfiguration: { status: 'Enabled' },
  });
  new S3BucketLifecycleConfiguration(stack, `${id}-lifecycle`, {
    ...of,
    rule: [
      {
        id: 'old-versions',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        noncurrentVersionExpiration: [{ noncurrentDays: wholeDays(deployment.state.versions) }],
        abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        expiration: [{ expiredObjectDeleteMarker: true }],
      },
      ...(props.expireAfter === undefined
        ? []
        : [
            {
              id: 'old-objects',
              status: 'Enabled',
              filter: [{ prefix: '' }],
              expiration: [{ days: wholeDays(props.expireAfter) }],
            },
          ]),
    ],
    dependsOn: [versioning],
  });
  const granted = new S3BucketPolicy(stack, `${id}-policy`, {
    ...of,
    policy: policyDocument(props.policy),
    dependsOn: [block],
  });
  return { bucket, versioning, granted };
}

/** Milliseconds as whole days, rounded up. */
export const wholeDays = (milliseconds: number) => Math.ceil(milliseconds / 86_400_000);
