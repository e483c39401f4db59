import { type DeploymentModel, nearest } from '../../config/index.ts';
import { enabledVariable, endpointVariable, fromEnvironment, type Variables } from '../deploy/kept-variables.ts';
import { CommandError } from '../errors.ts';

/** @throws CommandError HR-TRAFFIC-002 for a region that the file does not have. */
export function assertKnown({ name, regions }: DeploymentModel, to: string): void {
  const names = regions.map((region) => region.name);
  if (names.includes(to)) return;
  const meant = nearest(to, names);
  throw new CommandError('HR-TRAFFIC-002', '--to', `"${to}" is no region of ${name}`, {
    mend: meant ? `did you mean ${meant}?` : `name one of ${names.join(', ')}`,
  });
}

/**
 * Variables that let one region take all traffic, or every region for the health checks to choose from.
 * @param to undefined: every region.
 * @throws CommandError HR-TRAFFIC-006 where the environment says otherwise: each later deploy would, too.
 */
export function chosenVariables(
  { regions }: Pick<DeploymentModel, 'regions'>,
  to: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, boolean> {
  const chosen = Object.fromEntries(
    regions.map(({ name }) => [enabledVariable(name), to === undefined || to === name]),
  );
  const other = Object.keys(chosen).filter((variable) => {
    const said = fromEnvironment(variable, env);
    return said !== undefined && said !== String(chosen[variable]);
  });
  if (other.length === 0) return chosen;
  const said = other.map((variable) => `TF_VAR_${variable}=${fromEnvironment(variable, env)}`);
  throw new CommandError('HR-TRAFFIC-006', said.join(', '), 'the environment says otherwise', {
    mend: 'unset it, here and wherever headrace deploy runs; the choice is kept without it',
  });
}

/** @throws CommandError HR-TRAFFIC-005 for a region whose load balancer nobody told the stack of. */
export function assertReachable(to: string, told: Variables, env: NodeJS.ProcessEnv = process.env): void {
  const variable = endpointVariable(to);
  if (fromEnvironment(variable, env) ?? told[variable]) return;
  throw new CommandError('HR-TRAFFIC-005', `region ${to}`, 'its name leads nowhere: its load balancer is not known', {
    mend: `set TF_VAR_${variable} to the load balancer's address or host name, and call again`,
  });
}
