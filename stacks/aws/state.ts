import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import { arns, copierRole, readerRole, workloadRole } from './arns.ts';
import { type Bucket, createBucket } from './bucket.ts';
import { type Key, peersElsewhere } from './keys.ts';
import { leaseBucket, leaseRoles, leaseRolesElsewhere, peersWriteLease } from './lease-policies.ts';
import type { AwsNetwork } from './network.ts';
import { awsReaders, foreignReaders } from './peers.ts';
import { placeOf } from './place.ts';
import { networkOnly, peersRead, transportOnly } from './state-policies.ts';

/** The bucket of the region's state. */
export function createStateStore(aws: AwsRegion, network: AwsNetwork, key: Key): Bucket {
  const { region, place, deployment } = aws;
  const arn = arns.bucket(place, region.stateRoot.bucket);
  const peers = awsReaders(deployment, region);
  const store = createBucket(aws, 'state', {
    name: region.stateRoot.bucket,
    keyArn: key.arn,
    policy: [
      ...transportOnly(arn),
      networkOnly(arn, network.s3.id, comingFromElsewhere(aws)),
      ...peersRead(arn, region.stateRoot.prefix, peersElsewhere(place, peers)),
      ...peersWriteLease(leaseBucket(region, place), leaseRolesElsewhere(aws)),
    ],
  });
  accept(store.bucket, {
    CKV_AWS_144:
      'S3 copies it where a standby on AWS follows; elsewhere the replicator does, which checks what it copied',
  });
  return store;
}

/** Roles that reach the state from outside of the region's network. */
export function comingFromElsewhere(aws: AwsRegion): string[] {
  const { region, place, deployment } = aws;
  const roles = [
    arns.role(place, copierRole(region)),
    ...awsReaders(deployment, region).map((peer) => arns.role(placeOf(peer, place), workloadRole(peer, 'replicator'))),
    ...foreignReaders(deployment, region).map((peer) => arns.role(place, readerRole(region, peer))),
    ...leaseRoles(aws),
    ...deployment.cluster.administrators.aws,
  ];
  return [...new Set(roles)];
}
