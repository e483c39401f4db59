import { existsSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { type DeploymentModel, deploymentOfJob, homes, type LoadOptions, loadDeployment } from '../../config/index.ts';
import type { AnyAgent } from '../../runtime/api/index.ts';
import { type AgentPlan, compilePlan, loadAgent } from '../../runtime/plan/index.ts';
import { CommandError } from '../errors.ts';

/** An absolute path that stands for `agent.entry` of the deployment file. */
const AGENT_ENTRY = 'HEADRACE_AGENT_ENTRY';

/** A deployment file that was read and checked, with its agent. */
export interface OpenDeployment {
  readonly deployment: DeploymentModel;
  /** Directory that paths in the file are relative to. */
  readonly directory: string;
  /** Absolute path of the agent's module. */
  readonly entry: string;
  readonly agent: AnyAgent;
  readonly plan: AgentPlan;
}

/** The path as a person would type it from here. */
const shown = (file: string) => relative(process.cwd(), resolve(file)) || file;

/**
 * Reads a deployment file and loads its agent: everything that can be wrong with either is found here, before a command
 * writes anything.
 * @throws ConfigError, or a coded error of the agent (`HR-AGENT-…`, `HR-PLAN-…`).
 */
export async function openDeployment(file: string, options: LoadOptions = {}): Promise<OpenDeployment> {
  const deployment = loadDeployment(shown(file), options);
  const directory = dirname(resolve(file));
  const entry = imageEntry() ?? resolve(directory, deployment.agent.entry);
  const agent = await loadAgent(entry);
  return { deployment, directory, entry, agent, plan: compilePlan(agent) };
}

/** As `openDeployment`, as the file is for its first region's job: where one machine runs what regions do. */
export async function openOneJob(file: string, options: LoadOptions = {}): Promise<OpenDeployment> {
  const open = await openDeployment(file, options);
  const [home] = homes(open.deployment);
  return home ? { ...open, deployment: deploymentOfJob(open.deployment, home) } : open;
}

/**
 * The agent of the image that this process runs in: a mounted deployment file names a path of the machine that it was
 * written on.
 * @throws CommandError HR-CLI-010 when HEADRACE_AGENT_ENTRY names no file of the image.
 */
function imageEntry(): string | undefined {
  const entry = process.env[AGENT_ENTRY];
  if (!entry) return undefined;
  if (isAbsolute(entry) && existsSync(entry)) return entry;
  throw new CommandError('HR-CLI-010', AGENT_ENTRY, `${entry} is no file here`, {
    mend: 'unset it to use agent.entry of the deployment file; in a container the image sets it, so build the image again',
  });
}
