import type { DeploymentModel } from '../../config/index.ts';
import { globalStackId } from '../../stacks/global-stack.ts';
import { confirm } from '../deploy/ask.ts';
import { applyStack, type DeployRun } from '../deploy/deploy.ts';
import { fromEnvironment, keptVariables, lastTold, type Variables } from '../deploy/kept-variables.ts';
import { saveOutputs } from '../deploy/outputs-file.ts';
import { Stack } from '../deploy/stack.ts';
import { CommandError } from '../errors.ts';
import { table } from '../terminal/table.ts';
import { assertReachable } from './choice.ts';

/** What became of a choice: `kept` where it was in force already, `declined` where nobody agreed. */
export type Move = 'moved' | 'kept' | 'declined';

export interface MoveRun extends Omit<DeployRun, 'stacks'> {
  /** Region that takes all traffic; undefined: every one, by health checks. */
  readonly to: string | undefined;
  /** Variables that say so. */
  readonly chosen: Variables;
}

/**
 * Applies the stack of the names with the choice, which its state keeps from then on. Interrupted, the state has it or not,
 * and the same call goes on.
 */
export async function moveTraffic(run: MoveRun): Promise<Move> {
  const { deployment, terminal, to } = run;
  const stack = new Stack(globalStackId(deployment), run.out, run.command, run.signal);
  terminal.progress(`${stack.id}: planning`);
  await stack.init();
  const told = await lastTold(stack);
  if (!told) throw notDeployed(stack.id, deployment);
  if (to !== undefined) assertReachable(to, told);
  stack.tell({ ...keptVariables(stack.variables(), told), ...unsaid(run.chosen) });
  const { add, change, remove, outputs } = await stack.plan();
  terminal.progressDone();
  const resources = { add, change, remove };
  if (add + change + remove + outputs === 0) {
    saveOutputs(run.out, stack.id, await stack.outputs());
    return 'kept';
  }
  terminal.line(
    table(['stack', 'to make', 'to change', 'to take away'], [[stack.id, String(add), String(change), String(remove)]]),
  );
  const question = to === undefined ? 'Give traffic back to the health checks?' : `Move all traffic to region ${to}?`;
  if (!(await confirm(question, run.yes))) return 'declined';
  run.signal.throwIfAborted();
  await applyStack(run, stack, resources);
  saveOutputs(run.out, stack.id, await stack.outputs());
  return 'moved';
}

/** What the environment sets is left to it: it says the same. */
const unsaid = (chosen: Variables): Variables =>
  Object.fromEntries(Object.entries(chosen).filter(([variable]) => fromEnvironment(variable) === undefined));

const notDeployed = (stack: string, { dns }: DeploymentModel) =>
  new CommandError('HR-TRAFFIC-004', stack, `the names of ${dns?.zone} are not deployed, or by an earlier version`, {
    mend: 'headrace deploy --region global, with TF_VAR_endpoint_REGION for the load balancers that you know, then call again',
  });
