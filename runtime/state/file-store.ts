import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { syncDirectory } from './directory-sync.ts';
import { StateError } from './errors.ts';
import { chunksOf, hasCode, openNew, syncAndClose, type Temporary } from './file-io.ts';
import type {
  ContentCheck,
  ObjectInfo,
  ObjectStore,
  VersionedObject,
  WriteBatch,
  WrittenObject,
} from './object-store.ts';

/** Holds the versions of objects that are written conditionally; not part of any listing. */
const VERSIONS = '.versions';
const TEMPORARY = /^\.tmp-/;
const VERSION_FILE = /^\d{10}$/;
/** Versions that stay behind the newest, for readers that listed just before a write. */
const KEPT_VERSIONS = 8;
/** Files of a batch that are synced at once: the file system makes those durable together that wait together. */
const SYNCS = 16;
/** A directory, or a key below a file, is no object; a cloud's store would say the same. */
const isAbsent = (error: unknown) => hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR') || hasCode(error, 'EISDIR');

/**
 * An object store in a directory, shared by any number of processes on one machine.
 *
 * Whole content by a temporary file, fsync and rename; exclusive creation by link(2). A conditional replacement cannot
 * be built from rename alone: each version of such an object is a file of its own, `.versions/<key>/<number>`, created
 * exclusively, and the highest number is the content. No lock is held, so a killed writer leaves nothing to clear.
 */
export class FileStore implements ObjectStore {
  readonly uri: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
    this.uri = pathToFileURL(this.#root).href;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.getVersioned(key))?.data;
  }

