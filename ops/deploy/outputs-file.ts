import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../errors.ts';
import { writeWhole } from '../plan/write-whole.ts';
import type { StackOutputs } from './peers.ts';

/** File of all deployed stacks' outputs, beside `cdktf.out`: what `headrace synth --outputs` reads. */
export const outputsFile = (out: string) => join(out, 'headrace-outputs.json');

/** @throws CommandError HR-DEPLOY-002 when the file is damaged. */
export function readOutputs(out: string): StackOutputs {
  const file = outputsFile(out);
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StackOutputs;
  } catch (cause) {
    throw new CommandError('HR-DEPLOY-002', file, 'not the outputs of stacks', {
      mend: 'take it away: the next deploy writes it anew from Terraform’s state',
      cause,
    });
  }
}

/** Puts a stack's outputs in, or takes them out. */
export function saveOutputs(out: string, stack: string, values: Readonly<Record<string, unknown>> | undefined): void {
  const { [stack]: _before, ...others } = readOutputs(out);
  const all = values === undefined ? others : { ...others, [stack]: values };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeWhole(outputsFile(out), `${JSON.stringify(sorted, null, 2)}\n`);
}
