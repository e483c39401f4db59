import type { DeploymentModel, RegionModel } from '../../config/index.ts';

/** Outputs of deployed stacks: by stack id, then by output. */
export type StackOutputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Which output of a region other regions are told as which variable. */
const TOLD: Readonly<Record<string, string>> = {
  issuer: 'oidc_issuer',
  addresses: 'egress_addresses',
  kafka: 'kafka_source',
};

export const regionStackId = (deployment: Pick<DeploymentModel, 'name'>, region: Pick<RegionModel, 'name'>) =>
  `${deployment.name}-${region.name}`;

/**
 * What a stack is to be told of the other regions, as far as these are deployed. What the environment sets by
 * `TF_VAR_…` is left to it.
 * @param declared variables of the stack.
 */
export function peerVariables(
  deployment: DeploymentModel,
  declared: readonly string[],
  outputs: StackOutputs,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  for (const region of deployment.regions) {
    const known = outputs[regionStackId(deployment, region)];
    for (const [prefix, output] of Object.entries(TOLD)) {
      const variable = `${prefix}_${region.name.replaceAll('-', '_')}`;
      const value = known?.[output];
      if (declared.includes(variable) && value !== undefined && env[`TF_VAR_${variable}`] === undefined) {
        told[variable] = value;
      }
    }
  }
  return told;
}
