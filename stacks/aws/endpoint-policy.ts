import type { AwsRegion } from './account.ts';
import { arns } from './arns.ts';
import { placeOf } from './place.ts';
import { policyDocument } from './policy-document.ts';

/**
 * What may pass the network's S3 endpoint: buckets of this deployment's accounts, and the layers of images that ECR keeps
 * in a bucket of its own. A stolen key of another account leads nowhere from here.
 */
export function endpointPolicy({ deployment, place }: AwsRegion): string {
  const accounts = deployment.regions
    .filter(({ cloud }) => cloud === 'aws')
    .map((peer) => placeOf(peer, place).account);
  return policyDocument([
    {
      Sid: 'EndpointOwnAccount',
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:*'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceAccount': [...new Set([place.account, ...accounts])] } },
    },
    {
      Sid: 'EndpointImageLayers',
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject'],
      // Amazon ECR, "Minimum Amazon S3 bucket permissions for Amazon ECR".
      Resource: `${arns.bucket(place, `prod-${place.region}-starport-layer-bucket`)}/*`,
    },
  ]);
}
