import { openDeployment } from '../deployment/open.ts';
import { type DeploymentPlan, deploymentPlan, renderPlan } from '../plan/plan.ts';
import { type RegionSizes, regionSizes, renderSizes } from '../plan/sizes.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface PlanOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly sizes: boolean;
}

export interface PlanResult {
  readonly plan: DeploymentPlan;
  readonly sizes?: readonly RegionSizes[];
}

/** Shows what a deployment gets; with `sizes`, the memory of its processes with the arithmetic. Writes nothing. */
export async function plan(options: PlanOptions, { terminal }: CommandContext): Promise<Outcome<PlanResult>> {
  const open = await openDeployment(options.file, { profile: options.profile });
  const made = deploymentPlan(open.deployment);
  if (!options.sizes) {
    terminal.line(renderPlan(made));
    return { result: { plan: made } };
  }
  const sizes = regionSizes(open.deployment, open.plan);
  terminal.line(renderSizes(sizes));
  return { result: { plan: made, sizes } };
}
