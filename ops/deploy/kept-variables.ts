import type { DeploymentModel } from '../../config/index.ts';
import { DNS_VARIABLES, globalStackId } from '../../stacks/global-stack.ts';
import type { Stack } from './stack.ts';

export type Variables = Readonly<Record<string, unknown>>;

const ENABLED = 'enabled_';

/** Variable by which a region takes traffic, or does not. */
export const enabledVariable = (region: string) => `${ENABLED}${region.replaceAll('-', '_')}`;

/** Variable with the address of a region's load balancer. */
export const endpointVariable = (region: string) => `endpoint_${region.replaceAll('-', '_')}`;

/** What the environment sets by `TF_VAR_…`, which is left to it. */
export const fromEnvironment = (variable: string, env: NodeJS.ProcessEnv = process.env) => env[`TF_VAR_${variable}`];

/**
 * What a stack that spans regions was told at its last apply. Its state keeps it, as an output: wherever the next deploy
 * runs, it finds it. @returns undefined for a stack that was not deployed yet, or by a version that kept nothing.
 */
export async function lastTold(stack: Stack): Promise<Variables | undefined> {
  const told = (await stack.outputs())[DNS_VARIABLES];
  return typeof told === 'object' && told !== null ? (told as Variables) : undefined;
}

/**
 * What to tell a stack again, so that a deploy undoes neither a moved traffic nor a known load balancer. While traffic
 * is moved to one region, one that is new in the file takes none either; where that region is gone from the file,
 * the choice is gone with it.
 * @param declared variables of the stack as it is now.
 */
export function keptVariables(
  declared: readonly string[],
  told: Variables,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, unknown> {
  const isEnabled = (variable: string) => variable.startsWith(ENABLED);
  const before = Object.entries(told).filter(([variable]) => isEnabled(variable));
  const chosen = before.length > 1 && before.filter(([, value]) => value === true).length === 1;
  const now: Record<string, unknown> = {};
  for (const variable of declared) {
    const value = told[variable] ?? (chosen && isEnabled(variable) ? false : undefined);
    if (value !== undefined) now[variable] = value;
  }
  const choices = declared.filter(isEnabled);
  if (choices.length > 0 && choices.every((variable) => now[variable] === false)) {
    for (const variable of choices) delete now[variable];
  }
  return Object.fromEntries(Object.entries(now).filter(([variable]) => fromEnvironment(variable, env) === undefined));
}

/** Regions that take no traffic by these variables. */
export const disabledRegions = ({ regions }: Pick<DeploymentModel, 'regions'>, variables: Variables): string[] =>
  regions.flatMap(({ name }) => (variables[enabledVariable(name)] === false ? [name] : []));

/** What the stack that spans regions is to be told again; nothing for the others. */
export async function keptOf(deployment: DeploymentModel, stack: Stack): Promise<Record<string, unknown>> {
  if (stack.id !== globalStackId(deployment) || !deployment.dns) return {};
  const told = await lastTold(stack);
  return told ? keptVariables(stack.variables(), told) : {};
}
