import type { Cloud, DeploymentModel } from '../../config/index.ts';
import { globalStackId } from '../../stacks/global-stack.ts';
import { CommandError } from '../errors.ts';
import { missingCredentials } from './credentials.ts';
import { regionStackId } from './peers.ts';
import { requireTerraform } from './terraform.ts';

/** A stack and the cloud whose credentials it needs; the global one without names needs none. */
export interface StackPlace {
  readonly id: string;
  readonly cloud: Cloud | undefined;
}

/** A deployment's stacks in the order in which to deploy them: regions in the file's order, then what spans them. */
export const stackOrder = (deployment: DeploymentModel): StackPlace[] => [
  ...deployment.regions.map((region) => ({ id: regionStackId(deployment, region), cloud: region.cloud })),
  { id: globalStackId(deployment), cloud: deployment.dns ? deployment.dnsAuthority : undefined },
];

/**
 * The stacks of some regions, or all. `global` is the one that spans them.
 * @throws CommandError HR-DEPLOY-006 for a region that the file does not have.
 */
export function selectStacks(deployment: DeploymentModel, regions: readonly string[]): StackPlace[] {
  const order = stackOrder(deployment);
  if (regions.length === 0) return order;
  const known = [...deployment.regions.map(({ name }) => name), 'global'];
  const unknown = regions.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new CommandError('HR-DEPLOY-006', '--region', `the file has no region ${unknown}`, {
      mend: `name one of ${known.join(', ')}`,
    });
  }
  return order.filter(({ id }) => regions.some((name) => id === `${deployment.name}-${name}`));
}

/** What a deployment needs of this machine, all of it asked for before anything is changed. @returns Terraform. */
export async function preflight(stacks: readonly StackPlace[]): Promise<string> {
  const command = await requireTerraform();
  const clouds = [...new Set(stacks.flatMap(({ cloud }) => (cloud ? [cloud] : [])))];
  const missing = clouds.flatMap((cloud) => {
    const mend = missingCredentials(cloud);
    return mend ? [`${cloud}: ${mend}`] : [];
  });
  if (missing.length > 0) {
    throw new CommandError('HR-DEPLOY-007', clouds.join(', '), 'there are no credentials for every cloud of the file', {
      mend: missing.join('; '),
    });
  }
  return command;
}
