import { createHash } from 'node:crypto';
import {
  type CheckpointManifest,
  checkpointManifestSchema,
  checkpointPrefix,
  metadataKey,
  type StateFile,
} from './checkpoint.ts';
import { type Clock, systemClock } from './clock.ts';
import { StateError } from './errors.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { copyVerified, forEachLimited } from './replicator-copy.ts';
import { garbage, missingFiles, nextReplication } from './replicator-plan.ts';
import {
  encodeRestorePoint,
  headKey,
  type RestorePoint,
  restorePointKey,
  restorePointPrefix,
} from './restore-point.ts';
import { listRestorePoints, publishRestorePoint, readHead } from './restore-point-catalog.ts';

export interface ReplicatorOptions {
  readonly job: string;
  /** Region that this replicator works for. */
  readonly region: string;
  /** The primary's store: read, never written. */
  readonly from: Pick<ObjectStore, 'uri' | 'get' | 'read' | 'list'>;
  /** This region's own store. */
  readonly to: ObjectStore;
  /** Milliseconds between two looks at the primary's store. */
  readonly every: number;
  /** Restore points that are kept. */
  readonly retain: number;
  /** Files copied at once. Default: 4. */
  readonly concurrency?: number;
  /** Milliseconds for which an unneeded file is left alone. Default: 10 minutes. */
  readonly grace?: number;
  readonly clock?: Clock;
  readonly onEvent?: (event: ReplicatorEvent) => void;
}

export type ReplicatorEvent =
  | { readonly kind: 'restore-point'; readonly point: RestorePoint; readonly bytes: number; readonly files: number }
  | { readonly kind: 'refused'; readonly epoch: number; readonly known: number }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'collected'; readonly files: number };

/** Totals since this replicator was made. */
export interface ReplicatorMetrics {
  readonly restorePoints: number;
  readonly files: number;
  readonly bytes: number;
  readonly failures: number;
  readonly refusals: number;
  /**
   * Age of the newest restore point's checkpoint, by its trigger time, in milliseconds: the work that a loss of the
   * primary would cost now. Undefined before the first.
   */
  readonly lag: number | undefined;
}

/**
 * Copies checkpoints from the primary's store into its own and publishes each as a restore point. Every step leaves the
 * store whole: files first, each only if its content is right, `_metadata` last, then the manifest, then the head.
 */
export class Replicator {
  readonly #options: ReplicatorOptions;
  readonly #clock: Clock;
  readonly #totals = { restorePoints: 0, files: 0, bytes: 0, failures: 0, refusals: 0 };
  #newestTrigger: number | undefined;
  /** The primary's `_metadata` objects as they were when nothing was left to do. */
  #settled: string | undefined;

