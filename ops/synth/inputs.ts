import type { ChartInput } from '../../charts/index.ts';
import { serializePlan } from '../../runtime/plan/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { readOutputs } from './outputs.ts';

/**
 * What the charts of each region are made from.
 * @param outputs file of `cdktf output --outputs-file`. Default: nothing is deployed yet.
 * @throws CommandError HR-CLI-002 when that file is not what cdktf writes.
 */
export function chartInputs({ deployment, plan }: OpenDeployment, outputs?: string): ChartInput[] {
  const known = outputs ? readOutputs(outputs) : {};
  return deployment.regions.map((region) => {
    const own = known[`${deployment.name}-${region.name}`];
    return {
      deployment,
      region,
      plan: { json: serializePlan(plan), hash: plan.hash, name: plan.name },
      ...(own ? { outputs: own } : {}),
    };
  });
}
