import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import { arns, workloadRole } from './arns.ts';
import { createBucket } from './bucket.ts';
import { type Notified, noticeDeletions } from './deletion-notices.ts';
import type { Key } from './keys.ts';
import { ownsAccount, regionsOfAccount } from './ownership.ts';
import { placeOf } from './place.ts';
import type { Statement } from './policy-document.ts';
import { Cloudtrail } from './provider.ts';
import { transportOnly } from './state-policies.ts';

/** Bucket of the trail; at most 46 characters. */
export const auditBucket = ({ region }: Pick<AwsRegion, 'region'>) =>
  `${region.parts.deployment}-${region.name}-audit-${region.parts.id}`;

const trailName = ({ name }: Pick<AwsRegion, 'name'>) => `${name}-audit`;

/** The trail may write its own files into the bucket, and nothing else may (AWS CloudTrail, "S3 bucket policy"). */
const deliver = (bucketArn: string, trailArn: string, account: string): Statement[] => [
  {
    Sid: 'TrailChecks',
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: ['s3:GetBucketAcl'],
    Resource: bucketArn,
    Condition: { StringEquals: { 'aws:SourceArn': trailArn } },
  },
  {
    Sid: 'TrailWrites',
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: ['s3:PutObject'],
    Resource: `${bucketArn}/AWSLogs/${account}/*`,
    Condition: { StringEquals: { 'aws:SourceArn': trailArn, 's3:x-amz-acl': 'bucket-owner-full-control' } },
  },
];

/**
 * Records every call that changes the account, all use of keys and secrets, and who touched state. One trail an account,
 * made by its first region, follows all of the account's regions.
 */
export function createAuditTrail(aws: AwsRegion, key: Key, notified: Notified): void {
  const { stack, place, region, deployment } = aws;
  if (!ownsAccount(deployment, region)) return;
  const arn = arns.bucket(place, auditBucket(aws));
  const bucket = createBucket(aws, 'audit', {
    name: auditBucket(aws),
    keyArn: key.arn,
    policy: [...transportOnly(arn), ...deliver(arn, arns.trail(place, trailName(aws)), place.account)],
    expireAfter: deployment.observability.logRetention,
  });
  noticeDeletions(aws, 'audit', bucket, notified);
  accept(bucket.bucket, {
    CKV_AWS_144: 'CloudTrail keeps 90 days of the same events by itself; its files are signed, so a loss would show',
  });
  const here = regionsOfAccount(deployment, region);
  const own = here.map((one) => `${arns.assumedRole(placeOf(one, place), workloadRole(one, 'flink'))}/`);
  const trail = new Cloudtrail(stack, 'audit-trail', {
    name: trailName(aws),
    s3BucketName: bucket.bucket.bucket,
    kmsKeyId: key.arn,
    enableLogging: true,
    enableLogFileValidation: true,
    isMultiRegionTrail: true,
    includeGlobalServiceEvents: true,
    advancedEventSelector: [
      { name: 'management', fieldSelector: [{ field: 'eventCategory', equalTo: ['Management'] }] },
      {
        name: 'state',
        fieldSelector: [
          { field: 'eventCategory', equalTo: ['Data'] },
          { field: 'resources.type', equalTo: ['AWS::S3::Object'] },
          { field: 'resources.ARN', startsWith: here.map((one) => `${arns.bucket(place, one.stateRoot.bucket)}/`) },
          // Flink writes and deletes all the time; everybody else stays on record.
          { field: 'userIdentity.arn', notStartsWith: own },
        ],
      },
    ],
    dependsOn: [bucket.granted],
  });
  accept(trail, {
    CKV_AWS_252: 'nobody acts on a file’s arrival',
    CKV2_AWS_10:
      'who reads state is searched for afterwards, in the bucket; a second copy in log groups costs more than the trail',
  });
}
