import type { Resource } from '../../config/index.ts';
import type { ChatModel } from '../../runtime/api/index.ts';
import { bindChatModel } from '../../runtime/integrations/index.ts';
import type { LocalJobOptions } from '../../runtime/local/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';
import { jobSettings, localSource } from '../run/local-run.ts';

/**
 * The agent's chat models, the offline one of each choice: a drill runs the same stream up to three times, and must not
 * be paid three times. @throws CommandError HR-DRILL-003 where the file offers none.
 */
export async function drillModels({ deployment, plan }: OpenDeployment): Promise<Record<string, ChatModel>> {
  const models: Record<string, ChatModel> = {};
  for (const [name, { kind }] of Object.entries(plan.resources)) {
    if (kind !== 'chat') continue;
    if (!offline(deployment.resources[name])) {
      throw new CommandError('HR-DRILL-003', `resources.${name}`, 'a drill on this machine makes no calls that cost', {
        mend: 'offer the offline model in a profile: { firstOf: [ …, { chat: lexicon } ] }',
      });
    }
    models[name] = await bindChatModel(name, { chat: 'lexicon' }, { secret: () => undefined });
  }
  return models;
}

const offline = (resource: Resource | undefined): boolean =>
  resource !== undefined &&
  (('chat' in resource && resource.chat === 'lexicon') ||
    ('firstOf' in resource && resource.firstOf.some(({ chat }) => chat === 'lexicon')));

/** The part of a job that is the same in every region and in the undisturbed computation. @throws CommandError HR-CLI-003 */
export async function drillJob(open: OpenDeployment) {
  const { rate: _, ...settings } = jobSettings(open.deployment);
  return {
    ...settings,
    agent: open.agent,
    source: localSource(open),
    models: await drillModels(open),
  } satisfies Partial<LocalJobOptions>;
}
