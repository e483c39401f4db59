import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
 * stays behind. @param trash a path on the same file system that nothing is at yet; what was there is moved to it.
 */
export function replaceDirectory(finished: string, target: string, trash: string): void {
  mkdirSync(dirname(target), { recursive: true });
  mkdirSync(dirname(trash), { recursive: true });
  try {
    renameSync(target, trash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(finished, target);
}

/**
 * Makes a directory for what is not finished, under `.headrace` of another. What killed processes left there is removed.
 */
export function workDirectory(out: string): string {
  const parent = join(out, '.headrace');
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const pid = /^synth-(\d+)-/.exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(parent, `synth-${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
