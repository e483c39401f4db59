import type { AwsRegion } from './account.ts';
import { arns } from './arns.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import { IamPolicy } from './provider.ts';

/** Services that workloads ever call. */
const SERVICES = ['bedrock', 'kafka-cluster', 'kms', 's3', 'secretsmanager'] as const;

const boundaryName = (name: string) => `${name}-boundary`;

/** ARN of the region's boundary, known before it exists. */
export const boundaryArn = ({ place, name }: Pick<AwsRegion, 'place' | 'name'>) =>
  arns.policy(place, boundaryName(name));

const boundary: Statement[] = [
  { Sid: 'BoundaryServices', Effect: 'Allow', Action: SERVICES.map((service) => `${service}:*`), Resource: '*' },
  {
    Sid: 'BoundaryNoAdministration',
    Effect: 'Deny',
    Action: ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 's3:DeleteBucket', 's3:PutBucketPolicy'],
    Resource: '*',
  },
];

/**
 * The most that any policy can ever give a workload's role, whoever attaches it: no IAM, so that a stolen identity can
 * make no lasting key, and no other service.
 */
export const createBoundary = ({ stack, name }: AwsRegion): IamPolicy =>
  new IamPolicy(stack, 'boundary', {
    name: boundaryName(name),
    description: 'Most that roles of workloads may ever be given',
    policy: policyDocument(boundary),
  });
