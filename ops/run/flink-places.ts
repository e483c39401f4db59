import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What Flink's file sink writes: finished parts, and hidden ones in progress. */
const PARTS = /^\.?(part|dead-letter)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d+\.jsonl/;

/** Removes outputs of earlier runs; other files of the directory stay. */
export function removeOutputs(directory: string): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) if (PARTS.test(name)) rmSync(join(directory, name));
}

/**
 * The newest complete savepoint or retained checkpoint under Flink's directories, whatever way the last run ended.
 * @returns its URI; undefined when there is none.
 */
export function newestSnapshot(flink: string): string | undefined {
  const found = [
    ...folders(join(flink, 'savepoints')),
    ...folders(join(flink, 'checkpoints')).flatMap((job) => folders(job, /^chk-\d+$/)),
  ].filter((path) => existsSync(join(path, '_metadata')));
  const written = (path: string) => statSync(join(path, '_metadata')).mtimeMs;
  const newest = found.sort((a, b) => written(b) - written(a))[0];
  return newest === undefined ? undefined : pathToFileURL(newest).href;
}

/** A complete savepoint of one job: the name that Flink gives the folder begins with the job's id. */
export function savepointOf(flink: string, jobId: string): string | undefined {
  const found = folders(join(flink, 'savepoints'), new RegExp(`^savepoint-${jobId.slice(0, 6)}-`));
  const complete = found.find((path) => existsSync(join(path, '_metadata')));
  return complete === undefined ? undefined : pathToFileURL(complete).href;
}

const folders = (directory: string, pattern = /./): string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => pattern.test(name))
        .map((name) => join(directory, name))
    : [];
