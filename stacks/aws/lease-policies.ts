import {
  type DeploymentModel,
  LEASE_WORKLOADS,
  leaseKeeper,
  leasePeers,
  leasePrefix,
  type RegionModel,
} from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import { arns, keyAlias, leaseRole, workloadRole } from './arns.ts';
import { type Place, placeOf } from './place.ts';
import type { Statement } from './policy-document.ts';
import { peerKey, throughS3 } from './state-policies.ts';

/** A bucket that keeps leases, and where in it. */
export interface LeaseBucket {
  readonly arn: string;
  /** With a slash at its end. */
  readonly prefix: string;
}

export const leaseBucket = (keeper: RegionModel, place: Place): LeaseBucket => ({
  arn: arns.bucket(place, keeper.stateRoot.bucket),
  prefix: leasePrefix(keeper.parts),
});

/** Reading and writing leases. Nobody deletes one: its epoch would begin anew. */
export const writeLease = ({ arn, prefix }: LeaseBucket): Statement[] => [
  {
    Sid: 'LeaseList',
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: arn,
    Condition: { StringLike: { 's3:prefix': [`${prefix}*`] } },
  },
  { Sid: 'LeaseObjects', Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `${arn}/${prefix}*` },
];

/** The same in the bucket's own policy, for roles of other accounts. */
export function peersWriteLease(
  bucket: LeaseBucket,
  peers: readonly { readonly root: string; readonly role: string }[],
): Statement[] {
  if (peers.length === 0) return [];
  // The account, not the role: a policy that names a role fails while the role does not exist.
  const Principal = { AWS: [...new Set(peers.map(({ root }) => root))] };
  const pinned = { ArnEquals: { 'aws:PrincipalArn': peers.map(({ role }) => role) } };
  return writeLease(bucket).map((one) => ({
    ...one,
    Sid: `Peers${one.Sid}`,
    Principal,
    Condition: { ...one.Condition, ...pinned },
  }));
}

/** Rights of a region's own workload on the lease, where a region on AWS keeps it. */
export function leasePolicy(deployment: DeploymentModel, region: RegionModel, here: Place, key: string): Statement[] {
  const keeper = leaseKeeper(deployment);
  if (keeper?.cloud !== 'aws') return [];
  const place = placeOf(keeper, here);
  const rights = writeLease(leaseBucket(keeper, place));
  return keeper.name === region.name
    ? [...rights, throughS3('LeaseKey', key, place.region, true)]
    : [...rights, peerKey('LeaseKey', place, keyAlias(keeper, 'state'), true)];
}

/** Roles that come for the lease from outside of the region's network. */
export const leaseRoles = ({ region, place, deployment }: Pick<AwsRegion, 'region' | 'place' | 'deployment'>) =>
  leasePeers(deployment, region).flatMap((peer) =>
    peer.cloud === 'aws'
      ? LEASE_WORKLOADS.map((workload) => arns.role(placeOf(peer, place), workloadRole(peer, workload)))
      : [arns.role(place, leaseRole(region, peer))],
  );

/** Roles of peers in other accounts: IAM of this account says nothing about them, so key and bucket must. */
export const leaseRolesElsewhere = ({
  region,
  place,
  deployment,
}: Pick<AwsRegion, 'region' | 'place' | 'deployment'>) =>
  leasePeers(deployment, region)
    .filter(({ cloud, account }) => cloud === 'aws' && account !== undefined && account !== place.account)
    .flatMap((peer) => {
      const there = placeOf(peer, place);
      return LEASE_WORKLOADS.map((workload) => ({
        root: arns.root(there),
        role: arns.role(there, workloadRole(peer, workload)),
      }));
    });
