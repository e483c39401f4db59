import { createHash } from 'node:crypto';
import type { StateFile } from './checkpoint.ts';
import { StateError } from './errors.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import type { OfferedFile } from './offered-checkpoint.ts';
import { fileMoves } from './replicator-plan.ts';
import type { RestorePoint } from './restore-point.ts';

/**
 * Copies one file; the target holds it only when what is known of size and checksum matched on the way.
 * @param progress told of every chunk's bytes. @returns the file with the checksum of what was copied.
 * @throws StateError HR-STATE-002, HR-STATE-003
 */
export async function copyVerified(
  from: Pick<ObjectStore, 'uri' | 'read'>,
  to: Pick<ObjectStore, 'uri' | 'put'>,
  file: OfferedFile,
  signal: AbortSignal,
  progress: (bytes: number) => void = () => {},
): Promise<StateFile> {
  const { key } = file;
  // The store sums up what it is given. What comes in is summed up as well where there is no checksum to compare with.
  const hash = file.sha256 === undefined ? createHash('sha256') : undefined;
  let seen = 0;
  async function* chunks() {
    for await (const chunk of from.read(key)) {
      signal.throwIfAborted();
      seen += chunk.byteLength;
      hash?.update(chunk);
      progress(chunk.byteLength);
      yield chunk;
    }
  }
  const written = await to.put(key, chunks(), ({ size, sha256 }) => {
    const place = `${from.uri}/${key}`;
    if (file.size !== undefined && seen !== file.size)
      throw new StateError('HR-STATE-003', place, `${seen} bytes instead of ${file.size}`);
    if (file.sha256 !== undefined && sha256 !== file.sha256)
      throw new StateError('HR-STATE-003', place, 'does not match its checksum');
    if (size !== seen || (hash && sha256 !== hash.digest('hex')))
      throw new StateError('HR-STATE-003', `${to.uri}/${key}`, 'what was to be written is not what was read');
  });
  return { key, ...written };
}

export interface CopyContext {
  readonly from: Pick<ObjectStore, 'uri' | 'read'>;
  readonly to: Pick<ObjectStore, 'uri' | 'put' | 'batch' | 'read'>;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Told of the bytes that were copied, chunk by chunk. */
  readonly progress: (bytes: number) => void;
}

/**
 * Copies what a checkpoint needs and the target does not have, its `_metadata` last.
 * @returns every file with its checksum, and what was copied.
 */
export async function copyCheckpoint(
  { from, to, concurrency, signal, progress }: CopyContext,
  wanted: readonly OfferedFile[],
  metadata: StateFile,
  present: ReadonlyMap<string, ObjectInfo>,
  kept: readonly Pick<RestorePoint, 'files'>[],
): Promise<{ readonly files: StateFile[]; readonly count: number; readonly bytes: number }> {
  let [count, bytes] = [0, 0];
  const copy = async (file: OfferedFile, put: ObjectStore['put']) => {
    const done = await copyVerified(from, { uri: to.uri, put }, file, signal, progress);
    count += 1;
    bytes += done.size;
    return done;
  };
  const moves = fileMoves(wanted, present, kept);
  const files = new Array<StateFile>(moves.length);
  const one: ObjectStore['put'] = (...args) => to.put(...args);
  const batch = to.batch?.();
  try {
    await forEachLimited([...moves.entries()], concurrency, async ([i, move]) => {
      signal.throwIfAborted();
      if (move.kind === 'kept') files[i] = move.file;
      else
        files[i] =
          (move.kind === 'verify' && (await readBack(to, move.file, signal))) ||
          (await copy(move.file, batch?.put ?? one));
    });
  } finally {
    await batch?.settle();
  }
  return { files: [...files, await copy(metadata, one)], count, bytes };
}

/** A file that the target has, with its checksum; undefined when it is not the one that is wanted. */
async function readBack(
  store: Pick<ObjectStore, 'read'>,
  file: OfferedFile,
  signal: AbortSignal,
): Promise<StateFile | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of store.read(file.key)) {
      signal.throwIfAborted();
      hash.update(chunk);
      size += chunk.byteLength;
    }
  } catch (error) {
    // Damaged or gone: it is copied again.
    if (error instanceof StateError && error.code !== 'HR-STATE-001') return undefined;
    throw error;
  }
  const sha256 = hash.digest('hex');
  const same = (file.size === undefined || file.size === size) && (file.sha256 ?? sha256) === sha256;
  return same ? { key: file.key, size, sha256 } : undefined;
}

/** Runs `work` for every item, at most `limit` at a time; the first failure stops the start of further ones. */
export async function forEachLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (!failed && next < items.length) {
      const item = items[next++] as T;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane));
  const failure = lanes.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
