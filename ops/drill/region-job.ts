import { resolve } from 'node:path';
import type { Resource } from '../../config/index.ts';
import type { ChatModel } from '../../runtime/api/index.ts';
import { bindChatModel } from '../../runtime/integrations/index.ts';
import {
  DEFAULT_CHECKPOINT,
  fileSource,
  type LocalJobOptions,
  listSource,
  type Source,
} from '../../runtime/local/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';

/** The deployment's source, where a drill on one machine can read it. @throws CommandError HR-DRILL-002 */
export function drillSource({ deployment, directory }: OpenDeployment): Source {
  const { file, list } = deployment.source;
  if (file) {
    return fileSource({
      path: resolve(directory, file.path),
      name: file.path,
      format: file.format,
      derive: file.derive,
      maxLineBytes: file.maxLineBytes,
      ...(file.columns ? { columns: file.columns } : {}),
    });
  }
  if (list) return listSource(list);
  throw new CommandError('HR-DRILL-002', 'source', 'a drill on this machine reads a file or a list', {
    mend: 'add a profile with source: { file: … } and name it with --profile',
  });
}

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

/** The part of a job that is the same in every region and in the undisturbed computation. */
export async function drillJob(open: OpenDeployment, job: string) {
  const { agent, config } = { agent: open.agent, config: open.deployment.agent.config };
  return {
    agent,
    job,
    config,
    source: drillSource(open),
    models: await drillModels(open),
    inFlight: open.deployment.agent.inFlight,
    retry: open.deployment.agent.retry,
    checkpoint: { ...DEFAULT_CHECKPOINT, incremental: open.deployment.state.checkpoint.incremental },
  } satisfies Partial<LocalJobOptions>;
}
