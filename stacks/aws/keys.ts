import { managedKafka, type RegionModel } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import { arns, keyAlias, workloadRole } from './arns.ts';
import {
  administration,
  autoScalingUse,
  controlPlaneUse,
  leaseUse,
  logsUse,
  peersUse,
  publishersUse,
  trailUse,
  useThrough,
} from './key-policies.ts';
import { leaseRolesElsewhere } from './lease-policies.ts';
import { ownsAccount } from './ownership.ts';
import { awsReaders, copyRegions } from './peers.ts';
import { type Place, placeOf } from './place.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import { KmsAlias, KmsKey, KmsReplicaKey } from './provider.ts';

/** What each key protects; one key a purpose. */
export type KeyPurpose =
  | 'cluster'
  | 'disks'
  | 'state'
  | 'secrets'
  | 'registry'
  | 'logs'
  | 'metrics'
  | 'alarms'
  | 'backup'
  | 'kafka'
  | 'audit';

export interface Key {
  readonly arn: string;
  /** ARN of the same key in another cloud region, for what is copied there. */
  readonly replicas: ReadonlyMap<string, string>;
}

export type Keys = Readonly<Record<Exclude<KeyPurpose, 'kafka' | 'audit'>, Key>> & {
  readonly kafka?: Key;
  /** In the region that keeps the account's trail. */
  readonly audit?: Key;
};

/** Makes the region's keys. Those of state and backups exist in every region that holds a copy as well. */
export function createKeys(aws: AwsRegion): Keys {
  const { place, region, deployment } = aws;
  const copies = copyRegions(deployment, region);
  const everywhere = [place.region, ...copies.map((peer) => peer.region)];
  const peers = peersElsewhere(aws.place, awsReaders(deployment, region));
  return {
    cluster: key(aws, 'cluster', controlPlaneUse(place)),
    disks: key(aws, 'disks', [...useThrough(place, ['ec2']), ...autoScalingUse(place)]),
    state: key(
      aws,
      'state',
      [
        ...useThrough(place, ['s3'], everywhere),
        ...peersUse(place, peers),
        ...leaseUse(place, leaseRolesElsewhere(aws)),
      ],
      copies,
    ),
    secrets: key(aws, 'secrets', useThrough(place, ['secretsmanager'])),
    registry: key(aws, 'registry', useThrough(place, ['ecr'])),
    logs: key(aws, 'logs', logsUse(place)),
    metrics: key(aws, 'metrics', useThrough(place, ['aps'])),
    alarms: key(aws, 'alarms', [...useThrough(place, ['sns']), ...publishersUse(place)]),
    backup: key(aws, 'backup', useThrough(place, ['backup', 'ec2'], everywhere), copies),
    ...(managedKafka(deployment) ? { kafka: key(aws, 'kafka', useThrough(place, ['kafka'])) } : {}),
    ...(ownsAccount(deployment, region)
      ? { audit: key(aws, 'audit', [...useThrough(place, ['s3']), ...trailUse(place)]) }
      : {}),
  };
}

/** Replicators of peers in other accounts: IAM of this account says nothing about them, so key and bucket must. */
export const peersElsewhere = (here: Place, peers: readonly RegionModel[]) =>
  peers
    .filter((peer) => peer.account !== undefined && peer.account !== here.account)
    .map((peer) => {
      const place = placeOf(peer, here);
      return { root: arns.root(place), role: arns.role(place, workloadRole(peer, 'replicator')) };
    });

function key(aws: AwsRegion, purpose: KeyPurpose, use: readonly Statement[], copies: readonly RegionModel[] = []): Key {
  const { stack, region, place, deployment } = aws;
  const policy = policyDocument([administration(place), ...use]);
  const description = `${aws.name}: ${purpose}`;
  // Without the key all that it encrypted is lost.
  const lifecycle = { preventDestroy: deployment.cluster.deletionProtection };
  const made = new KmsKey(stack, `key-${purpose}`, {
    description,
    policy,
    enableKeyRotation: true,
    rotationPeriodInDays: 365,
    deletionWindowInDays: 30,
    bypassPolicyLockoutSafetyCheck: false,
    // Fixed at creation: a single-region key can never get a replica.
    multiRegion: copies.length > 0,
    lifecycle,
  });
  new KmsAlias(stack, `alias-${purpose}`, { name: keyAlias(region, purpose), targetKeyId: made.keyId });
  // Neither policy nor alias follow a key into another region (KMS, "Multi-Region keys").
  const replicas = copies.map((peer): [string, string] => {
    const replica = new KmsReplicaKey(stack, `key-${purpose}-${peer.name}`, {
      region: peer.region,
      primaryKeyArn: made.arn,
      description,
      policy,
      deletionWindowInDays: 30,
      bypassPolicyLockoutSafetyCheck: false,
      lifecycle,
    });
    new KmsAlias(stack, `alias-${purpose}-${peer.name}`, {
      region: peer.region,
      name: keyAlias(region, purpose),
      targetKeyId: replica.keyId,
    });
    return [peer.region, replica.arn];
  });
  return { arn: made.arn, replicas: new Map(replicas) };
}
