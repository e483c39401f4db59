import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readParts } from '../../runtime/local/index.ts';
import type { LoggedOutput } from './count.ts';

/** All committed outputs of a log, in order of commit. */
export async function readLog(directory: string): Promise<LoggedOutput[]> {
  const outputs: LoggedOutput[] = [];
  for await (const output of readParts<LoggedOutput>(directory)) outputs.push(output);
  return outputs;
}

/** Ids of all committed outputs of several logs. */
export async function committedIds(directories: readonly string[]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const directory of directories) for await (const { id } of readParts<LoggedOutput>(directory)) ids.add(id);
  return ids;
}

/** How many outputs of each checkpoint in a log are not among `known`. */
export async function newOutputs(directory: string, known: ReadonlySet<string>): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const checkpoint of committedCheckpoints(directory)) {
    const range = { after: checkpoint - 1, last: checkpoint };
    let fresh = 0;
    for await (const { id } of readParts<LoggedOutput>(directory, 'part', range)) if (!known.has(id)) fresh += 1;
    counts.set(checkpoint, fresh);
  }
  return counts;
}

/** Checkpoints whose outputs are in a log now. */
export function committedCheckpoints(directory: string): Set<number> {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return new Set(names.flatMap((name) => Number(/^part-(\d{10})\.jsonl$/.exec(name)?.[1] ?? []) || []));
}

/** Lines of a file; none where it does not exist. */
export const readLines = (path: string): string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
