import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes files under a directory. @param files content by relative path. */
export function writeFiles(directory: string, files: ReadonlyMap<string, string>): void {
  for (const [path, content] of files) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

/**
 * Puts a finished directory in the place of an old one: what was there is whole until it is gone, and nothing of it
 * stays behind.
 */
export function replaceDirectory(finished: string, target: string): void {
  const old = `${target}.old-${process.pid}`;
  rmSync(old, { recursive: true, force: true });
  try {
    renameSync(target, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(target), { recursive: true });
  renameSync(finished, target);
  rmSync(old, { recursive: true, force: true });
}
