import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { StateError } from '../errors.ts';
import type { ContentCheck, ObjectInfo, ObjectStore, VersionedObject, WrittenObject } from '../object-store.ts';
import { KeySpace } from './keys.ts';
import { PART_CONCURRENCY, PART_SIZE, PartStream } from './parts.ts';
import { type OpenedObject, readResuming, readWhole } from './resuming-read.ts';
import { copyInParts, uploadInParts } from './s3-multipart.ts';
import { guarded, statusOf } from './store-failure.ts';

export interface S3Options {
  /** Another endpoint than AWS's. Default: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, as the SDK reads them. */
  readonly endpoint?: string | undefined;
  /** Default: AWS_REGION, the profile's, or the pod's. */
  readonly region?: string | undefined;
  /** Bucket in the path instead of the host name. Default: with another endpoint than AWS's. */
  readonly pathStyle?: boolean | undefined;
  /** Default: the SDK's chain, which finds a pod's identity. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Attempts of a request that is throttled or fails with 5xx, with growing pauses. Default: 6. */
  readonly attempts?: number | undefined;
  /** Bytes of the first parts of a large object. Default: 8 MiB. */
  readonly partSize?: number | undefined;
  /** Bytes from which on an object is copied in parts. Default: 5 GiB, the most that S3 copies at once. */
  readonly copyPartSize?: number | undefined;
}

/** Seconds without a byte after which a connection is given up; Node's default is never. */
const SILENCE_MS = 30_000;
const CONNECT_MS = 10_000;
/** User metadata: what was written, and by which call. */
const DIGEST = 'sha256';
const WRITE = 'headrace-write';

/**
 * Objects of one S3 bucket under a prefix. Versions are ETags: of two writes with the same content both have the same.
 * Objects of one part carry their SHA-256 and are compared with it when they are read; of larger ones S3 checked each
 * part's as it arrived. Keys outside of Unicode's basic plane are listed in the order of their UTF-8.
 */
export class S3Store implements ObjectStore {
  readonly uri: string;
  readonly #keys: KeySpace;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #partSize: number;
  readonly #copyPartSize: number;

  constructor(bucket: string, prefix: string, options: S3Options = {}) {
    this.#keys = new KeySpace(`s3://${bucket}/${prefix}`, prefix);
    this.uri = this.#keys.uri;
    this.#bucket = bucket;
    this.#partSize = options.partSize ?? PART_SIZE;
    this.#copyPartSize = options.copyPartSize ?? 5 * 2 ** 30;
    const { endpoint, region, credentials, attempts = 6 } = options;
    const elsewhere = endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
    this.#client = new S3Client({
      maxAttempts: attempts,
      forcePathStyle: options.pathStyle ?? elsewhere !== undefined,
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
      ...(credentials === undefined ? {} : { credentials }),
    });
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
      if (first && !stream.ended) {
        const target = { client: this.#client, bucket: this.#bucket, name };
        return uploadInParts(target, first, stream, PART_CONCURRENCY);
      }
      const written = stream.written();
      await this.#putWhole(name, first?.data ?? new Uint8Array(), written.sha256, {});
      return written;
    });
  }

  async putIfAbsent(key: string, data: Uint8Array): Promise<boolean> {
    return (await this.#putIf(key, data, { IfNoneMatch: '*' })) !== undefined;
  }

  putIfVersion(key: string, data: Uint8Array, version: string): Promise<string | undefined> {
    return this.#putIf(key, data, { IfMatch: version });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    const pages = paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: this.#keys.listed(prefix) },
    )[Symbol.asyncIterator]();
    for (;;) {
      const page = await this.#guard(prefix, () => pages.next());
      if (page.done) return;
      for (const { Key = '', Size = 0, LastModified } of page.value.Contents ?? []) {
        const key = this.#keys.key(Key);
        if (key !== undefined) yield { key, size: Size, modified: LastModified?.getTime() ?? 0 };
      }
    }
  }

  copy(from: string, to: string): Promise<void> {
    return this.#guard(from, async () => {
      const [source, target] = [this.#keys.name(from), this.#keys.name(to)];
      const head = await this.#head(source);
      if (!head) throw new StateError('HR-STATE-002', this.#keys.place(from), 'there is no such object');
      const size = head.ContentLength ?? 0;
      const place = { client: this.#client, bucket: this.#bucket, name: target };
      if (size > this.#copyPartSize) {
        await copyInParts(place, { name: source, size, version: head.ETag as string }, this.#copyPartSize);
        return;
      }
      await this.#client.send(
        new CopyObjectCommand({ Bucket: this.#bucket, Key: target, CopySource: copySource(this.#bucket, source) }),
      );
    });
  }

  delete(key: string): Promise<void> {
    return this.#guard(key, async () => {
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: this.#keys.name(key) }));
    });
  }

  #opener(key: string) {
    return (offset: number, version: string | undefined): Promise<OpenedObject | undefined> =>
      this.#guard(key, async () => {
        try {
          const answer = await this.#client.send(
            new GetObjectCommand({
              Bucket: this.#bucket,
              Key: this.#keys.name(key),
              ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}),
              ...(version === undefined ? {} : { IfMatch: version }),
            }),
          );
          return {
            body: answer.Body as AsyncIterable<Uint8Array>,
            version: answer.ETag as string,
            size: offset + (answer.ContentLength ?? 0),
            sha256: answer.Metadata?.[DIGEST],
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
    sha256: string,
    more: Partial<PutObjectCommandInput>,
  ): Promise<string> {
    const { ETag } = await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: name,
        Body: data,
        // S3 refuses a body that does not match.
        ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
        ...more,
        Metadata: { [DIGEST]: sha256, ...more.Metadata },
      }),
    );
    return ETag as string;
  }

  #putIf(
    key: string,
    data: Uint8Array,
    condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
  ): Promise<string | undefined> {
    return this.#guard(key, async () => {
      const name = this.#keys.name(key);
      const id = randomUUID();
      const sha256 = createHash('sha256').update(data).digest('hex');
      for (;;) {
        try {
          return await this.#putWhole(name, data, sha256, { ...condition, Metadata: { [WRITE]: id } });
        } catch (error) {
          // Two writers at once: S3 asks to try again (409 ConditionalRequestConflict).
          if (statusOf(error) === 409) {
            await sleep(20 + 80 * Math.random());
            continue;
          }
          if (statusOf(error) !== 412 && !isAbsent(error)) throw error;
          // The SDK tries again when an answer was lost: the refusal may be of our own success.
          const head = await this.#head(name);
          return head?.Metadata?.[WRITE] === id ? head.ETag : undefined;
        }
      }
    });
  }

  async #head(name: string) {
    try {
      return await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: name }));
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  #guard<T>(key: string, work: () => Promise<T>): Promise<T> {
    return guarded(this.#keys.place(key), 's3', work);
  }
}

/** A missing bucket is not a missing object. */
const isAbsent = (error: unknown) => (error as { name?: string }).name === 'NoSuchKey';

const copySource = (bucket: string, name: string) => `${bucket}/${encodeURIComponent(name)}`;
