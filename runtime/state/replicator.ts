import { checkpointPrefix } from './checkpoint.ts';
import { type Clock, systemClock } from './clock.ts';
import { StateError } from './errors.ts';
import type { FlinkMetadataReader } from './flink-metadata.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import type { OfferedCheckpoint, OfferedFile } from './offered-checkpoint.ts';
import { readOffered } from './read-offered.ts';
import { collectGarbage } from './replicator-collect.ts';
import { copyCheckpoint } from './replicator-copy.ts';
import { nextReplication } from './replicator-plan.ts';
import { decodeRestorePoint, encodeRestorePoint, type RestorePoint, restorePointKey } from './restore-point.ts';
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
  /** Milliseconds since the trigger of its checkpoint after which a restore point that is not the newest goes. Default: never. */
  readonly maxAge?: number | undefined;
  /** Takes Flink's `_metadata` apart. Default: checkpoints of the embedded engine only. */
  readonly readFlink?: FlinkMetadataReader | undefined;
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
  /** Number of the newest restore point's checkpoint. */
  readonly checkpoint: number | undefined;
  /** When a look at the primary's store last succeeded, and when anything last moved; milliseconds since 1970. */
  readonly lookedAt: number | undefined;
  readonly movedAt: number;
}

/**
 * Copies checkpoints from the primary's store into its own and publishes each as a restore point. Every step leaves the
 * store whole: files first, each only if its content is right, `_metadata` last, then the manifest, then the head.
 */
export class Replicator {
  readonly #options: ReplicatorOptions;
  readonly #clock: Clock;
  readonly #totals = { restorePoints: 0, files: 0, bytes: 0, failures: 0, refusals: 0 };
  #newest: RestorePoint | undefined;
  #lookedAt: number | undefined;
  #movedAt: number;
  /** The primary's `_metadata` objects as they were when nothing was left to do. */
  #settled: string | undefined;
  /** What was read of `_metadata` objects that are still as they were; undefined for those of other jobs. */
  #read = new Map<string, OfferedCheckpoint | undefined>();

  constructor(options: ReplicatorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#movedAt = this.#clock.wall();
  }

  /** The newest restore point that this replicator knows of. */
  get newest(): RestorePoint | undefined {
    return this.#newest;
  }

