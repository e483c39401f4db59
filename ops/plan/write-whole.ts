import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Writes a file so that it is there whole or not at all. @param mode its permissions. Default: as the process makes files. */
export function writeWhole(file: string, text: string, mode?: number): void {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.tmp`;
  writeFileSync(unfinished, text, mode === undefined ? {} : { mode });
  renameSync(unfinished, path);
}
