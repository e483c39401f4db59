import { arns } from './arns.ts';
import type { Place } from './place.ts';
import type { Statement } from './policy-document.ts';

const THIS_KEY = '*';

/** The account administers its key; nothing here uses it. */
export const administration = (place: Place): Statement => ({
  Sid: 'KeyAdministration',
  Effect: 'Allow',
  Principal: { AWS: arns.root(place) },
  Action: [
    'kms:CancelKeyDeletion',
    'kms:CreateAlias',
    'kms:DeleteAlias',
    'kms:DescribeKey',
    'kms:DisableKey',
    'kms:EnableKey',
    'kms:EnableKeyRotation',
    'kms:GetKeyPolicy',
    'kms:GetKeyRotationStatus',
    'kms:GetPublicKey',
    'kms:ListGrants',
    'kms:ListKeyPolicies',
    'kms:ListResourceTags',
    'kms:PutKeyPolicy',
    'kms:ReplicateKey',
    'kms:RevokeGrant',
    'kms:ScheduleKeyDeletion',
    'kms:TagResource',
    'kms:UntagResource',
    'kms:UpdateAlias',
    'kms:UpdateKeyDescription',
    'kms:UpdatePrimaryRegion',
  ],
  Resource: THIS_KEY,
});

const USE = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/**
 * Identities that IAM lets use the key may do so through the named services alone, and those services may take grants.
 * @param services without a region, such as `s3`; each of `regions` counts, since a replicated key has one policy.
 */
export function useThrough(
  place: Place,
  services: readonly string[],
  regions: readonly string[] = [place.region],
): Statement[] {
  const through = services.flatMap((service) => regions.map((region) => `${service}.${region}.amazonaws.com`));
  const principal = { AWS: arns.root(place) };
  return [
    {
      Sid: 'KeyUse',
      Effect: 'Allow',
      Principal: principal,
      Action: [...USE, 'kms:DescribeKey'],
      Resource: THIS_KEY,
      Condition: { StringEquals: { 'kms:CallerAccount': place.account, 'kms:ViaService': through } },
    },
    {
      Sid: 'KeyGrants',
      Effect: 'Allow',
      Principal: principal,
      Action: ['kms:CreateGrant'],
      Resource: THIS_KEY,
      Condition: {
        StringEquals: { 'kms:CallerAccount': place.account, 'kms:ViaService': through },
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
      },
    },
  ];
}

/** EKS encrypts secrets with it: whoever makes the cluster gives EKS a grant, which takes no narrower condition. */
export const controlPlaneUse = (place: Place): Statement[] => [
  {
    Sid: 'KeyOfControlPlane',
    Effect: 'Allow',
    Principal: { AWS: arns.root(place) },
    Action: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt'],
    Resource: THIS_KEY,
    Condition: { StringEquals: { 'kms:CallerAccount': place.account } },
  },
];

/** Disks are made by EC2 Auto Scaling's own role; without it nodes fail to launch. */
export function autoScalingUse(place: Place): Statement[] {
  const role = arns.role(place, 'aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling');
  return [
    {
      Sid: 'KeyOfAutoScaling',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: [...USE, 'kms:DescribeKey'],
      Resource: THIS_KEY,
      Condition: { StringEquals: { 'kms:CallerAccount': place.account }, ArnEquals: { 'aws:PrincipalArn': role } },
    },
    {
      Sid: 'KeyGrantsOfAutoScaling',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: ['kms:CreateGrant'],
      Resource: THIS_KEY,
      Condition: {
        StringEquals: { 'kms:CallerAccount': place.account },
        ArnEquals: { 'aws:PrincipalArn': role },
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
      },
    },
  ];
}

/** CloudWatch Logs uses it for log groups of this account and region. */
export const logsUse = (place: Place): Statement[] => [
  {
    Sid: 'KeyOfService',
    Effect: 'Allow',
    Principal: { Service: `logs.${place.region}.amazonaws.com` },
    Action: [...USE, 'kms:DescribeKey'],
    Resource: THIS_KEY,
    Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arns.logGroup(place, '*') } },
  },
];

/** CloudTrail encrypts the files of the account's trails with it (AWS CloudTrail, "KMS key policies"). */
export const trailUse = (place: Place): Statement[] => [
  {
    Sid: 'KeyOfService',
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: ['kms:DescribeKey', 'kms:GenerateDataKey'],
    Resource: THIS_KEY,
    Condition: {
      StringEquals: { 'aws:SourceAccount': place.account },
      ArnLike: { 'aws:SourceArn': arns.trail({ ...place, region: '*' }, '*') },
    },
  },
];

/** Services that have something to tell. */
export const PUBLISHERS = ['aps', 'budgets', 'cloudwatch', 's3'].map((service) => `${service}.amazonaws.com`);

/** CloudWatch, Budgets, managed Prometheus and S3 publish to an encrypted topic. */
export const publishersUse = (place: Place): Statement[] => [
  {
    Sid: 'KeyOfService',
    Effect: 'Allow',
    Principal: { Service: PUBLISHERS },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: THIS_KEY,
    Condition: { StringEquals: { 'aws:SourceAccount': place.account } },
  },
];

/** A role of another account, and the account's root. */
interface Elsewhere {
  readonly root: string;
  readonly role: string;
}

const elsewhereUse = (
  Sid: string,
  Action: readonly string[],
  place: Place,
  roles: readonly Elsewhere[],
): Statement[] =>
  roles.length === 0
    ? []
    : [
        {
          Sid,
          Effect: 'Allow',
          // The account, not the role: a policy that names a role fails while the role does not exist.
          Principal: { AWS: [...new Set(roles.map(({ root }) => root))] },
          Action,
          Resource: THIS_KEY,
          Condition: {
            ArnEquals: { 'aws:PrincipalArn': roles.map(({ role }) => role) },
            StringEquals: { 'kms:ViaService': `s3.${place.region}.amazonaws.com` },
          },
        },
      ];

/** Replicators of other accounts read what the key protects, through S3 alone. */
export const peersUse = (place: Place, roles: readonly Elsewhere[]) =>
  elsewhereUse('KeyOfPeers', ['kms:Decrypt'], place, roles);

/**
 * Writers of the lease from other accounts. A key knows no prefix: with bucket keys its context is the whole bucket
 * (S3, "Bucket Keys"), so that the bucket's policy alone keeps them to the lease.
 */
export const leaseUse = (place: Place, roles: readonly Elsewhere[]) =>
  elsewhereUse('KeyOfLease', ['kms:Decrypt', 'kms:GenerateDataKey'], place, roles);

/** Route 53 signs a zone with it. */
export const zoneSigningUse = (account: string): Statement[] => [
  {
    Sid: 'KeyOfZoneSigning',
    Effect: 'Allow',
    Principal: { Service: 'dnssec-route53.amazonaws.com' },
    Action: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'],
    Resource: THIS_KEY,
    Condition: { StringEquals: { 'aws:SourceAccount': account } },
  },
  {
    Sid: 'KeyGrants',
    Effect: 'Allow',
    Principal: { Service: 'dnssec-route53.amazonaws.com' },
    Action: ['kms:CreateGrant'],
    Resource: THIS_KEY,
    Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' }, StringEquals: { 'aws:SourceAccount': account } },
  },
];
