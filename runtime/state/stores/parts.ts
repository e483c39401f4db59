import { createHash, type Hash } from 'node:crypto';
import type { ContentCheck, WrittenObject } from '../object-store.ts';

/** A failure of the stream that is written, which is no failure of the store. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
}

/** One upload's part. */
export interface Part {
  /** From 0. */
  readonly index: number;
  readonly data: Uint8Array;
}

/** Bytes of the smallest part: S3 wants 5 MiB at least. */
export const PART_SIZE = 8 << 20;
/** Parts uploaded at once within one object. */
export const PART_CONCURRENCY = 3;
/** S3's limit; Azure takes 50,000. */
export const MAX_PARTS = 10_000;
/** Every thousand parts they grow by the first one's size: 10,000 parts from 8 MiB on hold 440 GB. */
const sizeOf = (index: number, first: number) => first * (1 + Math.floor(index / 1_000));

/** What is written, cut into parts; size and checksum are known, and checked, before the last one is handed out. */
export class PartStream {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #partSize: number;
  readonly #check: ContentCheck;
  readonly #hash: Hash = createHash('sha256');
  #written: WrittenObject | undefined;
  #size = 0;
  #index = 0;
  #rest: Uint8Array | undefined;
  #ended = false;

  constructor(data: Uint8Array | AsyncIterable<Uint8Array>, partSize: number, check: ContentCheck = () => {}) {
    this.#check = check;
    this.#chunks = data instanceof Uint8Array ? [data].values() : data[Symbol.asyncIterator]();
    this.#partSize = partSize;
  }

  /** Whether the last part was taken. */
  get ended(): boolean {
    return this.#ended && this.#rest === undefined;
  }

  /** The next part; the first one may be empty, no other is. Undefined after the last. */
  async next(): Promise<Part | undefined> {
    const wanted = sizeOf(this.#index, this.#partSize);
    const chunks: Uint8Array[] = [];
    let size = 0;
    while (size < wanted) {
      const chunk = await this.#chunk();
      if (!chunk) break;
      const taken = chunk.subarray(0, wanted - size);
      if (taken.byteLength < chunk.byteLength) this.#rest = chunk.subarray(taken.byteLength);
      size += taken.byteLength;
      chunks.push(taken);
    }
    if (size === 0 && this.#index > 0) return undefined;
    // A full part may have been the last one.
    if (size === wanted && this.#rest === undefined) this.#rest = await this.#chunk();
    const data = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
    this.#hash.update(data);
    this.#size += size;
    if (this.ended) this.#finish();
    return { index: this.#index++, data };
  }

  /** To be called after the last part. */
  written(): WrittenObject {
    if (!this.#written) throw new Error('parts are left');
    return this.#written;
  }

  /** Tells the source that no more is wanted. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.#rest = undefined;
    await this.#chunks.return?.();
  }

  #finish(): void {
    this.#written = { size: this.#size, sha256: this.#hash.digest('hex') };
    try {
      this.#check(this.#written);
    } catch (cause) {
      throw new SourceFailure('the content is not the right one', { cause });
    }
  }

  async #chunk(): Promise<Uint8Array | undefined> {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) return rest;
    while (!this.#ended) {
      let result: IteratorResult<Uint8Array>;
      try {
        result = await this.#chunks.next();
      } catch (cause) {
        this.#ended = true;
        throw new SourceFailure('the source failed', { cause });
      }
      if (result.done) this.#ended = true;
      else if (result.value.byteLength > 0) return result.value;
    }
    return undefined;
  }
}

/** Sends all parts from `first` on, a few at once; the first failure stops the others. */
export async function sendParts(
  first: Part,
  stream: PartStream,
  concurrency: number,
  send: (part: Part) => Promise<void>,
): Promise<void> {
  let pending: Part | undefined = first;
  let failed = false;
  // Parts are taken one after another: two readers of one iterator would tear it apart.
  let turn: Promise<unknown> = Promise.resolve();
  const take = (): Promise<Part | undefined> => {
    const next = turn.then(() => {
      const part = pending;
      pending = undefined;
      return part ?? (failed ? undefined : stream.next());
    });
    turn = next.catch(() => {});
    return next;
  };
  const lane = async () => {
    try {
      for (let part = await take(); part && !failed; part = await take()) await send(part);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: concurrency }, lane));
  const failure = lanes.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
