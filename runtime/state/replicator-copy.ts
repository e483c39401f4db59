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
  const seen = { size: 0, sha256: '' };
  const written = await to.put(file.key, verified(from, file, signal, seen, progress));
  // Two sums over the same bytes: of what came in and of what the store says that it was given.
  if (written.size !== seen.size || written.sha256 !== seen.sha256) {
    throw new StateError('HR-STATE-003', `${to.uri}/${file.key}`, 'what was written is not what was read');
  }
  return { key: file.key, ...seen };
}

async function* verified(
  from: Pick<ObjectStore, 'uri' | 'read'>,
  file: OfferedFile,
  signal: AbortSignal,
  seen: { size: number; sha256: string },
  progress: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const place = `${from.uri}/${file.key}`;
  const hash = createHash('sha256');
  for await (const chunk of from.read(file.key)) {
    signal.throwIfAborted();
    seen.size += chunk.byteLength;
    hash.update(chunk);
    progress(chunk.byteLength);
    yield chunk;
  }
  seen.sha256 = hash.digest('hex');
  // Thrown into the writer before it finishes: its object never appears.
  if (file.size !== undefined && seen.size !== file.size)
    throw new StateError('HR-STATE-003', place, `${seen.size} bytes instead of ${file.size}`);
  if (file.sha256 !== undefined && seen.sha256 !== file.sha256)
    throw new StateError('HR-STATE-003', place, 'does not match its checksum');
}

export interface CopyContext {
  readonly from: Pick<ObjectStore, 'uri' | 'read'>;
  readonly to: Pick<ObjectStore, 'uri' | 'put' | 'read'>;
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
  const copy = async (file: OfferedFile) => {
    const done = await copyVerified(from, to, file, signal, progress);
    count += 1;
    bytes += done.size;
    return done;
  };
  const moves = fileMoves(wanted, present, kept);
  const files = new Array<StateFile>(moves.length);
  await forEachLimited([...moves.entries()], concurrency, async ([i, move]) => {
    signal.throwIfAborted();
    if (move.kind === 'kept') files[i] = move.file;
    else files[i] = (move.kind === 'verify' && (await readBack(to, move.file, signal))) || (await copy(move.file));
  });
  return { files: [...files, await copy(metadata)], count, bytes };
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
