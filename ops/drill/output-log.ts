import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readParts } from '../../runtime/local/index.ts';
import type { LoggedOutput } from './count.ts';

/** All committed outputs of a log, in order of commit. */
export async function readLog(directory: string): Promise<LoggedOutput[]> {
  const outputs: LoggedOutput[] = [];
  for await (const output of readParts<LoggedOutput>(directory)) outputs.push(output);
  return outputs;
}

/** Checkpoints whose outputs are in a log now. */
export function committedCheckpoints(directory: string): Set<number> {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return new Set(names.flatMap((name) => Number(/^part-(\d{10})\.jsonl$/.exec(name)?.[1] ?? []) || []));
}

/** Lines of a file; none where it does not exist. */
export const readLines = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
