import { environmentName } from '../../runtime/integrations/index.ts';
import { entraToken, type TokenSource } from '../deploy/secret-writers.ts';
import { ask, bearer, type Refusal } from './ask.ts';
import { askAws, awsAddress } from './ask-aws.ts';
import type { ModelLooks } from './models.ts';

/** The value of a secret, undefined where it is not to be had here. */
export type KeySource = (secret: string) => string | undefined;

/** The environment, by the names that `headrace run` knows. */
export const environmentKey: KeySource = (secret) => process.env[environmentName(secret)];

const noKey = (secret: string) => ({ reason: `${environmentName(secret)} is not set here` });

/** OpenAI ("Retrieve model"). Not every compatible service has that; all of them list their models. */
export const openAiLook =
  (key: KeySource = environmentKey, service = 'https://api.openai.com/v1'): ModelLooks['openai'] =>
  async (model, secret, url, refused) => {
    const value = key(secret);
    if (value === undefined) return noKey(secret);
    const headers = { authorization: `Bearer ${value}` };
    const models = `${(url ?? service).replace(/\/$/, '')}/models`;
    if (await ask(`${models}/${encodeURIComponent(model)}`, headers, refused)) return true;
    if (url === undefined) return false;
    const listed = await ask<{ data: readonly { id: string }[] }>(models, headers, refused);
    return listed ? listed.data.some(({ id }) => id === model) : { reason: `${new URL(url).host} lists no models` };
  };

/** Anthropic ("Get a Model"). */
export const anthropicLook =
  (key: KeySource = environmentKey, service = 'https://api.anthropic.com/v1'): ModelLooks['anthropic'] =>
  async (model, secret, refused) => {
    const value = key(secret);
    if (value === undefined) return noKey(secret);
    const headers = { 'x-api-key': value, 'anthropic-version': '2023-06-01' };
    return (await ask(`${service}/models/${encodeURIComponent(model)}`, headers, refused)) !== undefined;
  };

const COGNITIVE = 'api-version=2024-10-01';

interface Accounts {
  readonly value: readonly {
    readonly id: string;
    readonly properties: { readonly endpoint?: string; readonly customSubDomainName?: string };
  }[];
  readonly nextLink?: string;
}

/**
 * Azure AI services ("Accounts - List", "Deployments - Get"). The key of a resource opens its models, not, by what is
 * documented today, the list of its deployments: the Resource Manager is asked, for the account that has the endpoint.
 */
export const azureOpenAiLook =
  (token: TokenSource = entraToken, service = 'https://management.azure.com'): ModelLooks['azureOpenAi'] =>
  async ({ url, deployment, subscriptions }, refused) => {
    if (subscriptions.length === 0)
      return { reason: 'no region of the file names a subscription, and ARM_SUBSCRIPTION_ID is not set' };
    const headers = await bearer(token, 'https://management.azure.com/.default', refused);
    const { host } = new URL(url);
    for (const subscription of subscriptions) {
      const account = await azureAccount(`${service}/subscriptions/${subscription}`, host, headers, refused);
      if (!account) continue;
      const address = `${service}${account}/deployments/${encodeURIComponent(deployment)}?${COGNITIVE}`;
      const found = await ask<{ properties: { provisioningState: string } }>(address, headers, refused);
      return found?.properties.provisioningState === 'Succeeded';
    }
    return { reason: `no account of ${host} is in ${subscriptions.join(', ')}` };
  };

/** An account has the endpoint of its kind, and others on its own sub-domain. */
async function azureAccount(subscription: string, host: string, headers: Record<string, string>, refused: Refusal) {
  const first = `${subscription}/providers/Microsoft.CognitiveServices/accounts?${COGNITIVE}`;
  for (let next: string | undefined = first; next; ) {
    const page: Accounts | undefined = await ask<Accounts>(next, headers, refused);
    const found = page?.value.find(
      ({ properties: { endpoint, customSubDomainName } }) =>
        (endpoint && new URL(endpoint).host === host) || customSubDomainName === host.split('.')[0],
    );
    if (found) return found.id;
    next = page?.nextLink;
  }
  return undefined;
}

/** Amazon Bedrock ("GetFoundationModel", "GetInferenceProfile"). @param endpoint another address of the service. */
export const bedrockLook =
  (endpoint?: string): ModelLooks['bedrock'] =>
  async (model, region, refused) => {
    // No form tells a profile's name (us.anthropic.…) from a model's (zai.glm-4.7).
    for (const kind of ['foundation-models', 'inference-profiles']) {
      const url = `${endpoint ?? awsAddress('bedrock', region)}/${kind}/${encodeURIComponent(model)}`;
      // A name that Bedrock has nowhere is invalid, one that it has elsewhere is not found.
      const absent = ['ResourceNotFoundException', 'ValidationException'];
      if (await askAws({ service: 'bedrock', region, url, absent }, refused)) return true;
    }
    return false;
  };

/** Ollama ("List local models"). A name without a tag is that of `latest`. @param at where a server is instead. */
export const ollamaLook =
  (at = (url: string) => url): ModelLooks['ollama'] =>
  async (model, url, refused) => {
    const found = await ask<{ models: readonly { name: string }[] }>(
      `${at(url).replace(/\/$/, '')}/api/tags`,
      {},
      refused,
    );
    return found?.models.some(({ name }) => name === model || name === `${model}:latest`) ?? false;
  };
