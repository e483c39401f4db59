import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import type { Key } from './keys.ts';
import { CloudwatchLogGroup } from './provider.ts';

/** Retentions that CloudWatch Logs takes, in days (PutRetentionPolicy). */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The shortest retention in days that keeps logs at least so long; the longest there is when none does. */
export const retentionDays = (milliseconds: number) =>
  RETENTIONS.find((days) => days * 86_400_000 >= milliseconds) ?? 3653;

/** A log group with the deployment's retention, under the region's key for logs. */
export const createLogGroup = ({ stack, deployment }: AwsRegion, id: string, name: string, key: Key) =>
  accept(
    new CloudwatchLogGroup(stack, id, {
      name,
      retentionInDays: retentionDays(deployment.observability.logRetention),
      kmsKeyId: key.arn,
      deletionProtectionEnabled: deployment.cluster.deletionProtection,
    }),
    { CKV_AWS_338: 'how long logs are kept is the file’s to say (observability.logRetention), 90 days unless it does' },
  );
