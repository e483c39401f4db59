import { names } from '../../config/index.ts';
import { entraToken, googleToken, type SecretPlace, type TokenSource } from '../deploy/secret-writers.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** Whether an entry has a value that pods would get. The value itself is not read. */
export type SecretLook = (place: SecretPlace) => Promise<boolean>;

const notSeen = (place: SecretPlace, message: string, cause?: unknown) =>
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
      throw notSeen(place, `${name}: ${message}`, error);
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
      place,
      `${vault(place)}/secrets/${place.entry}/versions?api-version=7.4`,
      await token('https://vault.azure.net/.default'),
    );
    return found?.value.some(({ attributes }) => attributes.enabled) ?? false;
  };

/** Google Secret Manager ("projects.secrets.versions.get"). */
export const gcpLook =
  (token: TokenSource = googleToken, service = 'https://secretmanager.googleapis.com'): SecretLook =>
  async (place) => {
    const found = await ask<{ state: string }>(
      place,
      `${service}/v1/projects/${place.region.account}/secrets/${place.entry}/versions/latest`,
      await token('https://www.googleapis.com/auth/cloud-platform'),
    );
    return found?.state === 'ENABLED';
  };

async function ask<T>(place: SecretPlace, url: string, token: string): Promise<T | undefined> {
  let answer: Response;
  try {
    answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  } catch (error) {
    throw notSeen(place, `${new URL(url).host} cannot be reached: ${(error as Error).message}`, error);
  }
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw notSeen(place, `${answer.status} ${answer.statusText}`);
  return (await answer.json()) as T;
}
