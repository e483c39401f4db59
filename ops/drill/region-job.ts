import type { Resource } from '../../config/index.ts';
import type { ChatModel } from '../../runtime/api/index.ts';
import { prepareAgent } from '../../runtime/engine/index.ts';
import { bindChatModel, openAiModel, withBudget } from '../../runtime/integrations/index.ts';
import type { LocalJobOptions } from '../../runtime/local/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { jobSettings, localSource } from '../run/local-run.ts';
import type { ServiceAddress } from './region-settings.ts';

/** Calls in flight to a service, at most: each may cost a handshake, and a lease wants to be renewed meanwhile. */
const CONCURRENCY = 4;

/**
 * The agent's chat models, the offline one of each choice: a drill runs the same stream up to three times, and must not
 * be paid three times. @param service where they are, if not in this process. @throws CommandError HR-DRILL-003 where the
 * file offers none.
 */
export async function drillModels(
  { deployment, plan }: OpenDeployment,
  service?: ServiceAddress,
): Promise<Record<string, ChatModel>> {
  const models: Record<string, ChatModel> = {};
  for (const [name, { kind }] of Object.entries(plan.resources)) {
    if (kind !== 'chat') continue;
    if (!offline(deployment.resources[name])) {
      throw new CommandError('HR-DRILL-003', `resources.${name}`, 'a drill on this machine makes no calls that cost', {
        mend: 'offer the offline model in a profile: { firstOf: [ …, { chat: lexicon } ] }',
      });
    }
    models[name] = service ? await served(service) : await inProcess(name);
  }
  return models;
}

const inProcess = (name: string) => bindChatModel(name, { chat: 'lexicon' }, { secret: () => undefined });

/** The client that a deployment has: what it says of a service that fails is what a person would read. */
async function served({ url }: ServiceAddress): Promise<ChatModel> {
  // The first connection of a process reads all authorities, for longer than a drill's lease may wait.
  await (await fetch(url)).arrayBuffer();
  return withBudget(await openAiModel({ model: 'lexicon', apiKey: 'drill', url, timeout: 10 }), {
    concurrency: CONCURRENCY,
  });
}

const offline = (resource: Resource | undefined): boolean =>
  resource !== undefined &&
  (('chat' in resource && resource.chat === 'lexicon') ||
    ('firstOf' in resource && resource.firstOf.some(({ chat }) => chat === 'lexicon')));

/** The part of a job that is the same in every region and in the undisturbed computation. @throws CommandError HR-CLI-003 */
export async function drillJob(open: OpenDeployment, service?: ServiceAddress) {
  const { rate: _, ...settings } = jobSettings(open.deployment);
  // A tool that cannot be run dry is said before anything starts.
  prepareAgent(open.agent, 'dry-run');
  return {
    ...settings,
    agent: open.agent,
    tools: 'dry-run',
    source: localSource(open),
    models: await drillModels(open, service),
  } satisfies Partial<LocalJobOptions>;
}
