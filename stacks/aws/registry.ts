import { names, type RegionModel } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import { arns } from './arns.ts';
import type { Key } from './keys.ts';
import { ownsAccountRegion } from './ownership.ts';
import { placeOf } from './place.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import {
  EcrLifecyclePolicy,
  EcrRegistryPolicy,
  EcrReplicationConfiguration,
  EcrRepository,
  EcrRepositoryPolicy,
} from './provider.ts';

/** Only what no tag names goes: a tag may be what the other region rolls back to. */
const CLEANUP = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: 'images without a tag',
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
      action: { type: 'expire' },
    },
  ],
});

/** Prefix of the deployment's repositories: the same in every region, since a copy keeps its name. */
const prefixOf = ({ deployment }: Pick<AwsRegion, 'deployment'>) => `${deployment.name}-${deployment.id}`;

/** Other AWS regions of the deployment, one an account and cloud region. */
function elsewhere({ deployment, region, place }: AwsRegion): RegionModel[] {
  const seen = new Set([`${place.account}/${region.region}`]);
  return deployment.regions.filter((other) => {
    const id = `${placeOf(other, place).account}/${other.region}`;
    return other.cloud === 'aws' && !seen.has(id) && seen.add(id);
  });
}

/** Nobody outside of the deployment's accounts reaches an image, whatever their own rights say. */
const ownAccountsOnly = (accounts: readonly string[]): Statement => ({
  Sid: 'OnlyOwnAccounts',
  Effect: 'Deny',
  Principal: '*',
  Action: ['ecr:*'],
  Condition: {
    StringNotEquals: { 'aws:PrincipalAccount': accounts },
    Bool: { 'aws:PrincipalIsAWSService': 'false' },
  },
});

/** Repositories of the region's images. Returns the host and path that they hang under. */
export function createRegistry(aws: AwsRegion, key: Key): string {
  const { stack, place, region, deployment } = aws;
  const prefix = prefixOf(aws);
  const others = elsewhere(aws);
  const accounts = [...new Set([place.account, ...others.map((other) => placeOf(other, place).account)])];
  // Two regions of the file in one account and cloud region share a registry.
  if (ownsAccountRegion(deployment, region)) {
    for (const [kind, image] of Object.entries(names.images)) {
      const repository = new EcrRepository(stack, `image-${kind}`, {
        name: `${prefix}/${image}`,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: [{ encryptionType: 'KMS', kmsKey: key.arn }],
        forceDelete: false,
      });
      new EcrLifecyclePolicy(stack, `image-${kind}-cleanup`, { repository: repository.name, policy: CLEANUP });
      new EcrRepositoryPolicy(stack, `image-${kind}-policy`, {
        repository: repository.name,
        policy: policyDocument([ownAccountsOnly(accounts)]),
      });
    }
    if (deployment.accounts === 'dedicated') copyImages(aws, others);
  }
  const domain = place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${place.account}.dkr.ecr.${place.region}.${domain}/${prefix}`;
}

/**
 * What is pushed in one region comes to be in all of them. A registry has one such configuration, so that only a
 * deployment with the account to itself sets it; the repositories on the other side are made by their own stacks.
 */
function copyImages(aws: AwsRegion, others: readonly RegionModel[]): void {
  const { stack, place } = aws;
  if (others.length === 0) return;
  const prefix = prefixOf(aws);
  new EcrReplicationConfiguration(stack, 'image-copies', {
    replicationConfiguration: {
      rule: [
        {
          destination: others.map((other) => ({ region: other.region, registryId: placeOf(other, place).account })),
          repositoryFilter: [{ filter: `${prefix}/`, filterType: 'PREFIX_MATCH' }],
        },
      ],
    },
  });
  const senders = [...new Set(others.map((other) => placeOf(other, place).account))].filter(
    (account) => account !== place.account,
  );
  if (senders.length === 0) return;
  new EcrRegistryPolicy(stack, 'image-copies-in', {
    policy: policyDocument([
      {
        Sid: 'ReplicateImages',
        Effect: 'Allow',
        Principal: { AWS: senders.map((account) => arns.root({ ...place, account })) },
        Action: ['ecr:ReplicateImage'],
        Resource: `${arns.repository(place, prefix)}/*`,
      },
    ]),
  });
}