  constructor(options: ReplicatorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get metrics(): ReplicatorMetrics {
    const lag = this.#newestTrigger === undefined ? undefined : Math.max(0, this.#clock.wall() - this.#newestTrigger);
    return { ...this.#totals, lag };
  }

  /** Works until the signal aborts, then resolves once nothing is in progress any more. Failures are tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.once(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#totals.failures += 1;
        this.#options.onEvent?.({ kind: 'failed', error });
      }
      await this.#clock.sleep(this.#options.every, signal).catch(() => {});
    }
  }

  /** One look at the primary's store. @returns the restore point that it led to, if any. */
  async once(signal: AbortSignal = new AbortController().signal): Promise<RestorePoint | undefined> {
    const { job, from, to } = this.#options;
    const offered: ObjectInfo[] = [];
    for await (const object of from.list(checkpointPrefix(job))) {
      if (object.key.endsWith('/_metadata')) offered.push(object);
    }
    const fingerprint = JSON.stringify(offered);
    if (fingerprint === this.#settled) return undefined;
    const manifests = await this.#readManifests(offered);
    const move = nextReplication(
      manifests.map(({ manifest }) => manifest),
      await readHead(to, job),
    );
    if (move.kind === 'refuse') {
      this.#totals.refusals += 1;
      this.#options.onEvent?.({ kind: 'refused', epoch: move.epoch, known: move.known });
    }
    const source = move.kind === 'copy' ? manifests.find(({ manifest }) => manifest === move.manifest) : undefined;
    const point = source && (await this.#copy(source.manifest, source.file, signal));
    this.#settled = fingerprint;
    return point;
  }

  async #readManifests(offered: readonly ObjectInfo[]): Promise<{ manifest: CheckpointManifest; file: StateFile }[]> {
    const { from } = this.#options;
    const found: { manifest: CheckpointManifest; file: StateFile }[] = [];
    for (const { key } of offered) {
      const data = await from.get(key);
      // The primary dropped the checkpoint since the listing.
      if (!data) continue;
      const sha256 = createHash('sha256').update(data).digest('hex');
      try {
        const manifest = decodeManifest(`${from.uri}/${key}`, data);
        found.push({ manifest, file: { key, size: data.byteLength, sha256 } });
      } catch (error) {
        // One unreadable checkpoint must not keep the others from being copied.
        this.#totals.failures += 1;
        this.#options.onEvent?.({ kind: 'failed', error });
      }
    }
    return found;
  }

  async #copy(
    manifest: CheckpointManifest,
    metadata: StateFile,
    signal: AbortSignal,
  ): Promise<RestorePoint | undefined> {
    const { job, from, to, region, concurrency = 4 } = this.#options;
    const kept = (await listRestorePoints(to, job)).flatMap(({ point }) => point ?? []);
    const missing = missingFiles(manifest.files, await this.#present(), kept);
    let bytes = 0;
    await forEachLimited(missing, concurrency, async (file) => {
      signal.throwIfAborted();
      await copyVerified(from, to, file, signal);
      bytes += file.size;
      this.#totals.files += 1;
      this.#totals.bytes += file.size;
    });
    await copyVerified(from, to, metadata, signal);
    this.#totals.files += 1;
    this.#totals.bytes += metadata.size;
    signal.throwIfAborted();
    const data = encodeRestorePoint({
      format: 1,
      job,
      checkpoint: manifest.checkpoint,
      epoch: manifest.epoch,
      engine: manifest.engine,
      planHash: manifest.planHash,
      triggeredAt: manifest.triggeredAt,
      completedAt: manifest.completedAt,
      records: manifest.records,
      origin: manifest.region,
      copiedBy: region,
      copiedAt: this.#clock.wall(),
      files: [...manifest.files, metadata],
    });
    await to.put(restorePointKey(job, manifest.checkpoint, manifest.epoch), data);
    if (!(await publishRestorePoint(to, job, manifest, this.#options.retain))) {
      this.#totals.refusals += 1;
      const known = (await readHead(to, job)).epoch;
      this.#options.onEvent?.({ kind: 'refused', epoch: manifest.epoch, known });
      return undefined;
    }
    const point = JSON.parse(new TextDecoder().decode(data)) as RestorePoint;
    this.#totals.restorePoints += 1;
    this.#newestTrigger = point.triggeredAt;
    this.#options.onEvent?.({
      kind: 'restore-point',
      point,
      bytes: bytes + metadata.size,
      files: missing.length + 1,
    });
    await this.#collect(signal);
    return point;
  }

  /** Deletes what no restore point that counts needs; killed in between, the next round goes on. */
  async #collect(signal: AbortSignal): Promise<void> {
    const { job, to, grace = 600_000 } = this.#options;
    const points = await listRestorePoints(to, job);
    const needed = new Set([headKey(job), ...points.map(({ key }) => key)]);
    for (const { point } of points) for (const { key } of point?.files ?? []) needed.add(key);
    const now = this.#clock.wall();
    const manifests: ObjectInfo[] = [];
    for await (const object of to.list(restorePointPrefix(job))) manifests.push(object);
    const files = garbage((await this.#present()).values(), needed, now, grace);
    // A checkpoint ceases to exist with its _metadata, so that goes before its files.
    files.sort((a, b) => Number(b.endsWith('/_metadata')) - Number(a.endsWith('/_metadata')));
    const unneeded = [...garbage(manifests, needed, now, grace), ...files];
    for (const key of unneeded) {
      signal.throwIfAborted();
      await to.delete(key);
    }
    if (unneeded.length > 0) this.#options.onEvent?.({ kind: 'collected', files: unneeded.length });
  }

  async #present(): Promise<Map<string, ObjectInfo>> {
    const { job, to } = this.#options;
    const present = new Map<string, ObjectInfo>();
    for await (const object of to.list(checkpointPrefix(job))) present.set(object.key, object);
    return present;
  }
}

function decodeManifest(place: string, data: Uint8Array): CheckpointManifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(data));
  } catch (cause) {
    throw new StateError('HR-STATE-003', place, 'not a checkpoint manifest: no JSON', { cause });
  }
  const parsed = checkpointManifestSchema.safeParse(value);
  if (parsed.success && place.endsWith(`/${metadataKey(parsed.data.job, parsed.data.checkpoint)}`)) return parsed.data;
  throw new StateError('HR-STATE-004', place, 'not a checkpoint manifest of format 1', {
    mend: 'run the same version of Headrace in every region',
  });
}
