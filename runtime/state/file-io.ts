import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WrittenObject } from './object-store.ts';

/** Bytes that are read at once. */
const CHUNK = 1 << 20;

export const hasCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException | undefined)?.code === code;

/** Content that is whole but has no name yet, and may be lost with the machine. */
export interface Temporary {
  readonly path: string;
  readonly file: FileHandle;
  readonly written: WrittenObject;
}

/** Makes the content durable; the file goes when that fails. */
export async function syncAndClose({ path, file }: Temporary): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Opens a new file. Its directory may be removed, empty, by a delete meanwhile: then once more. */
export async function openNew(path: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(path, 'wx');
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || attempt === 10) throw error;
    }
    await mkdir(dirname(path), { recursive: true });
  }
}

/** The content of a file. Its size is known, so no buffer is larger than what goes into it. */
export async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (let offset = 0; offset < size; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, size - offset));
      const { bytesRead } = await file.read(buffer, 0, buffer.byteLength);
      if (bytesRead === 0) return;
      offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
