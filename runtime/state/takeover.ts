import type { CheckpointManifest } from './checkpoint.ts';
import { checkpointManifestSchema, checkpointPrefix, metadataKey } from './checkpoint.ts';
import { StateError } from './errors.ts';
import type { HeldLease, Lease } from './lease.ts';
import type { ObjectStore } from './object-store.ts';
import { comparePositions, type RestorePoint, type RestorePointHead } from './restore-point.ts';
import { findRestorePoint, readHead, sealRestorePoints } from './restore-point-catalog.ts';
import type { PassedOver } from './restore-point-choice.ts';

export interface TakeoverOptions {
  readonly lease: Lease;
  /** This region's own store. */
  readonly store: ObjectStore;
  readonly job: string;
  readonly planHash: string;
  /** Stops this region's replicator and resolves once it writes no more. */
  readonly stopReplicator: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly onStep?: (step: TakeoverStep) => void;
}

export type TakeoverStep =
  | { readonly kind: 'lease'; readonly epoch: number }
  | { readonly kind: 'sealed'; readonly epoch: number }
  | {
      readonly kind: 'chosen';
      readonly key: string;
      readonly point: RestorePoint;
      readonly passedOver: readonly PassedOver[];
    };

export interface Takeover {
  readonly lease: HeldLease;
  readonly point: RestorePoint;
  readonly passedOver: readonly PassedOver[];
  /**
   * Newest checkpoint that an earlier owner may have committed; later than the restore point's where that one was passed
   * over. What was committed beyond the restore point must not be put out again.
   */
  readonly committable: number;
}

/**
 * Waits for the lease and prepares this region to run the job. The order is the proof that nothing is seen twice:
 *
 * 1. Lease, epoch + 1. The old owner has stopped by its own clock, or is paused and will find its lease lost.
 * 2. Own replicator stopped, older epochs sealed. From now on no restore point of theirs can appear here, so the newest
 *    one, m, stays the newest, also for a replicator process that was paused all the while.
 * 3. The newest whole restore point is chosen and becomes the newest checkpoint of this store.
 *
 * The old owner commits checkpoint n only once restore point n is here, hence n <= m: everything it committed, or
 * commits yet when it wakes between its last check and its write, is in m and is not computed again. Slots up to m hold
 * the same content whoever writes them, and exclusive creation lets one writer win. Checkpoints after m are this
 * owner's alone.
 *
 * @throws StateError HR-STATE-006, HR-STATE-007, HR-STATE-005 or the signal's reason; the lease is then given back.
 */
export async function takeOver(options: TakeoverOptions): Promise<Takeover> {
  return prepareTakeover(await options.lease.acquire(options.signal), options);
}

/** The same with the lease in hand. */
export async function prepareTakeover(
  lease: HeldLease,
  options: Omit<TakeoverOptions, 'lease' | 'signal'>,
): Promise<Takeover> {
  const { store, job, planHash, onStep = () => {} } = options;
  try {
    onStep({ kind: 'lease', epoch: lease.epoch });
    await options.stopReplicator();
    const head = await sealRestorePoints(store, job, lease.epoch);
    onStep({ kind: 'sealed', epoch: lease.epoch });
    const { key, point, passedOver } = await findRestorePoint(store, job, planHash);
    onStep({ kind: 'chosen', key, point, passedOver });
    // Flink is told which checkpoint to restore.
    if (point.engine === 'embedded') await makeNewest(store, point);
    lease.assertHeld();
    return { lease, point, passedOver, committable: newestCommittable(head) };
  } catch (error) {
    await lease.release().catch(() => {});
    throw error;
  }
}

/** Of a sealed head. An owner commits checkpoint n once the standby has restore point n, and numbers never go back. */
export const newestCommittable = (head: RestorePointHead) => Math.max(0, ...head.points.map((p) => p.checkpoint));

/**
 * The newest checkpoint that this region made itself since the newest restore point: an earlier process of it took over
 * and was killed, and outputs of its own may be visible. The job then goes on from its own checkpoints, not from the
 * restore point. Call it with the lease in hand.
 */
export async function newestOwn(
  store: ObjectStore,
  job: string,
  region: string,
): Promise<CheckpointManifest | undefined> {
  const known = (await readHead(store, job)).points[0]?.epoch ?? 0;
  let newest: CheckpointManifest | undefined;
  for await (const { key } of store.list(checkpointPrefix(job))) {
    const manifest = key.endsWith('/_metadata') ? await readManifest(store, key) : undefined;
    if (manifest?.region !== region || manifest.epoch <= known) continue;
    if (!newest || comparePositions(manifest, newest) > 0) newest = manifest;
  }
  return newest;
}

/**
 * Makes a restore point's checkpoint the newest of the store, which is the one that an engine restores: later ones are
 * copies that never became restore points, or were passed over.
 */
async function makeNewest(store: ObjectStore, point: RestorePoint): Promise<void> {
  const chosen = metadataKey(point.job, point.checkpoint);
  const later: string[] = [];
  for await (const { key } of store.list(checkpointPrefix(point.job))) {
    if (!key.endsWith('/_metadata') || key === chosen) continue;
    const manifest = await readManifest(store, key);
    if (!manifest || manifest.checkpoint > point.checkpoint || comparePositions(manifest, point) > 0) later.push(key);
  }
  for (const key of later) await store.delete(key);
}

async function readManifest(store: ObjectStore, key: string): Promise<CheckpointManifest | undefined> {
  const data = await store.get(key);
  if (!data) throw new StateError('HR-STATE-002', `${store.uri}/${key}`, 'deleted while a takeover read it');
  try {
    return checkpointManifestSchema.parse(JSON.parse(new TextDecoder().decode(data)));
  } catch {
    return undefined;
  }
}
