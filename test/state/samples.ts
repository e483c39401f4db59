import { createHash } from 'node:crypto';
import {
  type CheckpointManifest,
  checkpointDirectory,
  metadataKey,
  sharedPrefix,
} from '../../runtime/state/checkpoint.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';

export const JOB = 'reviews';
export const PLAN = 'plan-a';

const fileOf = (key: string, content: string) => ({
  key,
  size: Buffer.byteLength(content),
  sha256: createHash('sha256').update(content).digest('hex'),
});

/**
 * Writes a checkpoint as an engine does: one file of its own and shared files `from`…`n`, of which the older ones are
 * there already; the manifest last.
 */
export async function writeCheckpoint(
  store: ObjectStore,
  n: number,
  options: { epoch?: number; planHash?: string; from?: number; size?: number } = {},
): Promise<CheckpointManifest> {
  const { epoch = 1, planHash = PLAN, from = Math.max(1, n - 2), size = 40 } = options;
  const files = [];
  for (let i = from; i <= n; i++) {
    const key = `${sharedPrefix(JOB)}${String(i).padStart(10, '0')}-delta`;
    const content = `shared ${i} `.repeat(size);
    await store.put(key, Buffer.from(content));
    files.push(fileOf(key, content));
  }
  const own = `own ${n} of epoch ${epoch} `.repeat(size);
  await store.put(`${checkpointDirectory(JOB, n)}pending`, Buffer.from(own));
  files.push(fileOf(`${checkpointDirectory(JOB, n)}pending`, own));
  const manifest: CheckpointManifest = {
    format: 1,
    engine: 'embedded',
    job: JOB,
    checkpoint: n,
    epoch,
    region: 'us',
    planHash,
    triggeredAt: 1_000 * n,
    completedAt: 1_000 * n + 20,
    records: { read: 10 * n, finished: 9 * n, outputs: 9 * n, deadLetters: 0 },
    files,
    restore: {},
  };
  await store.put(metadataKey(JOB, n), Buffer.from(JSON.stringify(manifest)));
  return manifest;
}

export const keysOf = async (store: ObjectStore, prefix = '') => {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
};
