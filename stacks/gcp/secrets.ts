import { names } from '../../config/index.ts';
import type { Key } from './keys.ts';
import type { GcpRegion } from './project.ts';
import { SecretManagerSecret } from './provider.ts';

/** Empty entries by their name in the deployment file; values are put in outside of Terraform and never reach its state. */
export function createSecrets(gcp: GcpRegion, key: Key): ReadonlyMap<string, SecretManagerSecret> {
  const { stack, region, deployment } = gcp;
  return new Map(
    deployment.secrets.map((secret) => [
      secret,
      new SecretManagerSecret(stack, `secret-${secret}`, {
        secretId: names.secret(region.parts, secret),
        replication: {
          userManaged: {
            replicas: [{ location: region.region, customerManagedEncryption: { kmsKeyName: key.id } }],
          },
        },
        // A destroyed version can be brought back for 30 days.
        versionDestroyTtl: '2592000s',
        deletionProtection: deployment.cluster.deletionProtection,
        dependsOn: [gcp.api('secretmanager'), ...key.ready],
      }),
    ]),
  );
}
