import { stringify } from 'yaml';
import { names } from '../../config/index.ts';
import { type ChartInput, PENDING } from '../input.ts';

/** What a SecretProviderClass needs in one cloud. */
export interface SecretMount {
  readonly driver: string;
  readonly provider: string;
  readonly parameters: Record<string, string>;
}

/** Entry of the secret manager by the name of the secret in the deployment file. */
export const secretEntries = ({ deployment, region }: ChartInput): Record<string, string> =>
  Object.fromEntries(deployment.secrets.map((secret) => [secret, names.secret(region.parts, secret)]));

/** The file of a secret in a worker is named like the secret in the deployment file. */
export function secretParameters({ deployment, region, outputs }: ChartInput): SecretMount {
  const entries = deployment.secrets.map((secret) => ({ secret, entry: names.secret(region.parts, secret) }));
  const list = (items: readonly unknown[]) => stringify(items, { lineWidth: 0 });
  switch (region.cloud) {
    case 'aws':
      return {
        driver: 'secrets-store.csi.k8s.io',
        provider: 'aws',
        parameters: {
          region: region.region,
          usePodIdentity: 'true',
          objects: list(
            entries.map(({ secret, entry }) => ({
              objectName: entry,
              objectType: 'secretsmanager',
              objectAlias: secret,
            })),
          ),
        },
      };
    case 'azure':
      return {
        driver: 'secrets-store.csi.k8s.io',
        provider: 'azure',
        parameters: {
          usePodIdentity: 'false',
          clientID: outputs?.identities?.worker ?? PENDING,
          tenantId: outputs?.secret_tenant ?? PENDING,
          keyvaultName: names.keyVault(region.parts),
          objects: stringify(
            {
              array: entries.map(({ secret, entry }) =>
                stringify({ objectName: entry, objectType: 'secret', objectAlias: secret }),
              ),
            },
            { lineWidth: 0 },
          ),
        },
      };
    case 'gcp': {
      const project = region.account ?? outputs?.secret_store ?? PENDING;
      return {
        driver: 'secrets-store-gke.csi.k8s.io',
        provider: 'gke',
        parameters: {
          secrets: list(
            entries.map(({ secret, entry }) => ({
              resourceName: `projects/${project}/secrets/${entry}/versions/latest`,
              path: secret,
            })),
          ),
        },
      };
    }
  }
}
