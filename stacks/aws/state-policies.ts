import { arns } from './arns.ts';
import type { Place } from './place.ts';
import type { Statement } from './policy-document.ts';

/** Every request is refused that is not TLS 1.2 or newer. */
export function transportOnly(bucketArn: string): Statement[] {
  const refuse = (Sid: string, Condition: NonNullable<Statement['Condition']>): Statement => ({
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:*'],
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition,
  });
  return [
    refuse('NoPlainHttp', { Bool: { 'aws:SecureTransport': 'false' } }),
    refuse('NoOldTls', { NumericLessThan: { 's3:TlsVersion': '1.2' } }),
  ];
}

/**
 * Objects are reached from the region's network only.
 * @param exempt ARNs of roles that come from elsewhere: replicators of peers, S3's own copier, administrators.
 */
export const networkOnly = (bucketArn: string, endpointId: string, exempt: readonly string[]): Statement => ({
  Sid: 'OnlyFromTheNetwork',
  Effect: 'Deny',
  Principal: '*',
  // Objects alone: whoever deploys from elsewhere must still be able to manage the bucket.
  Action: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
  Resource: `${bucketArn}/*`,
  Condition: {
    StringNotEquals: { 'aws:SourceVpce': endpointId },
    Bool: { 'aws:PrincipalIsAWSService': 'false', 'aws:ViaAWSService': 'false' },
    ArnNotEquals: { 'aws:PrincipalArn': exempt },
  },
});

/** Replicators of peers in other accounts read the region's prefix. */
export function peersRead(
  bucketArn: string,
  prefix: string,
  peers: readonly { readonly root: string; readonly role: string }[],
): Statement[] {
  if (peers.length === 0) return [];
  // The account, not the role: a policy that names a role fails while the role does not exist.
  const Principal = { AWS: [...new Set(peers.map(({ root }) => root))] };
  const pinned = { ArnEquals: { 'aws:PrincipalArn': peers.map(({ role }) => role) } };
  return [
    {
      Sid: 'PeersList',
      Effect: 'Allow',
      Principal,
      Action: ['s3:ListBucket'],
      Resource: bucketArn,
      Condition: { ...pinned, StringLike: { 's3:prefix': [prefix, `${prefix}/*`] } },
    },
    {
      Sid: 'PeersReadObjects',
      Effect: 'Allow',
      Principal,
      Action: ['s3:GetObject'],
      Resource: `${bucketArn}/${prefix}/*`,
      Condition: pinned,
    },
  ];
}

/** Reading a prefix: listing it and getting its objects. */
export const readPrefix = (bucketArn: string, prefix: string, sids: { list: string; read: string }): Statement[] => [
  {
    Sid: sids.list,
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: bucketArn,
    Condition: { StringLike: { 's3:prefix': [prefix, `${prefix}/*`] } },
  },
  { Sid: sids.read, Effect: 'Allow', Action: ['s3:GetObject'], Resource: `${bucketArn}/${prefix}/*` },
];

/** Reading and writing a prefix, parts of unfinished uploads included. */
export const writePrefix = (bucketArn: string, prefix: string, sids: { list: string; write: string }): Statement[] => [
  {
    Sid: sids.list,
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: bucketArn,
    Condition: { StringLike: { 's3:prefix': [prefix, `${prefix}/*`] } },
  },
  {
    Sid: sids.write,
    Effect: 'Allow',
    Action: [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListMultipartUploadParts',
      's3:PutObject',
    ],
    Resource: `${bucketArn}/${prefix}/*`,
  },
];

/** Using a key through S3 of its region. */
export const throughS3 = (Sid: string, keyArn: string, region: string, write: boolean): Statement => ({
  Sid,
  Effect: 'Allow',
  Action: write ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'],
  Resource: keyArn,
  Condition: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
});

/** Using the key of a peer, whose id nobody knows before it exists, through S3 of its region. */
export const peerKey = (Sid: string, peer: Place, alias: string, write: boolean): Statement => ({
  Sid,
  Effect: 'Allow',
  Action: write ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'],
  Resource: arns.keys(peer),
  Condition: {
    StringEquals: { 'kms:ViaService': `s3.${peer.region}.amazonaws.com` },
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias },
  },
});

/** What S3 itself needs to copy a bucket. @param targets bucket and key of each copy. */
export const copierPolicy = (
  source: { readonly bucketArn: string; readonly keyArn: string; readonly region: string },
  targets: readonly { readonly bucketArn: string; readonly keyArn: string; readonly region: string }[],
): Statement[] => [
  {
    Sid: 'CopyConfiguration',
    Effect: 'Allow',
    Action: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
    Resource: source.bucketArn,
  },
  {
    Sid: 'CopySource',
    Effect: 'Allow',
    Action: ['s3:GetObjectVersionAcl', 's3:GetObjectVersionForReplication', 's3:GetObjectVersionTagging'],
    Resource: `${source.bucketArn}/*`,
  },
  {
    Sid: 'CopyTarget',
    Effect: 'Allow',
    Action: ['s3:ReplicateObject', 's3:ReplicateTags'],
    Resource: targets.map(({ bucketArn }) => `${bucketArn}/*`),
  },
  throughS3('CopySourceKey', source.keyArn, source.region, false),
  ...targets.map(
    ({ keyArn, region }, i): Statement => ({
      Sid: `CopyTargetKey${i}`,
      Effect: 'Allow',
      Action: ['kms:Encrypt', 'kms:GenerateDataKey'],
      Resource: keyArn,
      Condition: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
    }),
  ),
];
