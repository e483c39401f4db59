import type { ChartInput } from '../../charts/index.ts';
import { type Cloud, names } from '../../config/index.ts';
import { entraToken, googleToken, type SecretPlace, secretPlaces, type TokenSource } from '../deploy/secret-writers.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { ask, bearer, type Refusal } from './ask.ts';
import type { Difference } from './differences.ts';

/** Whether an entry has a value that pods would get. The value itself is not read. */
export type SecretLook = (place: SecretPlace) => Promise<boolean>;

export type SecretLooks = Readonly<Record<Cloud, SecretLook>>;

/** A secret that has a value in one region only, or in none. */
export async function secretDifferences(a: ChartInput, b: ChartInput, looks: SecretLooks): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const secret of a.deployment.secrets) {
    const [inA, inB] = await Promise.all(
      [a, b].map(async ({ deployment, region }) => {
        const [place] = secretPlaces(deployment, secret, [region.name]);
        return place !== undefined && (await looks[region.cloud](place));
      }),
    );
    if (!inA || !inB) found.push({ place: `Secret/${secret} value`, a: inA ? 'there' : null, b: inB ? 'there' : null });
  }
  return found;
}

const notSeen =
  (place: SecretPlace): Refusal =>
  (message, cause) =>
    new CommandError('HR-PARITY-003', `${place.region.name} ${place.entry}`, message, {
      exitCode: EXIT.failed,
      mend: 'sign in as somebody who may see the entry (not its value), from a network that reaches it',
      cause,
    });

/** AWS Secrets Manager ("DescribeSecret"). @param endpoint another address of the service. Default: that of the region. */
export const awsLook =
  (endpoint?: string): SecretLook =>
  async (place) => {
    const { DescribeSecretCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const client = new SecretsManagerClient({ region: place.region.region, ...(endpoint ? { endpoint } : {}) });
    try {
      const { VersionIdsToStages = {}, DeletedDate } = await client.send(
        new DescribeSecretCommand({ SecretId: place.entry }),
      );
      return !DeletedDate && Object.values(VersionIdsToStages).some((stages) => stages.includes('AWSCURRENT'));
    } catch (error) {
      const { name, message } = error as Error;
      if (name === 'ResourceNotFoundException') return false;
      throw notSeen(place)(`${name}: ${message}`, error);
    } finally {
      client.destroy();
    }
  };

/** Azure Key Vault ("Get Secret Versions"). */
export const azureLook =
  (
    token: TokenSource = entraToken,
    vault = (place: SecretPlace) => `https://${names.keyVault(place.region.parts)}.vault.azure.net`,
  ): SecretLook =>
  async (place) => {
    const found = await ask<{ value: readonly { attributes: { enabled: boolean } }[] }>(
      `${vault(place)}/secrets/${place.entry}/versions?api-version=7.4`,
      await bearer(token, 'https://vault.azure.net/.default', notSeen(place)),
      notSeen(place),
    );
    return found?.value.some(({ attributes }) => attributes.enabled) ?? false;
  };

/** Google Secret Manager ("projects.secrets.versions.get"). */
export const gcpLook =
  (token: TokenSource = googleToken, service = 'https://secretmanager.googleapis.com'): SecretLook =>
  async (place) => {
    const found = await ask<{ state: string }>(
      `${service}/v1/projects/${place.region.account}/secrets/${place.entry}/versions/latest`,
      await bearer(token, 'https://www.googleapis.com/auth/cloud-platform', notSeen(place)),
      notSeen(place),
    );
    return found?.state === 'ENABLED';
  };
