import { names } from '../../config/index.ts';
import { accept } from '../accepted.ts';
import type { AwsRegion } from './account.ts';
import type { Key } from './keys.ts';
import { SecretsmanagerSecret } from './provider.ts';

/** Empty entries by their name in the deployment file; values are put in outside of Terraform and never reach its state. */
export function createSecrets({ stack, region, deployment }: AwsRegion, key: Key): ReadonlyMap<string, string> {
  return new Map(
    deployment.secrets.map((secret) => [
      secret,
      accept(
        new SecretsmanagerSecret(stack, `secret-${secret}`, {
          name: names.secret(region.parts, secret),
          kmsKeyId: key.arn,
          recoveryWindowInDays: 30,
        }),
        { CKV2_AWS_57: 'keys of vendors are replaced at the vendor; `headrace secrets set` brings the new one' },
      ).arn,
    ]),
  );
}
