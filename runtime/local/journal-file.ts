import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { JournalEntry } from '../engine/index.ts';

const NAME = /^journal-(\d{10})\.log$/;
const fileName = (generation: number) => `journal-${String(generation).padStart(10, '0')}.log`;

/**
 * The write-ahead journal of finished durable calls, in a directory of this machine. One file a generation: generation
 * n holds what finished after checkpoint n was triggered. A line is `<CRC-32, 8 hexadecimal digits> <JSON>`.
 */
export class JournalFile {
  readonly #directory: string;
  #generation: number;
  #handle: FileHandle | undefined;
  /** Whether a write to `#handle` is under way. */
  #writing = false;
  #buffer: string[] = [];
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #flushing: Promise<void> | undefined;

  constructor(directory: string, generation: number) {
    this.#directory = directory;
    this.#generation = generation;
  }

  /** Resolves once the entry is on disk. Entries that finish in one turn of the event loop share one write and one sync. */
  append(record: number, entry: JournalEntry): Promise<void> {
    const json = JSON.stringify([record, entry.index, entry.name, entry.args, entry.result]);
    this.#buffer.push(`${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#flushing ??= new Promise<void>((done) => setImmediate(() => void this.#flush().then(done)));
    });
  }

  /** Entries that are not yet written go to the new generation's file, as all later ones do. */
  rotate(generation: number): void {
    this.#generation = generation;
    const old = this.#handle;
    this.#handle = undefined;
    // A write that is under way closes the file itself, since it is no longer the current one.
    if (old && !this.#writing) void old.close();
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** Removes generations that no retained checkpoint needs. */
  async discardBefore(generation: number): Promise<void> {
    for (const found of await generations(this.#directory)) {
      if (found < generation) await rm(join(this.#directory, fileName(found)), { force: true });
    }
  }

  async #flush(): Promise<void> {
    while (this.#buffer.length) {
      const text = this.#buffer.join('');
      const waiting = this.#waiting;
      this.#buffer = [];
      this.#waiting = [];
      this.#writing = true;
      try {
        const handle = await this.#open();
        try {
          await handle.appendFile(text);
          await handle.datasync();
        } catch (error) {
          // Half a line may be there now: opening the file again closes that line.
          if (handle === this.#handle) this.#handle = undefined;
          await handle.close();
          throw error;
        }
        // Rotated meanwhile: nobody else will close it.
        if (handle !== this.#handle) await handle.close();
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        for (const { reject } of waiting) reject(error);
      } finally {
        this.#writing = false;
      }
    }
    this.#flushing = undefined;
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle) return this.#handle;
    const generation = this.#generation;
    await mkdir(this.#directory, { recursive: true });
    const handle = await open(join(this.#directory, fileName(generation)), 'a');
    // A torn last line of a killed process must not swallow the first line behind it.
    if ((await handle.stat()).size > 0) await handle.appendFile('\n');
    const directory = await open(this.#directory, 'r');
    await directory.sync().finally(() => directory.close());
    if (generation === this.#generation) this.#handle = handle;
    return handle;
  }
}

/**
 * Entries of all generations from `generation` on, by record. A torn line was never confirmed, so nobody used its
 * result: it is left out.
 */
export async function readJournal(
  directory: string,
  generation: number,
): Promise<Map<number, Map<number, JournalEntry>>> {
  const found = new Map<number, Map<number, JournalEntry>>();
  for (const one of await generations(directory)) {
    if (one < generation) continue;
    for (const line of (await readFile(join(directory, fileName(one)), 'utf8')).split('\n')) {
      const json = line.slice(9);
      if (line === '' || crc32(json).toString(16).padStart(8, '0') !== line.slice(0, 8)) continue;
      const [record, index, name, args, result] = JSON.parse(json) as [number, number, string, string, unknown];
      let entries = found.get(record);
      if (!entries) {
        entries = new Map();
        found.set(record, entries);
      }
      entries.set(index, { index, name, args, result });
    }
  }
  return found;
}

/** Removes all generations. Other files of the directory stay. */
export async function removeJournal(directory: string): Promise<void> {
  for (const generation of await generations(directory))
    await rm(join(directory, fileName(generation)), { force: true });
}

async function generations(directory: string): Promise<number[]> {
  try {
    const names = await readdir(directory);
    return names.flatMap((name) => (NAME.test(name) ? [Number(NAME.exec(name)?.[1])] : [])).sort((a, b) => a - b);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