  async getVersioned(key: string): Promise<VersionedObject | undefined> {
    return this.#guard(key, async () => {
      for (;;) {
        const newest = (await this.#versions(key)).at(-1);
        try {
          const data = await readFile(newest === undefined ? this.#path(key) : this.#versionPath(key, newest));
          return { data, version: versionOf(newest ?? 0, data) };
        } catch (error) {
          if (!isAbsent(error)) throw error;
          // A newer version appeared and this one was cleared away in between.
          if (newest === undefined) return undefined;
        }
      }
    });
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const newest = await this.#guard(key, async () => (await this.#versions(key)).at(-1));
    const path = newest === undefined ? this.#path(key) : this.#versionPath(key, newest);
    try {
      yield* chunksOf(path);
    } catch (error) {
      if (isAbsent(error)) throw new StateError('HR-STATE-002', this.#place(key), 'there is no such object');
      throw this.#unreachable(key, error);
    }
  }

  async put(key: string, data: Uint8Array | AsyncIterable<Uint8Array>, check?: ContentCheck): Promise<WrittenObject> {
    const batch = this.batch();
    const written = await batch.put(key, data, check);
    await batch.settle();
    return written;
  }

  batch(): WriteBatch {
    const syncing = new Set<Promise<void>>();
    const directories = new Set<string>();
    let failure: { readonly error: unknown } | undefined;
    const appear = (key: string, temporary: Temporary) =>
      this.#guard(key, async () => {
        await syncAndClose(temporary);
        if (await this.#name(key, temporary.path)) directories.add(dirname(this.#path(key)));
      });
    return {
      put: (key, data, check) =>
        this.#guard(key, async () => {
          const temporary = await this.#writeTemporary(dirname(this.#path(key)), data, check);
          while (syncing.size >= SYNCS) await Promise.race(syncing);
          const synced: Promise<void> = appear(key, temporary)
            .catch((error) => {
              failure ??= { error };
            })
            .finally(() => syncing.delete(synced));
          syncing.add(synced);
          return temporary.written;
        }),
      settle: async () => {
        await Promise.all(syncing);
        if (failure) throw failure.error;
        for (const directory of directories) await this.#guard(directory, () => syncDirectory(directory));
      },
    };
  }

  async putIfAbsent(key: string, data: Uint8Array): Promise<boolean> {
    return this.#guard(key, async () => {
      if ((await this.#versions(key)).length > 0) return false;
      const path = this.#path(key);
      const temporary = await this.#writeTemporary(dirname(path), data);
      try {
        await syncAndClose(temporary);
        await link(temporary.path, path);
        await syncDirectory(dirname(path));
        return true;
      } catch (error) {
        if (hasCode(error, 'EEXIST')) return false;
        throw error;
      } finally {
        await rm(temporary.path, { force: true });
      }
    });
  }

  async putIfVersion(key: string, data: Uint8Array, version: string): Promise<string | undefined> {
    return this.#guard(key, async () => {
      const current = await this.getVersioned(key);
      if (current?.version !== version) return undefined;
      const next = Number.parseInt(version, 10) + 1;
      const directory = dirname(this.#versionPath(key, 0));
      const temporary = await this.#writeTemporary(directory, data);
      try {
        await syncAndClose(temporary);
        return (await this.#claim(key, temporary.path, next)) ? versionOf(next, data) : undefined;
      } finally {
        await rm(temporary.path, { force: true });
      }
    });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const found = new Map<string, ObjectInfo>();
    await this.#guard(prefix, async () => {
      const start = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/')) : '';
      for await (const { key, path } of walk(this.#directory(start), start ? `${start}/` : '')) {
        if (key.startsWith(prefix)) await this.#describe(key, path, found);
      }
      for await (const { key: versioned, path } of walk(join(this.#root, VERSIONS), '')) {
        const key = dirname(versioned);
        if (key.startsWith(prefix)) await this.#describe(key, path, found);
      }
    });
    for (const key of [...found.keys()].sort()) yield found.get(key) as ObjectInfo;
  }

  async copy(from: string, to: string): Promise<void> {
    await this.put(to, this.read(from));
  }

  async delete(key: string): Promise<void> {
    await this.#guard(key, async () => {
      const path = this.#path(key);
      // Oldest first and the newest last: a reader meanwhile finds the newest content or none.
      try {
        await rm(path, { force: true });
      } catch (error) {
        if (!isAbsent(error) && !hasCode(error, 'ERR_FS_EISDIR')) throw error;
      }
      for (const number of await this.#versions(key)) await rm(this.#versionPath(key, number), { force: true });
      // A job makes a directory a checkpoint: left behind, they would slow every listing down.
      if (dirname(path) !== this.#root) await rmdir(dirname(path)).catch(() => {});
    });
  }

  /** Version numbers of a conditionally written object, ascending; none for a plain one. */
  async #versions(key: string): Promise<number[]> {
    try {
      const names = await readdir(dirname(this.#versionPath(key, 0)));
      return names
        .filter((name) => VERSION_FILE.test(name))
        .map(Number)
        .sort((a, b) => a - b);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  /**
   * Makes a finished temporary file version `number`. A writer that slept while others went on may find its number
   * free again because old versions are cleared: it looks once more, and yields to any higher number.
   */
  async #claim(key: string, temporary: string, number: number): Promise<boolean> {
    const path = this.#versionPath(key, number);
    await mkdir(dirname(path), { recursive: true });
    try {
      await link(temporary, path);
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      throw error;
    }
    const all = await this.#versions(key);
    if ((all.at(-1) ?? 0) > number) {
      await rm(path, { force: true });
      return false;
    }
    await syncDirectory(dirname(path));
    for (const old of all.slice(0, -KEPT_VERSIONS)) await rm(this.#versionPath(key, old), { force: true });
    return true;
  }

  /** Gives a finished temporary file its name. @returns whether its directory is still to be synced. */
  async #name(key: string, temporary: string): Promise<boolean> {
    try {
      for (;;) {
        const newest = (await this.#versions(key)).at(-1);
        if (newest === undefined) {
          await rename(temporary, this.#path(key));
          return true;
        }
        if (await this.#claim(key, temporary, newest + 1)) break;
      }
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await unlink(temporary);
    return false;
  }

  /** Writes all but does not wait for the disk: see `syncAndClose`. */
  async #writeTemporary(
    directory: string,
    data: Uint8Array | AsyncIterable<Uint8Array>,
    check: ContentCheck = () => {},
  ): Promise<Temporary> {
    const path = join(directory, `.tmp-${process.pid}-${randomUUID()}`);
    const hash = createHash('sha256');
    let size = 0;
    const file = await openNew(path);
    try {
      for await (const chunk of data instanceof Uint8Array ? [data] : data) {
        hash.update(chunk);
        size += chunk.byteLength;
        for (let at = 0; at < chunk.byteLength; ) at += (await file.write(chunk, at)).bytesWritten;
      }
      const written = { size, sha256: hash.digest('hex') };
      check(written);
      return { path, file, written };
    } catch (error) {
      await file.close();
      await unlink(path);
      throw error;
    }
  }

  async #describe(key: string, path: string, found: Map<string, ObjectInfo>): Promise<void> {
    try {
      const { size, mtimeMs } = await stat(path);
      const known = found.get(key);
      if (!known || known.modified <= mtimeMs) found.set(key, { key, size, modified: mtimeMs });
    } catch (error) {
      // Deleted between the listing and the look: it is not there.
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }

  #directory(key: string): string {
    const path = resolve(this.#root, key);
    if (path !== this.#root && !path.startsWith(this.#root + sep)) {
      throw new StateError('HR-STATE-008', this.#place(key), 'the key leaves the root of the store');
    }
    return path;
  }

  #path(key: string): string {
    if (
      key === '' ||
      key.startsWith('/') ||
      key.endsWith('/') ||
      key
        .split('/')
        .some((part) => part === '..' || part === '.' || part === '' || part === VERSIONS || TEMPORARY.test(part))
    ) {
      throw new StateError('HR-STATE-008', this.#place(key), 'not a key of this store');
    }
    return this.#directory(key);
  }

  #versionPath(key: string, number: number): string {
    this.#path(key);
    return join(this.#root, VERSIONS, key, String(number).padStart(10, '0'));
  }

  #place(key: string): string {
    return `${this.uri}/${key}`;
  }

  async #guard<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof StateError ? error : this.#unreachable(key, error);
    }
  }

  #unreachable(key: string, cause: unknown): StateError {
    return new StateError('HR-STATE-001', this.#place(key), (cause as Error).message, {
      cause,
      mend: 'check that the directory exists and may be written',
    });
  }
}

async function* walk(directory: string, prefix: string): AsyncGenerator<{ key: string; path: string }> {
  let entries: import('node:fs').Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return;
    throw error;
  }
  for (const entry of entries) {
    if (TEMPORARY.test(entry.name) || (prefix === '' && entry.name === VERSIONS)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path, `${prefix}${entry.name}/`);
    else yield { key: `${prefix}${basename(path)}`, path };
  }
}

/** By content as well: numbers begin again once an object was deleted, and inodes are used again by the file system. */
const versionOf = (number: number, data: Uint8Array) => `${number}-${createHash('sha256').update(data).digest('hex')}`;
