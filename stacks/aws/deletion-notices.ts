import type { AwsRegion } from './account.ts';
import type { Bucket } from './bucket.ts';
import { S3BucketNotification, type SnsTopic, type SnsTopicPolicy } from './provider.ts';

/** Where notices go, and what S3 tries before it takes the topic. */
export interface Notified {
  readonly topic: SnsTopic;
  readonly granted: SnsTopicPolicy;
}

/**
 * Tells people when a version is deleted for good. Nothing here does so: what Flink and the replicator delete leaves a
 * marker that can be taken away again, and S3 reports under another name what its own rules let expire.
 */
export function noticeDeletions({ stack }: AwsRegion, id: string, bucket: Bucket, { topic, granted }: Notified): void {
  new S3BucketNotification(stack, `${id}-deletions`, {
    bucket: bucket.bucket.id,
    topic: [{ id: 'deleted-for-good', topicArn: topic.arn, events: ['s3:ObjectRemoved:Delete'] }],
    dependsOn: [granted],
  });
}
