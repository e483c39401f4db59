import type { ChartInput } from '../../charts/index.ts';
import { bareHost, type DeploymentModel, type RegionModel, type Resource } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Refusal } from './ask.ts';
import type { Difference } from './differences.ts';

type Embedding = Extract<Resource, { embedding: unknown }>;

/** Why nobody here can ask for a model. */
export interface NotAsked {
  /** `Model/name deployment`, as a difference has it. */
  readonly place: string;
  readonly reason: string;
}

/** Whether a service has a model, or the reason why it cannot be asked. */
export type Answer = boolean | { readonly reason: string };

/** One question to each kind of service. */
export interface ModelLooks {
  /** @param secret name of the key's entry. @param url Default: the service's own. */
  readonly openai: (model: string, secret: string, url: string | undefined, refused: Refusal) => Promise<Answer>;
  readonly anthropic: (model: string, secret: string, refused: Refusal) => Promise<Answer>;
  readonly azureOpenAi: (question: AzureDeployment, refused: Refusal) => Promise<Answer>;
  /** @param region of AWS. */
  readonly bedrock: (model: string, region: string, refused: Refusal) => Promise<boolean>;
  readonly ollama: (model: string, url: string, refused: Refusal) => Promise<boolean>;
}

export interface AzureDeployment {
  readonly url: string;
  readonly deployment: string;
  /** Subscriptions in which the account may be. */
  readonly subscriptions: readonly string[];
}

/** A model that a service lacks for one region, or for both. What no region chooses is asked for once. */
export async function modelDifferences(
  { deployment, region: a }: ChartInput,
  { region: b }: ChartInput,
  looks: ModelLooks,
): Promise<{ readonly differences: Difference[]; readonly notAsked: NotAsked[] }> {
  const differences: Difference[] = [];
  const notAsked: NotAsked[] = [];
  for (const [name, resource] of Object.entries(deployment.resources)) {
    const place = `Model/${name} deployment`;
    const inA = await answer(name, resource, deployment, a, looks);
    const inB = isBedrock(resource) ? await answer(name, resource, deployment, b, looks) : inA;
    if (typeof inA === 'object') notAsked.push({ place, reason: inA.reason });
    else if (inA === false || inB === false)
      differences.push({ place, a: inA ? 'there' : null, b: inB ? 'there' : null });
  }
  return { differences, notAsked };
}

/** The one service that a region has, or has not, of its own. */
const isBedrock = (resource: Resource) =>
  ('chat' in resource && resource.chat === 'bedrock') || ('embedding' in resource && resource.embedding === 'bedrock');

/** @returns undefined for what is no model. */
async function answer(
  name: string,
  resource: Resource,
  deployment: DeploymentModel,
  region: RegionModel,
  looks: ModelLooks,
): Promise<Answer | undefined> {
  if ('firstOf' in resource) return { reason: 'it is a choice that is made when the job starts' };
  if (!('chat' in resource || 'embedding' in resource)) return undefined;
  if ('url' in resource && resource.url !== undefined) {
    const { hostname } = new URL(resource.url);
    if (onlyInside(hostname)) return { reason: `only the region's own pods reach ${hostname}` };
  }
  if ('embedding' in resource) return embedding(name, resource, region, looks);
  switch (resource.chat) {
    case 'openai':
      return looks.openai(resource.model, resource.secret, resource.url, byKey(name, resource.secret));
    case 'anthropic':
      return looks.anthropic(resource.model, resource.secret, byKey(name, resource.secret));
    case 'azure-openai': {
      const { url, deployment: called } = resource;
      return looks.azureOpenAi(
        { url, deployment: called, subscriptions: subscriptions(deployment) },
        byAccount(name, 'Azure', [
          'Microsoft.CognitiveServices/accounts/read',
          'Microsoft.CognitiveServices/accounts/deployments/read',
        ]),
      );
    }
    case 'bedrock':
      return bedrock(name, resource.model, resource.region, region, looks);
    case 'ollama':
      return looks.ollama(resource.model, resource.url, byNetwork(name));
    case 'lexicon':
      return { reason: 'it is part of the worker, not a service' };
  }
}

async function embedding(name: string, resource: Embedding, region: RegionModel, looks: ModelLooks): Promise<Answer> {
  const { model, secret, url } = resource;
  switch (resource.embedding) {
    case 'openai':
      if (secret === undefined) return { reason: 'the resource names no secret' };
      return looks.openai(model, secret, url, byKey(name, secret));
    case 'azure-openai':
      return { reason: 'the resource names no deployment' };
    case 'bedrock':
      return bedrock(name, model, undefined, region, looks);
    case 'ollama':
      if (url === undefined) return { reason: 'the resource names no url' };
      return looks.ollama(model, url, byNetwork(name));
  }
}

/** Workers call Bedrock in the region that the resource names, else in their own: outside of AWS there is none. */
async function bedrock(name: string, model: string, named: string | undefined, at: RegionModel, looks: ModelLooks) {
  const region = named ?? (at.cloud === 'aws' ? at.region : undefined);
  if (region === undefined) return false;
  const refused = byAccount(name, 'AWS', ['bedrock:GetFoundationModel', 'bedrock:GetInferenceProfile']);
  return looks.bedrock(model, region, refused);
}

/** As for egress: an address of this machine, or a name that only a cluster knows. */
const onlyInside = (host: string) => bareHost(host) === undefined || /\.(svc|local|internal)$|\.svc\./.test(host);

const subscriptions = ({ regions }: DeploymentModel) => [
  ...new Set(
    [
      ...regions.map(({ cloud, account }) => (cloud === 'azure' ? account : undefined)),
      process.env['ARM_SUBSCRIPTION_ID'],
    ].filter((one): one is string => Boolean(one)),
  ),
];

const notAnswered =
  (name: string, mend: string): Refusal =>
  (message, cause) =>
    new CommandError('HR-PARITY-005', `resources.${name}`, message, { exitCode: EXIT.failed, mend, cause });

const byAccount = (name: string, cloud: string, rights: readonly string[]) =>
  notAnswered(name, `sign in to ${cloud} as somebody who has ${rights.join(' and ')}`);
const byKey = (name: string, secret: string) =>
  notAnswered(name, `give a key of ${secret} that may read models, from a network that reaches the service`);
const byNetwork = (name: string) => notAnswered(name, 'ask from a network that reaches the server');
