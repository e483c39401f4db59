import { chmodSync, constants, cpSync, existsSync, lstatSync, lutimesSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The time that files of an image carry: the same contents give the same layers. Zip archives know none before 1980. */
const TIME = new Date('1980-01-01T00:00:00Z');
/** What nobody may write and everybody may read; the directory's own permissions on this machine do not matter. */
const MODE = { directory: 0o755, program: 0o755, file: 0o644 };

/** Copies a file, or a directory with the files that `keep` accepts; links inside are replaced by what they lead to. */
export function copy(from: string, to: string, keep: (path: string) => boolean = () => true): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, dereference: true, mode: constants.COPYFILE_FICLONE, filter: keep });
}

/** Gives everything below a directory the same permissions and times on every machine. @returns bytes of all files. */
export function settle(path: string): number {
  const status = lstatSync(path);
  let bytes = 0;
  if (status.isDirectory()) {
    for (const name of readdirSync(path)) bytes += settle(join(path, name));
    chmodSync(path, MODE.directory);
  } else if (status.isFile()) {
    bytes = status.size;
    chmodSync(path, status.mode & constants.S_IXUSR ? MODE.program : MODE.file);
  }
  lutimesSync(path, TIME, TIME);
  return bytes;
}

/** Regular files below a directory, with their paths relative to it, in the order of their names. */
export function filesBelow(directory: string, below = ''): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return filesBelow(join(directory, entry.name), path);
      return entry.isFile() ? [path] : [];
    });
}
