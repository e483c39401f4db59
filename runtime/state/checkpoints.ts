import { createHash } from 'node:crypto';
import {
  type CheckpointManifest,
  checkpointDirectory,
  checkpointManifestSchema,
  checkpointPrefix,
  metadataKey,
  type StateFile,
  sharedPrefix,
} from './checkpoint.ts';
import { StateError } from './errors.ts';
import type { ObjectStore } from './object-store.ts';

/** A checkpoint that cannot be used, and why. */
export interface RejectedCheckpoint {
  readonly checkpoint: number;
  readonly reason: string;
}

/** A checkpoint with the content of all its files, each verified. */
export interface LoadedCheckpoint {
  readonly manifest: CheckpointManifest;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Newer ones that were passed over. */
  readonly rejected: readonly RejectedCheckpoint[];
}

const METADATA = /chk-(\d{10})\/_metadata$/;
const DIRECTORY = /\/chk-(\d{10})\//;

/** The checkpoints of one job in one store. */
export class CheckpointStore {
  readonly #store: ObjectStore;
  readonly #job: string;

  constructor(store: ObjectStore, job: string) {
    this.#store = store;
    this.#job = job;
  }

  /** Numbers of checkpoints that have a manifest, ascending. */
  async numbers(): Promise<number[]> {
    const found: number[] = [];
    for await (const { key } of this.#store.list(`${checkpointPrefix(this.#job)}chk-`)) {
      const match = METADATA.exec(key);
      if (match) found.push(Number(match[1]));
    }
    return found;
  }

  /** Writes one file. @param key relative to the state root. */
  async writeFile(key: string, content: Uint8Array): Promise<StateFile> {
    return { key, ...(await this.#store.put(key, content)) };
  }

  /** Completes a checkpoint: from here on it exists. */
  async complete(manifest: CheckpointManifest): Promise<void> {
    await this.#store.put(metadataKey(this.#job, manifest.checkpoint), Buffer.from(`${JSON.stringify(manifest)}\n`));
  }

  /** @throws StateError HR-STATE-002, -003 or -004. */
  async manifest(checkpoint: number): Promise<CheckpointManifest> {
    const key = metadataKey(this.#job, checkpoint);
    const content = await this.#store.get(key);
    if (!content) throw new StateError('HR-STATE-002', `${this.#store.uri}/${key}`, 'there is no such object');
    return parseManifest(content, `${this.#store.uri}/${key}`);
  }

  /** The newest checkpoint whose files are all there and as they were written; undefined when there is none at all. */
  async newest(): Promise<LoadedCheckpoint | undefined> {
    const rejected: RejectedCheckpoint[] = [];
    for (const checkpoint of (await this.numbers()).reverse()) {
      try {
        const manifest = await this.manifest(checkpoint);
        return { manifest, files: await this.#load(manifest), rejected };
      } catch (error) {
        if (!(error instanceof StateError) || error.code === 'HR-STATE-001') throw error;
        rejected.push({ checkpoint, reason: error.message });
      }
    }
    const newestRejected = rejected[0];
    if (newestRejected) {
      throw new StateError(
        'HR-STATE-006',
        `${this.#store.uri}/${checkpointPrefix(this.#job)}`,
        `none of ${rejected.length} checkpoints is whole; the newest: ${newestRejected.reason}`,
        {
          mend: 'restore from another region, or start without state in a new directory',
        },
      );
    }
    return undefined;
  }

  /**
   * Deletes all but the newest `count` checkpoints, what is left of broken and unfinished ones before the newest, and
   * shared files that none of those needs. @returns the manifests that are kept, oldest first.
   */
  async retain(count: number): Promise<CheckpointManifest[]> {
    const kept: CheckpointManifest[] = [];
    for (const n of (await this.numbers()).reverse()) {
      if (kept.length === count) break;
      try {
        kept.unshift(await this.manifest(n));
      } catch (error) {
        // A broken manifest restores nothing, so it protects no file either.
        if (!(error instanceof StateError) || (error.code !== 'HR-STATE-002' && error.code !== 'HR-STATE-003'))
          throw error;
      }
    }
    const newest = kept.at(-1)?.checkpoint ?? 0;
    const keptNumbers = new Set(kept.map((manifest) => manifest.checkpoint));
    const old = new Set<number>();
    for await (const { key } of this.#store.list(`${checkpointPrefix(this.#job)}chk-`)) {
      const n = Number(DIRECTORY.exec(key)?.[1] ?? Number.POSITIVE_INFINITY);
      if (n < newest && !keptNumbers.has(n)) old.add(n);
    }
    for (const n of old) {
      // The manifest goes first: what is half deleted must not look complete.
      await this.#store.delete(metadataKey(this.#job, n));
      for await (const { key } of this.#store.list(checkpointDirectory(this.#job, n))) await this.#store.delete(key);
    }
    const needed = new Set(kept.flatMap((manifest) => manifest.files.map((file) => file.key)));
    for await (const { key } of this.#store.list(sharedPrefix(this.#job))) {
      // A file of a checkpoint that is being written now is newer than the newest complete one.
      if (!needed.has(key) && numberOf(key) <= newest) await this.#store.delete(key);
    }
    return kept;
  }

  /** Deletes all checkpoints, complete or not, and nothing else of the store. */
  async removeAll(): Promise<void> {
    for (const n of await this.numbers()) await this.#store.delete(metadataKey(this.#job, n));
    for await (const { key } of this.#store.list(checkpointPrefix(this.#job))) await this.#store.delete(key);
  }

  async #load(manifest: CheckpointManifest): Promise<Map<string, Uint8Array>> {
    const files = new Map<string, Uint8Array>();
    for (const file of manifest.files) {
      const place = `${this.#store.uri}/${file.key}`;
      const content = await this.#store.get(file.key);
      if (!content) throw new StateError('HR-STATE-002', place, 'there is no such object');
      if (content.byteLength !== file.size)
        throw new StateError('HR-STATE-003', place, `has ${content.byteLength} bytes instead of ${file.size}`);
      if (createHash('sha256').update(content).digest('hex') !== file.sha256)
        throw new StateError('HR-STATE-003', place, 'its checksum does not match');
      files.set(file.key, content);
    }
    return files;
  }
}

/** Shared files are named `<ten digits of the checkpoint that wrote them>-…`. */
export const sharedFile = (job: string, checkpoint: number, name: string) =>
  `${sharedPrefix(job)}${String(checkpoint).padStart(10, '0')}-${name}`;
const numberOf = (key: string) => Number(/\/shared\/(\d{10})-/.exec(key)?.[1] ?? Number.POSITIVE_INFINITY);

function parseManifest(content: Uint8Array, place: string): CheckpointManifest {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(content).toString('utf8'));
  } catch (cause) {
    throw new StateError('HR-STATE-003', place, 'is not a manifest', { cause });
  }
  const parsed = checkpointManifestSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const format = (data as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format !== 1) {
    throw new StateError('HR-STATE-004', place, `has format ${format}; this version reads format 1`, {
      mend: 'use the version of Headrace that wrote it',
    });
  }
  const issue = parsed.error.issues[0];
  throw new StateError('HR-STATE-003', place, `is not a manifest: ${issue?.path.join('.')}: ${issue?.message}`);
}
