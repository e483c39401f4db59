import type { DeploymentModel } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { table } from '../terminal/table.ts';
import { confirm } from './ask.ts';
import { applyStack, type DeployRun } from './deploy.ts';
import { saveOutputs } from './outputs-file.ts';
import { regionStackId } from './peers.ts';
import type { StackPlace } from './preflight.ts';
import { type Changes, Stack } from './stack.ts';

export interface DestroyedStack extends Changes {
  readonly stack: string;
}

/**
 * Refuses what would take state along unasked, before anything is read.
 * @throws CommandError HR-DEPLOY-009 while the file protects the deployment, HR-DEPLOY-010 without `deleteState`.
 */
export function allowDestroy(deployment: DeploymentModel, stacks: readonly StackPlace[], deleteState: boolean): void {
  if (deployment.cluster.deletionProtection) {
    throw new CommandError('HR-DEPLOY-009', 'cluster.deletionProtection', 'the file protects this deployment', {
      mend: 'set cluster.deletionProtection: false, deploy, then destroy',
    });
  }
  const stores = deployment.regions.filter((region) =>
    stacks.some(({ id }) => id === regionStackId(deployment, region)),
  );
  if (stores.length > 0 && !deleteState) {
    throw new CommandError(
      'HR-DEPLOY-010',
      '--delete-state',
      `with its stack goes the state of ${stores.map(({ name, stateRoot }) => `${name} (${stateRoot.uri})`).join(', ')}: checkpoints, savepoints and restore points`,
      { mend: 'say --delete-state when all of it may go; stores that are not empty refuse even then' },
    );
  }
}

/** Takes stacks down in the reverse of the order in which they were deployed. */
export async function destroyStacks(run: DeployRun): Promise<DestroyedStack[]> {
  const stacks = run.stacks.map(({ id }) => new Stack(id, run.out, run.command, run.signal)).reverse();
  const planned: [Stack, Changes][] = [];
  for (const stack of stacks) {
    run.signal.throwIfAborted();
    run.terminal.progress(`${stack.id}: planning`);
    await stack.init();
    const shielded = await stack.protectedResources();
    if (shielded.length > 0) {
      throw new CommandError('HR-DEPLOY-009', stack.id, `its cloud still protects ${shielded.join(', ')}`, {
        mend: 'deploy with cluster.deletionProtection: false first',
      });
    }
    planned.push([stack, await stack.plan(true)]);
  }
  run.terminal.progressDone();
  const standing = planned.filter(([, { remove }]) => remove > 0);
  if (standing.length === 0) return [];
  run.terminal.line(
    table(
      ['stack', 'to take away'],
      standing.map(([stack, { remove }]) => [stack.id, String(remove)]),
    ),
  );
  if (!(await confirm(`Take ${standing.length} stacks of ${run.deployment.name} down?`, run.yes))) return [];
  const done: DestroyedStack[] = [];
  for (const [stack, { add, change, remove }] of standing) {
    run.signal.throwIfAborted();
    await applyStack(run, stack, { add, change, remove });
    saveOutputs(run.out, stack.id, undefined);
    done.push({ stack: stack.id, add, change, remove });
  }
  return done;
}
