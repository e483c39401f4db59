import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lines of the committed part files of a sink on this machine. */
export const committedLines = (directory: string, prefix = 'part'): string[] =>
  readdirSync(directory)
    .filter((name) => name.startsWith(`${prefix}-`) && name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n'))
    .filter(Boolean);

/** Lines by the input that they come from. @throws Error for two lines of one input. */
export function byInput(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const { input } = JSON.parse(line) as { input: string };
    if (found.has(input)) throw new Error(`input ${input} has two outputs`);
    found.set(input, line);
  }
  return found;
}

/** Lines by input without their ids, which tell jobs apart by name. */
export const contents = (lines: ReadonlyMap<string, string>) =>
  [...lines].map(([input, line]) => [input, { ...(JSON.parse(line) as object), id: '' }]).sort();
