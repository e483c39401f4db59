import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import { arns, copierRole } from './arns.ts';
import { type Bucket, createBucket } from './bucket.ts';
import type { Key } from './keys.ts';
import { copyRegions } from './peers.ts';
import { policyDocument } from './policy-document.ts';
import { IamRole, IamRolePolicy, S3BucketReplicationConfigurationA } from './provider.ts';
import { copierPolicy, transportOnly } from './state-policies.ts';
import { serviceTrust } from './trust-documents.ts';

/** A copy that S3 keeps in another cloud region. */
export interface StateCopy {
  /** Name of the peer. */
  readonly peer: string;
  readonly source: string;
  readonly target: string;
  /** Id of the replication rule, by which its metrics are found. */
  readonly rule: string;
}

/** Bucket of S3's own copy in a peer's cloud region; at most 59 characters. */
export const copyBucket = (bucket: string, peer: { readonly name: string }) => `${bucket}-${peer.name}`;

/**
 * S3's own copy of the bucket in the cloud region of each AWS peer, beside the replicator's: it is not consistent across
 * files and only the last resort. It goes to a bucket apart, since the peer's Flink writes its own state under the same
 * prefix, and under a replica of the region's key, so that it can be opened while this region is lost.
 */
export function createCopies(aws: AwsRegion, state: Bucket, key: Key): StateCopy[] {
  const { stack, region, place, deployment } = aws;
  const copies = copyRegions(deployment, region).map((peer) => {
    const name = copyBucket(region.stateRoot.bucket, peer);
    const arn = arns.bucket(place, name);
    const keyArn = key.replicas.get(peer.region) ?? key.arn;
    const bucket = createBucket(aws, `state-copy-${peer.name}`, {
      name,
      region: peer.region,
      keyArn,
      policy: transportOnly(arn),
    });
    accept(bucket.bucket, {
      CKV2_AWS_62: 'its region has no topic of this one: S3 tells only a topic of the bucket’s own region',
    });
    return { peer, name, arn, keyArn, bucket };
  });
  if (copies.length === 0) return [];
  const role = new IamRole(stack, 'copier', {
    name: copierRole(region),
    assumeRolePolicy: policyDocument(serviceTrust('s3.amazonaws.com', place.account)),
  });
  const rights = new IamRolePolicy(stack, 'copier-policy', {
    name: 'copy',
    role: role.name,
    policy: policyDocument(
      copierPolicy(
        { bucketArn: arns.bucket(place, region.stateRoot.bucket), keyArn: key.arn, region: place.region },
        copies.map(({ arn, keyArn, peer }) => ({ bucketArn: arn, keyArn, region: peer.region })),
      ),
    ),
  });
  new S3BucketReplicationConfigurationA(stack, 'state-copies', {
    bucket: state.bucket.id,
    role: role.arn,
    rule: copies.map(({ peer, bucket, keyArn }, i) => ({
      id: peer.name,
      priority: i + 1,
      status: 'Enabled',
      filter: { prefix: '' },
      // A wrong delete must not spread.
      deleteMarkerReplication: { status: 'Disabled' },
      // Without this S3 leaves out what is encrypted with a key, without a word.
      sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
      destination: {
        bucket: bucket.bucket.arn,
        storageClass: 'STANDARD',
        encryptionConfiguration: { replicaKmsKeyId: keyArn },
        replicationTime: { status: 'Enabled', time: { minutes: 15 } },
        metrics: { status: 'Enabled', eventThreshold: { minutes: 15 } },
      },
    })),
    dependsOn: [rights, state.versioning, ...copies.map(({ bucket }) => bucket.versioning)],
  });
  return copies.map(({ peer, name }) => ({
    peer: peer.name,
    source: region.stateRoot.bucket,
    target: name,
    rule: peer.name,
  }));
}
