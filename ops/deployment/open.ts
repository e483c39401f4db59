import { dirname, relative, resolve } from 'node:path';
import { type DeploymentModel, type LoadOptions, loadDeployment } from '../../config/index.ts';
import type { AnyAgent } from '../../runtime/api/index.ts';
import { type AgentPlan, compilePlan, loadAgent } from '../../runtime/plan/index.ts';

/** A deployment file that was read and checked, with its agent. */
export interface OpenDeployment {
  readonly deployment: DeploymentModel;
  /** Directory that paths in the file are relative to. */
  readonly directory: string;
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
  const agent = await loadAgent(resolve(directory, deployment.agent.entry));
  return { deployment, directory, agent, plan: compilePlan(agent) };
}
