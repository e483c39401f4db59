import { names } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import type { Key } from './keys.ts';
import { EcrLifecyclePolicy, EcrRepository } from './provider.ts';

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

/** Repositories of the region's images. Returns the host and path that they hang under. */
export function createRegistry({ stack, place, name }: AwsRegion, key: Key): string {
  for (const [kind, image] of Object.entries(names.images)) {
    const repository = new EcrRepository(stack, `image-${kind}`, {
      name: `${name}/${image}`,
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'KMS', kmsKey: key.arn }],
      forceDelete: false,
    });
    new EcrLifecyclePolicy(stack, `image-${kind}-cleanup`, { repository: repository.name, policy: CLEANUP });
  }
  const domain = place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${place.account}.dkr.ecr.${place.region}.${domain}/${name}`;
}
