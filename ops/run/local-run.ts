import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ChatResource, DeploymentModel, Resource } from '../../config/index.ts';
import type { ChatModel } from '../../runtime/api/index.ts';
import { bindChatModel, type ChatBinding, environmentName } from '../../runtime/integrations/index.ts';
import {
  fileSource,
  forgetJob,
  type LocalJobOptions,
  type LocalProgress,
  type LocalResult,
  listSource,
  runLocal,
  type Source,
} from '../../runtime/local/index.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';

/** Directories of a run on this machine. */
export interface LocalDirectories {
  readonly state: string;
  readonly journal: string;
  readonly sink: string;
}

/** Where `headrace run` keeps a deployment's state and outputs. @param state default: .headrace/run/NAME under the current directory. */
export function localDirectories(open: OpenDeployment, state?: string): LocalDirectories {
  const root = resolve(state ?? join('.headrace', 'run', open.deployment.name));
  return { state: join(root, 'state'), journal: join(root, 'journal'), sink: sinkDirectory(open) };
}

/** @throws CommandError HR-CLI-003 when the sink is not one that this machine can write. */
function sinkDirectory({ deployment, directory }: OpenDeployment): string {
  const path = deployment.sink.file?.path;
  if (path !== undefined) return resolve(directory, path);
  throw notLocal('sink', deployment.sink);
}

/** @throws CommandError HR-CLI-003 when the source is not one that this machine can read. */
export function localSource({ deployment, directory }: OpenDeployment): Source {
  const { file, list } = deployment.source;
  if (list) return listSource(list, 'source.list');
  if (!file) throw notLocal('source', deployment.source);
  return fileSource({
    path: resolve(directory, file.path),
    name: file.path,
    format: file.format,
    derive: file.derive,
    maxLineBytes: file.maxLineBytes,
    ...(file.columns ? { columns: file.columns } : {}),
  });
}

const notLocal = (part: 'source' | 'sink', value: object) => {
  const kind = Object.keys(value).find((key) => (value as Record<string, unknown>)[key] !== undefined);
  const local = part === 'source' ? 'file or list' : 'file';
  return new CommandError('HR-CLI-003', part, `the embedded engine cannot use ${kind}`, {
    mend: `add a profile whose ${part} is ${local}, and name it with --profile`,
  });
};

/** What the file binds to the chat models that the agent declares. @throws CommandError HR-CLI-004 where it binds nothing. */
export function chatBindings({ deployment, plan }: OpenDeployment): Record<string, ChatBinding> {
  const bindings: Record<string, ChatBinding> = {};
  for (const [name, resource] of Object.entries(plan.resources)) {
    if (resource.kind !== 'chat') continue;
    const binding = deployment.resources[name];
    if (!binding || !isChat(binding)) {
      throw new CommandError(
        'HR-CLI-004',
        `resources.${name}`,
        `the agent needs a chat model of this name, and the file ${binding ? 'binds something else to it' : 'binds nothing to it'}`,
        {
          mend: `add to resources: ${name}: { chat: … }`,
        },
      );
    }
    bindings[name] = binding as ChatBinding;
  }
  return bindings;
}

/** Clients of the chat models that the agent declares, bound as the file says. */
async function bindModels(open: OpenDeployment): Promise<Record<string, ChatModel>> {
  const models: Record<string, ChatModel> = {};
  for (const [name, binding] of Object.entries(chatBindings(open)))
    models[name] = await bindChatModel(name, binding, { secret: secretFromEnvironment });
  return models;
}

const isChat = (resource: Resource): resource is ChatResource | { firstOf: ChatResource[] } =>
  'chat' in resource || 'firstOf' in resource;

/** On a developer's machine a secret is an environment variable; deployments read it from the secret manager. */
export const secretFromEnvironment = (name: string): string | undefined =>
  process.env[environmentName(name)] || undefined;

/** The part of a job's options that follows from the deployment file. */
export const jobSettings = (deployment: DeploymentModel) => ({
  job: deployment.name,
  config: deployment.agent.config,
  tools: deployment.agent.tools,
  inFlight: deployment.agent.inFlight * deployment.agent.parallelism,
  rate: deployment.source.file?.rate,
  retry: deployment.agent.retry,
  checkpoint: {
    interval: deployment.state.checkpoint.interval,
    incremental: deployment.state.checkpoint.incremental,
    retain: deployment.state.checkpoint.retain,
  },
});

export interface LocalRun {
  readonly result: LocalResult;
  readonly models: Readonly<Record<string, string>>;
  readonly directories: LocalDirectories;
}

/** Runs the deployment's agent on the embedded engine; a run that was interrupted or killed goes on where it ended. */
export async function runOnThisMachine(
  open: OpenDeployment,
  options: {
    readonly directories: LocalDirectories;
    readonly fresh: boolean;
    readonly signal: AbortSignal;
    readonly onProgress?: (progress: LocalProgress) => void;
  },
): Promise<LocalRun> {
  const { directories } = options;
  const { journal, sink } = directories;
  const places = { store: new FileStore(directories.state), journal, sink };
  const source = localSource(open);
  const models = await bindModels(open);
  if (options.fresh) {
    await source.check?.();
    await forgetJob({ ...places, job: open.deployment.name });
  }
  const job: LocalJobOptions = {
    ...jobSettings(open.deployment),
    agent: open.agent,
    source,
    ...places,
    models,
    signal: options.signal,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  };
  const result = await runLocal(job);
  mkdirSync(sink, { recursive: true });
  return {
    result,
    models: Object.fromEntries(Object.entries(models).map(([name, model]) => [name, model.name])),
    directories,
  };
}
