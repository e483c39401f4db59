import { existsSync, readFileSync } from 'node:fs';
import type { ChartInput } from '../../charts/index.ts';
import { type RegionOutputs, regionOutputsSchema } from '../../config/index.ts';
import { serializePlan } from '../../runtime/plan/index.ts';
import type { OpenDeployment } from '../deployment/open.ts';
import { CommandError } from '../errors.ts';

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

/** Outputs by stack id. */
function readOutputs(file: string): Record<string, Partial<RegionOutputs>> {
  const refuse = (reason: string) =>
    new CommandError('HR-CLI-002', file, reason, { mend: 'write it with cdktf output --outputs-file FILE' });
  if (!existsSync(file)) throw refuse('there is no such file');
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refuse(`not JSON: ${(error as Error).message}`);
  }
  if (typeof data !== 'object' || data === null) throw refuse('not an object of stacks');
  const partial = regionOutputsSchema.partial();
  return Object.fromEntries(
    Object.entries(data).map(([stack, values]) => {
      const parsed = partial.safeParse(values);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw refuse(`${stack}.${issue?.path.join('.')}: ${issue?.message}`);
      }
      return [stack, parsed.data as Partial<RegionOutputs>];
    }),
  );
}
