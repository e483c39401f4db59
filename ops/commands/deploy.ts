import { resolve } from 'node:path';
import { type DeployedStack, deployStacks } from '../deploy/deploy.ts';
import { outputsFile } from '../deploy/outputs-file.ts';
import { preflight, selectStacks } from '../deploy/preflight.ts';
import { openDeployment } from '../deployment/open.ts';
import { synthesize } from '../synth/synth.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';

export interface DeployOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly out?: string | undefined;
  /** Regions, and `global`; empty: all. */
  readonly region: readonly string[];
  readonly yes: boolean;
}

export interface DeployResult {
  readonly stacks: readonly DeployedStack[];
  /** File of outputs, which `headrace synth --outputs` reads. */
  readonly outputs: string;
}

/** Makes or changes what the stacks describe: first all plans, then one question, then stack by stack. */
export async function deploy(options: DeployOptions, context: CommandContext): Promise<Outcome<DeployResult>> {
  const { terminal, signal } = context;
  const open = await openDeployment(options.file, { profile: options.profile });
  const { deployment } = open;
  const stacks = selectStacks(deployment, options.region);
  const command = await preflight(stacks);
  const out = resolve(options.out ?? '.');
  await synthesize(open, { out: options.out });
  const done = await deployStacks({ deployment, out, stacks, command, yes: options.yes, terminal, signal });
  terminal.line(done.length === 0 ? 'Nothing was changed.' : `\n${done.length} stacks deployed.`);
  terminal.line(
    `Outputs in ${outputsFile(options.out ?? '.')}; next: headrace synth --outputs ${outputsFile(options.out ?? '.')}`,
  );
  return { result: { stacks: done, outputs: outputsFile(out) } };
}
