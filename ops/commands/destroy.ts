import { resolve } from 'node:path';
import { allowDestroy, type DestroyedStack, destroyStacks } from '../deploy/destroy.ts';
import { preflight, selectStacks } from '../deploy/preflight.ts';
import { openDeployment } from '../deployment/open.ts';
import { synthesize } from '../synth/synth.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import type { DeployOptions } from './deploy.ts';

export interface DestroyOptions extends DeployOptions {
  readonly deleteState: boolean;
}

/** Takes down what `deploy` made, the stacks that span regions first. */
export async function destroy(
  options: DestroyOptions,
  { terminal, signal }: CommandContext,
): Promise<Outcome<{ readonly stacks: readonly DestroyedStack[] }>> {
  const open = await openDeployment(options.file, { profile: options.profile });
  const { deployment } = open;
  const stacks = selectStacks(deployment, options.region);
  allowDestroy(deployment, stacks, options.deleteState);
  const command = await preflight(stacks);
  const out = resolve(options.out ?? '.');
  await synthesize(open, { out: options.out });
  const done = await destroyStacks({ deployment, out, stacks, command, yes: options.yes, terminal, signal });
  terminal.line(done.length === 0 ? 'Nothing was taken down.' : `\n${done.length} stacks taken down.`);
  return { result: { stacks: done } };
}
