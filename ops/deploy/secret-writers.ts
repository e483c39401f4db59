import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import { names } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** Where and under which name a region keeps one secret. */
export interface SecretPlace {
  readonly region: RegionModel;
  /** Entry in the region's secret manager, as the stack makes or grants it. */
  readonly entry: string;
}

/** Writes a value as the entry's newest version. The value goes into the request's body, and nowhere else. */
export type SecretWriter = (place: SecretPlace, value: string) => Promise<void>;

export const secretPlaces = (deployment: DeploymentModel, secret: string, regions: readonly string[]): SecretPlace[] =>
  deployment.regions
    .filter(({ name }) => regions.length === 0 || regions.includes(name))
    .map((region) => ({ region, entry: names.secret(region.parts, secret) }));

/** @throws CommandError HR-SECRET-003 with what the cloud said; a cloud's answer never repeats the value. */
const refused = (place: SecretPlace, message: string, mend: string, cause?: unknown) =>
  new CommandError('HR-SECRET-003', `${place.region.name} ${place.entry}`, message, {
    exitCode: EXIT.failed,
    mend,
    cause,
  });

const DEPLOY_FIRST = 'deploy the region first: its stack makes the entry, or the vault';

/** AWS Secrets Manager. @param endpoint another address of the service. Default: that of the region. */
export const awsWriter =
  (endpoint?: string): SecretWriter =>
  async (place, value) => {
    const { PutSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const client = new SecretsManagerClient({ region: place.region.region, ...(endpoint ? { endpoint } : {}) });
    try {
      await client.send(new PutSecretValueCommand({ SecretId: place.entry, SecretString: value }));
    } catch (error) {
      const { name, message } = error as Error;
      throw refused(
        place,
        `${name}: ${message}`,
        name === 'ResourceNotFoundException' ? DEPLOY_FIRST : 'sign in to the account that the region is in',
      );
    } finally {
      client.destroy();
    }
  };

/** Hands out a bearer token for a scope. */
export type TokenSource = (scope: string) => Promise<string>;

/** Of whoever is signed in to Azure. */
export const entraToken: TokenSource = async (scope) => {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return (await new DefaultAzureCredential().getToken(scope)).token;
};

/** Of whoever is signed in to Google Cloud. */
export const googleToken: TokenSource = async (scope) => {
  const { GoogleAuth } = await import('google-auth-library');
  const token = await new GoogleAuth({ scopes: [scope] }).getAccessToken();
  if (!token) throw new Error('no credentials of Google Cloud');
  return token;
};

/** Azure Key Vault (Key Vault, "Set Secret"). */
export const azureWriter =
  (
    token: TokenSource = entraToken,
    vault = (place: SecretPlace) => `https://${names.keyVault(place.region.parts)}.vault.azure.net`,
  ): SecretWriter =>
  async (place, value) => {
    const url = `${vault(place)}/secrets/${place.entry}?api-version=7.4`;
    await send(place, 'PUT', url, await token('https://vault.azure.net/.default'), { value });
  };

/** Google Secret Manager (Secret Manager, "projects.secrets.addVersion"). */
export const gcpWriter =
  (token: TokenSource = googleToken, service = 'https://secretmanager.googleapis.com'): SecretWriter =>
  async (place, value) => {
    const project = place.region.account;
    if (!project) {
      throw refused(place, 'the file names no project', `set regions[${place.region.index}].account`);
    }
    const url = `${service}/v1/projects/${project}/secrets/${place.entry}:addVersion`;
    const payload = { data: Buffer.from(value, 'utf8').toString('base64') };
    await send(place, 'POST', url, await token('https://www.googleapis.com/auth/cloud-platform'), { payload });
  };

async function send(place: SecretPlace, method: string, url: string, token: string, body: object): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch (cause) {
    const reason = (cause as { cause?: { message?: string } }).cause?.message ?? (cause as Error).message;
    throw refused(place, `${new URL(url).host} cannot be reached: ${reason}`, DEPLOY_FIRST);
  }
  if (answer.ok) return;
  const { error } = (await answer.json().catch(() => ({}))) as { error?: { code?: unknown; message?: string } };
  throw refused(
    place,
    `${answer.status} ${error?.message ?? answer.statusText}`,
    answer.status === 404
      ? DEPLOY_FIRST
      : 'give whoever sets secrets the right to write this entry, and its network a way to the vault',
  );
}
