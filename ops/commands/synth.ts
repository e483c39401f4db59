import { openDeployment } from '../deployment/open.ts';
import { type SynthResult, synthesize } from '../synth/synth.ts';
import type { CommandContext, Outcome } from '../terminal/command.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface SynthCommandOptions {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly out?: string | undefined;
  readonly outputs?: string | undefined;
}

/** Writes the cdktf stacks, the manifests and the charts. */
export async function synth(options: SynthCommandOptions, { terminal }: CommandContext): Promise<Outcome<SynthResult>> {
  const open = await openDeployment(options.file, { profile: options.profile });
  const result = await synthesize(open, { out: options.out, outputs: options.outputs });
  sayStacks(result, terminal);
  sayCharts(result, terminal);
  return { result };
}

export function sayStacks(result: SynthResult, terminal: Terminal): void {
  terminal.line(`  ${result.stacks.length} stacks in ${result.written[0]}: ${result.stacks.join(', ')}`);
}

export function sayCharts(result: SynthResult, terminal: Terminal): void {
  const files = Object.entries(result.manifests).map(([region, count]) => `${region} ${count}`);
  terminal.line(`  manifests in ${result.written[1]}: ${files.join(', ')} files`);
  terminal.line(`  charts in ${result.written[2]}: ${result.charts.join(', ')}`);
  const pending = Object.entries(result.pending).filter(([, names]) => names.length > 0);
  if (pending.length) {
    terminal.line('  known only after a deployment, then filled in by headrace synth --outputs FILE:');
    for (const [region, names] of pending) terminal.line(`    ${region}: ${names.join(', ')}`);
  }
}
