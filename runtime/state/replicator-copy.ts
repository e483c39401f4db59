import { createHash } from 'node:crypto';
import type { StateFile } from './checkpoint.ts';
import { StateError } from './errors.ts';
import type { ObjectStore } from './object-store.ts';

/** Copies one file; the target holds it only when size and checksum matched on the way. @throws StateError HR-STATE-002, HR-STATE-003 */
export async function copyVerified(
  from: Pick<ObjectStore, 'uri' | 'read'>,
  to: Pick<ObjectStore, 'put'>,
  file: StateFile,
  signal: AbortSignal,
): Promise<void> {
  await to.put(file.key, verified(from, file, signal));
}

async function* verified(
  from: Pick<ObjectStore, 'uri' | 'read'>,
  file: StateFile,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const place = `${from.uri}/${file.key}`;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of from.read(file.key)) {
    signal.throwIfAborted();
    size += chunk.byteLength;
    hash.update(chunk);
    yield chunk;
  }
  // Thrown into the writer before it finishes: its object never appears.
  if (size !== file.size) throw new StateError('HR-STATE-003', place, `${size} bytes instead of ${file.size}`);
  if (hash.digest('hex') !== file.sha256) throw new StateError('HR-STATE-003', place, 'does not match its checksum');
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
