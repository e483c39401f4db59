import { createHash, randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { type Bucket, type File, type FileMetadata, IdempotencyStrategy, Storage } from '@google-cloud/storage';
import { StateError } from '../errors.ts';
import type { ContentCheck, ObjectInfo, ObjectStore, VersionedObject, WrittenObject } from '../object-store.ts';
import { KeySpace } from './keys.ts';
import { PART_SIZE, type Part, PartStream } from './parts.ts';
import { type OpenedObject, readResuming, readWhole } from './resuming-read.ts';
import { guarded, statusOf } from './store-failure.ts';

export interface GcsOptions {
  /** Another endpoint than Google's, without a path. Default: STORAGE_EMULATOR_HOST. */
  readonly endpoint?: string | undefined;
  /** Attempts of a request that is throttled or fails with 5xx, with growing pauses. Default: 6. */
  readonly attempts?: number | undefined;
  /** Bytes of an upload's chunks, a multiple of 256 KiB; smaller objects go in one request. Default: 8 MiB. */
  readonly partSize?: number | undefined;
}

/** User metadata: what was written, and by which call. */
const DIGEST = 'sha256';
const WRITE = 'headrace-write';

/**
 * Objects of one Cloud Storage bucket under a prefix. Versions are generations. Each object carries its SHA-256 and is compared
 * with it when it is read; the service compares MD5 (CRC32C of large objects) as it arrives.
 */
export class GcsStore implements ObjectStore {
  readonly uri: string;
  readonly #keys: KeySpace;
  readonly #bucket: Bucket;
  readonly #partSize: number;

  constructor(bucket: string, prefix: string, options: GcsOptions = {}) {
    this.#keys = new KeySpace(`gs://${bucket}/${prefix}`, prefix);
    this.uri = this.#keys.uri;
    this.#partSize = options.partSize ?? PART_SIZE;
    const endpoint = options.endpoint ?? process.env['STORAGE_EMULATOR_HOST'];
    const storage = new Storage({
      ...(endpoint === undefined ? {} : { apiEndpoint: endpoint }),
      retryOptions: {
        autoRetry: true,
        maxRetries: (options.attempts ?? 6) - 1,
        maxRetryDelay: 10,
        totalTimeout: 120,
        // Of a write that took effect twice, both have the same content; conditional ones carry a mark of their own.
        idempotencyStrategy: IdempotencyStrategy.RetryAlways,
      },
    });
    // With that variable the SDK writes below the service's path and reads without it: what was written is never found.
    if (endpoint !== undefined) storage.baseUrl = `${endpoint.replace(/\/+$/, '')}/storage/v1`;
    this.#bucket = storage.bucket(bucket);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.getVersioned(key))?.data;
  }

  getVersioned(key: string): Promise<VersionedObject | undefined> {
    return this.#guard(key, () => readWhole(this.#keys.place(key), this.#opener(key)));
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    yield* readResuming(this.#keys.place(key), this.#opener(key));
  }

  put(key: string, data: Uint8Array | AsyncIterable<Uint8Array>, check?: ContentCheck): Promise<WrittenObject> {
    return this.#guard(key, async () => {
      const file = this.#bucket.file(this.#keys.name(key));
      const stream = new PartStream(data, this.#partSize, check);
      const first = await stream.next();
      if (first && !stream.ended) return this.#putLarge(file, first, stream);
      const written = stream.written();
      await this.#putWhole(file, first?.data ?? new Uint8Array(), { [DIGEST]: written.sha256 });
      return written;
    });
  }

  async putIfAbsent(key: string, data: Uint8Array): Promise<boolean> {
    return (await this.#putIf(key, data, 0)) !== undefined;
  }

  putIfVersion(key: string, data: Uint8Array, version: string): Promise<string | undefined> {
    return this.#putIf(key, data, version);
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    let pageToken: string | undefined;
    do {
      const [files, next] = await this.#guard(prefix, () =>
        this.#bucket.getFiles({
          prefix: this.#keys.listed(prefix),
          autoPaginate: false,
          maxResults: 1_000,
          ...(pageToken === undefined ? {} : { pageToken }),
        }),
      );
      for (const { name, metadata } of files) {
        const key = this.#keys.key(name);
        if (key !== undefined) yield { key, size: Number(metadata.size), modified: Date.parse(metadata.updated ?? '') };
      }
      pageToken = (next as { pageToken?: string } | null | undefined)?.pageToken;
    } while (pageToken !== undefined);
  }

  copy(from: string, to: string): Promise<void> {
    return this.#guard(from, async () => {
      const source = this.#bucket.file(this.#keys.name(from));
      const target = this.#bucket.file(this.#keys.name(to));
      try {
        await source.copy(target);
      } catch (error) {
        if (!isAbsent(error)) throw error;
        throw new StateError('HR-STATE-002', this.#keys.place(from), 'there is no such object');
      }
    });
  }

  delete(key: string): Promise<void> {
    return this.#guard(key, async () => {
      try {
        await this.#bucket.file(this.#keys.name(key)).delete();
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    });
  }

  #opener(key: string) {
    return (offset: number, version: string | undefined): Promise<OpenedObject | undefined> =>
      this.#guard(key, async () => {
        const name = this.#keys.name(key);
        const metadata = await this.#metadata(
          this.#bucket.file(name, version === undefined ? {} : { generation: version }),
        );
        if (!metadata) return undefined;
        const generation = String(metadata.generation);
        const size = Number(metadata.size);
        const sha256 = metadata.metadata?.[DIGEST];
        const pinned = this.#bucket.file(name, { generation });
        // A range of an empty object, or of none of it, is an error.
        const body =
          offset >= size ? none() : pinned.createReadStream({ start: offset, validation: false, decompress: false });
        return {
          body: body as AsyncIterable<Uint8Array>,
          version: generation,
          size,
          sha256: sha256 ? String(sha256) : undefined,
        };
      });
  }

  async #putLarge(file: File, first: Part, stream: PartStream): Promise<WrittenObject> {
    // One after another: the chunks of a resumable upload have an order.
    async function* parts() {
      for (let part: Part | undefined = first; part; part = await stream.next()) yield part.data;
    }
    const upload = file.createWriteStream({ resumable: true, chunkSize: this.#partSize, validation: 'crc32c' });
    try {
      await pipeline(parts, upload as unknown as NodeJS.WritableStream);
    } catch (error) {
      await stream.stop();
      throw error;
    }
    const written = stream.written();
    const { generation } = file.metadata;
    if (Number(file.metadata.size) !== written.size) {
      throw new StateError(
        'HR-STATE-003',
        this.uri,
        `${file.name} has ${file.metadata.size} bytes instead of ${written.size}`,
      );
    }
    // Known only now; without it the object is whole as well.
    const exact = this.#bucket.file(file.name, generation === undefined ? {} : { generation });
    await exact.setMetadata({ metadata: { [DIGEST]: written.sha256 } });
    return written;
  }

  /** @returns the generation that was written. */
  async #putWhole(
    file: File,
    data: Uint8Array,
    metadata: Record<string, string>,
    ifGenerationMatch?: number | string,
  ): Promise<string> {
    await file.save(Buffer.from(data.buffer, data.byteOffset, data.byteLength), {
      resumable: false,
      validation: false,
      // The service refuses a body that does not match.
      metadata: { metadata, md5Hash: createHash('md5').update(data).digest('base64') } as FileMetadata,
      ...(ifGenerationMatch === undefined ? {} : { preconditionOpts: { ifGenerationMatch } }),
    });
    return String(file.metadata.generation);
  }

  #putIf(key: string, data: Uint8Array, generation: number | string): Promise<string | undefined> {
    return this.#guard(key, async () => {
      const file = this.#bucket.file(this.#keys.name(key));
      const id = randomUUID();
      const sha256 = createHash('sha256').update(data).digest('hex');
      try {
        return await this.#putWhole(file, data, { [DIGEST]: sha256, [WRITE]: id }, generation);
      } catch (error) {
        if (statusOf(error) !== 412 && !isAbsent(error)) throw error;
        // The SDK tries again when an answer was lost: the refusal may be of our own success.
        const metadata = await this.#metadata(file);
        return metadata?.metadata?.[WRITE] === id ? String(metadata.generation) : undefined;
      }
    });
  }

  async #metadata(file: File): Promise<FileMetadata | undefined> {
    try {
      return (await file.getMetadata())[0];
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  #guard<T>(key: string, work: () => Promise<T>): Promise<T> {
    return guarded(this.#keys.place(key), 'gcs', work);
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

/** A missing bucket is not a missing object. */
const isAbsent = (error: unknown) =>
  statusOf(error) === 404 && !/specified bucket does not exist/i.test((error as Error).message);
