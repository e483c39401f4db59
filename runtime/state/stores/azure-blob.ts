import { createHash, randomUUID } from 'node:crypto';
import {
  type BlobRequestConditions,
  BlobServiceClient,
  type ContainerClient,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { StateError } from '../errors.ts';
import type { ContentCheck, ObjectInfo, ObjectStore, VersionedObject, WrittenObject } from '../object-store.ts';
import { KeySpace } from './keys.ts';
import { PART_CONCURRENCY, PART_SIZE, PartStream, sendParts } from './parts.ts';
import { type OpenedObject, readResuming, readWhole } from './resuming-read.ts';
import { guarded, statusOf } from './store-failure.ts';

export interface AzureBlobOptions {
  /** URL of the blob service. Default: AZURE_STORAGE_BLOB_ENDPOINT, else the account's own at its cloud. */
  readonly endpoint?: string | undefined;
  /** Shared key of the account, for stand-ins. Default: AZURE_STORAGE_KEY; else the chain that finds a pod's identity. */
  readonly key?: string | undefined;
  /** Attempts of a request that is throttled or fails with 5xx, with growing pauses. Default: 6. */
  readonly attempts?: number | undefined;
  /** Bytes of the first blocks of a large object. Default: 8 MiB. */
  readonly partSize?: number | undefined;
}

/** Names of metadata must be identifiers here. */
const DIGEST = 'sha256';
const WRITE = 'headracewrite';
/** Milliseconds for one attempt of a request, its body included. */
const TRY_MS = 120_000;

/**
 * Objects of one Azure blob container under a prefix. Versions are ETags, which no two writes share. Each object carries its
 * SHA-256 and is compared with it when it is read; of each block the service compared the MD5 as it arrived.
 */
export class AzureBlobStore implements ObjectStore {
  readonly uri: string;
  readonly #keys: KeySpace;
  readonly #container: ContainerClient;
  readonly #partSize: number;

  /** @param host of the account's data lake endpoint, as the URI has it: `account.dfs.core.windows.net`. */
  static async open(host: string, container: string, prefix: string, options: AzureBlobOptions = {}) {
    const [account = ''] = host.split('.');
    const endpoint =
      options.endpoint ??
      process.env['AZURE_STORAGE_BLOB_ENDPOINT'] ??
      `https://${host.replace(/\.(dfs|blob)\./, '.blob.')}`;
    const key = options.key ?? process.env['AZURE_STORAGE_KEY'];
    const credential = key
      ? new StorageSharedKeyCredential(account, key)
      : new (await import('@azure/identity')).DefaultAzureCredential();
    const service = new BlobServiceClient(endpoint, credential, {
      retryOptions: {
        maxTries: options.attempts ?? 6,
        retryDelayInMs: 200,
        maxRetryDelayInMs: 10_000,
        tryTimeoutInMs: TRY_MS,
      },
    });
    const uri = `abfss://${container}@${host}/${prefix}`;
    return new AzureBlobStore(new KeySpace(uri, prefix), service.getContainerClient(container), options);
  }

  private constructor(keys: KeySpace, container: ContainerClient, options: AzureBlobOptions) {
    this.#keys = keys;
    this.uri = keys.uri;
    this.#container = container;
    this.#partSize = options.partSize ?? PART_SIZE;
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
      const name = this.#keys.name(key);
      const stream = new PartStream(data, this.#partSize, check);
      const first = await stream.next();
      if (!first || stream.ended) {
        const written = stream.written();
        await this.#putWhole(name, first?.data ?? new Uint8Array(), { [DIGEST]: written.sha256 });
        return written;
      }
      const blob = this.#container.getBlockBlobClient(name);
      // Blocks of two uploads of one name must not mix.
      const upload = randomUUID();
      const blocks: string[] = [];
      try {
        await sendParts(first, stream, PART_CONCURRENCY, async ({ index, data }) => {
          const id = Buffer.from(`${upload}-${String(index).padStart(5, '0')}`).toString('base64');
          blocks[index] = id;
          await blob.stageBlock(id, data, data.byteLength, { transactionalContentMD5: md5(data) });
        });
      } catch (error) {
        // Blocks that are never committed vanish within a week; nobody sees them.
        await stream.stop();
        throw error;
      }
      const written = stream.written();
      await blob.commitBlockList(blocks, { metadata: { [DIGEST]: written.sha256 } });
      return written;
    });
  }

  async putIfAbsent(key: string, data: Uint8Array): Promise<boolean> {
    return (await this.#putIf(key, data, { ifNoneMatch: '*' })) !== undefined;
  }

  putIfVersion(key: string, data: Uint8Array, version: string): Promise<string | undefined> {
    return this.#putIf(key, data, { ifMatch: version });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const pages = this.#container
      .listBlobsFlat({ prefix: this.#keys.listed(prefix), includeMetadata: true })
      .byPage({ maxPageSize: 1_000 });
    for (;;) {
      const page = await this.#guard(prefix, () => pages.next());
      if (page.done) return;
      for (const { name, properties, metadata } of page.value.segment.blobItems) {
        const key = this.#keys.key(name);
        if (key === undefined || isFolder(metadata)) continue;
        yield { key, size: properties.contentLength ?? 0, modified: properties.lastModified.getTime() };
      }
    }
  }

  copy(from: string, to: string): Promise<void> {
    return this.#guard(from, async () => {
      const source = this.#container.getBlobClient(this.#keys.name(from));
      const target = this.#container.getBlobClient(this.#keys.name(to));
      try {
        // Within one account the service does it at once or soon, whatever the size.
        const { copyStatus } = await (await target.beginCopyFromURL(source.url)).pollUntilDone();
        if (copyStatus !== 'success') throw new Error(`the copy ended as ${copyStatus}`);
      } catch (error) {
        if (!isAbsent(error)) throw error;
        throw new StateError('HR-STATE-002', this.#keys.place(from), 'there is no such object');
      }
    });
  }

  delete(key: string): Promise<void> {
    return this.#guard(key, async () => {
      try {
        await this.#container.getBlobClient(this.#keys.name(key)).delete({ deleteSnapshots: 'include' });
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    });
  }

  #opener(key: string) {
    return (offset: number, version: string | undefined): Promise<OpenedObject | undefined> =>
      this.#guard(key, async () => {
        try {
          const answer = await this.#container.getBlobClient(this.#keys.name(key)).download(offset, undefined, {
            ...(version === undefined ? {} : { conditions: { ifMatch: version } }),
            maxRetryRequests: 0,
          });
          if (isFolder(answer.metadata)) return undefined;
          return {
            body: answer.readableStreamBody as unknown as AsyncIterable<Uint8Array>,
            version: answer.etag as string,
            size: offset + (answer.contentLength ?? 0),
            sha256: answer.metadata?.[DIGEST],
          };
        } catch (error) {
          if (isAbsent(error) || statusOf(error) === 412) return undefined;
          throw error;
        }
      });
  }

  async #putWhole(
    name: string,
    data: Uint8Array,
    metadata: Record<string, string>,
    conditions: BlobRequestConditions = {},
  ): Promise<string> {
    const { etag } = await this.#container.getBlockBlobClient(name).upload(data, data.byteLength, {
      metadata,
      conditions,
      transactionalContentMD5: md5(data),
    });
    return etag as string;
  }

  #putIf(key: string, data: Uint8Array, conditions: BlobRequestConditions): Promise<string | undefined> {
    return this.#guard(key, async () => {
      const name = this.#keys.name(key);
      const id = randomUUID();
      const sha256 = createHash('sha256').update(data).digest('hex');
      try {
        return await this.#putWhole(name, data, { [DIGEST]: sha256, [WRITE]: id }, conditions);
      } catch (error) {
        // 409 BlobAlreadyExists, 412 ConditionNotMet.
        if (![409, 412].includes(statusOf(error) ?? 0) && !isAbsent(error)) throw error;
        // The SDK tries again when an answer was lost: the refusal may be of our own success.
        const properties = await this.#container
          .getBlobClient(name)
          .getProperties()
          .catch((cause: unknown) => {
            if (statusOf(cause) === 404) return undefined;
            throw cause;
          });
        return properties?.metadata?.[WRITE] === id ? properties.etag : undefined;
      }
    });
  }

  #guard<T>(key: string, work: () => Promise<T>): Promise<T> {
    return guarded(this.#keys.place(key), 'azure', work);
  }
}

const md5 = (data: Uint8Array) => createHash('md5').update(data).digest();

/** A missing container is not a missing object. */
const isAbsent = (error: unknown) => {
  const { code, details } = error as { code?: string; details?: { errorCode?: string } };
  return [code, details?.errorCode].some((value) => value === 'BlobNotFound' || value === 'CannotVerifyCopySource');
};

/** Hadoop's driver marks folders by an empty blob. */
const isFolder = (metadata: Record<string, string> | undefined) => metadata?.['hdi_isfolder'] === 'true';