  get metrics(): ReplicatorMetrics {
    const newest = this.#newest;
    return {
      ...this.#totals,
      lag: newest && Math.max(0, this.#clock.wall() - newest.triggeredAt),
      checkpoint: newest?.checkpoint,
      lookedAt: this.#lookedAt,
      movedAt: this.#movedAt,
    };
  }

  /** Works until the signal aborts, then resolves once nothing is in progress any more. Failures are tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.once(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error);
      }
      await this.#clock.sleep(this.#options.every, signal).catch(() => {});
    }
  }

  /** One look at the primary's store. @returns the restore point that it led to, if any. */
  async once(signal: AbortSignal = new AbortController().signal): Promise<RestorePoint | undefined> {
    const { job, from, to } = this.#options;
    const offered: ObjectInfo[] = [];
    const sizes = new Map<string, number>();
    for await (const object of from.list(checkpointPrefix(job))) {
      sizes.set(object.key, object.size);
      if (object.key.endsWith('/_metadata')) offered.push(object);
    }
    this.#lookedAt = this.#moved();
    const fingerprint = JSON.stringify(offered);
    if (fingerprint === this.#settled) return undefined;
    const checkpoints = await this.#readAll(offered);
    const head = await readHead(to, job);
    if (!this.#newest) await this.#recall();
    const move = nextReplication(checkpoints, head);
    if (move.kind === 'refuse') this.#refused(move.epoch, move.known);
    const point = move.kind === 'copy' ? await this.#copy(move.checkpoint, sizes, signal) : undefined;
    this.#settled = fingerprint;
    return point;
  }

  async #readAll(offered: readonly ObjectInfo[]): Promise<OfferedCheckpoint[]> {
    const { from, job, readFlink } = this.#options;
    const read = new Map<string, OfferedCheckpoint | undefined>();
    for (const object of offered) {
      const version = JSON.stringify(object);
      if (this.#read.has(version)) {
        read.set(version, this.#read.get(version));
        continue;
      }
      const { key, modified } = object;
      const data = await from.get(key);
      // The primary dropped the checkpoint since the listing.
      if (!data) continue;
      try {
        read.set(version, await readOffered(from.uri, job, { key, modified, data }, readFlink));
      } catch (error) {
        // One unreadable checkpoint must not keep the others from being copied.
        this.#failed(error);
      }
    }
    this.#read = read;
    return [...read.values()].filter((checkpoint) => checkpoint !== undefined);
  }

  async #copy(
    checkpoint: OfferedCheckpoint,
    sizes: ReadonlyMap<string, number>,
    signal: AbortSignal,
  ): Promise<RestorePoint | undefined> {
    const { job, from, to, region, concurrency = 4, retain, maxAge } = this.#options;
    const { files: wanted, metadata, ...about } = checkpoint;
    const kept = (await listRestorePoints(to, job)).flatMap(({ point }) => point ?? []);
    const copied = await copyCheckpoint(
      { from, to, concurrency, signal, progress: (bytes) => this.#copied(bytes) },
      wanted.map((file) => sized(from.uri, file, sizes)),
      metadata,
      await this.#present(),
      kept,
    );
    this.#totals.files += copied.count;
    signal.throwIfAborted();
    const data = encodeRestorePoint({
      format: 1,
      ...about,
      copiedBy: region,
      copiedAt: this.#clock.wall(),
      files: copied.files,
    });
    const key = restorePointKey(job, checkpoint.checkpoint, checkpoint.epoch);
    await to.put(key, data);
    const oldest = maxAge === undefined ? Number.NEGATIVE_INFINITY : this.#clock.wall() - maxAge;
    const expired = kept.filter(({ triggeredAt }) => triggeredAt < oldest);
    if (!(await publishRestorePoint(to, job, checkpoint, retain, expired))) {
      this.#refused(checkpoint.epoch, (await readHead(to, job)).epoch);
      return undefined;
    }
    const point = decodeRestorePoint(`${to.uri}/${key}`, data);
    this.#totals.restorePoints += 1;
    this.#newest = point;
    this.#options.onEvent?.({ kind: 'restore-point', point, bytes: copied.bytes, files: copied.count });
    const files = await collectGarbage(to, job, this.#clock.wall(), this.#options.grace ?? 600_000, signal);
    if (files > 0) this.#options.onEvent?.({ kind: 'collected', files });
    return point;
  }

  async #present(): Promise<Map<string, ObjectInfo>> {
    const { job, to } = this.#options;
    const present = new Map<string, ObjectInfo>();
    for await (const object of to.list(checkpointPrefix(job))) present.set(object.key, object);
    return present;
  }

  /** After a start: the newest restore point says how far behind this standby is. */
  async #recall(): Promise<void> {
    const [newest] = await listRestorePoints(this.#options.to, this.#options.job);
    this.#newest = newest?.point;
  }

  #moved(): number {
    this.#movedAt = this.#clock.wall();
    return this.#movedAt;
  }

  #copied(bytes: number): void {
    this.#moved();
    this.#totals.bytes += bytes;
  }

  #failed(error: unknown): void {
    this.#moved();
    this.#totals.failures += 1;
    this.#options.onEvent?.({ kind: 'failed', error });
  }

  #refused(epoch: number, known: number): void {
    this.#totals.refusals += 1;
    this.#options.onEvent?.({ kind: 'refused', epoch, known });
  }
}

/** The file with its size by the listing. @throws StateError HR-STATE-003 when its engine says another. */
function sized(root: string, file: OfferedFile, sizes: ReadonlyMap<string, number>): OfferedFile {
  const listed = sizes.get(file.key);
  if (listed === undefined || file.size === listed) return file;
  if (file.size === undefined) return { ...file, size: listed };
  throw new StateError('HR-STATE-003', `${root}/${file.key}`, `${listed} bytes instead of ${file.size}`);
}
