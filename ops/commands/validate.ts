import { openDeployment } from '../deployment/open.ts';
import { type DeploymentPlan, deploymentPlan, renderPlan } from '../plan/plan.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface ValidateResult {
  readonly file: string;
  readonly plan: DeploymentPlan;
  readonly agent: { readonly name: string; readonly planHash: string };
}

/** Checks the file, all its profiles and its agent, and shows what would be made. Writes nothing. */
export async function validate(
  options: { file: string; profile?: string | undefined },
  { terminal }: CommandContext,
): Promise<Outcome<ValidateResult>> {
  const open = await openDeployment(options.file, { profile: options.profile });
  const plan = deploymentPlan(open.deployment);
  terminal.line(
    `${options.file} is valid: deployment ${plan.name}, agent ${open.plan.name} (plan ${open.plan.hash.slice(0, 12)})`,
  );
  terminal.line();
  terminal.line(renderPlan(plan));
  return { result: { file: options.file, plan, agent: { name: open.plan.name, planHash: open.plan.hash } } };
}
