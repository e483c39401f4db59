/** What a listing tells of an object. */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Last write, milliseconds since 1970. */
  readonly modified: number;
}

/** An object's content with the version that a conditional write compares. */
export interface VersionedObject {
  readonly data: Uint8Array;
  readonly version: string;
}

/** What was written, computed over the bytes that left. */
export interface WrittenObject {
  readonly size: number;
  /** SHA-256, lower-case hexadecimal. */
  readonly sha256: string;
}

/** Told of all that was taken before the object appears; when it throws, nothing is written. */
export type ContentCheck = (content: WrittenObject) => void;

/** Writes of many objects that wait for the disk together. */
export interface WriteBatch {
  /** As the store's, but the content may be lost with the machine, or not appear yet, until `settle` returned. */
  put(key: string, data: Uint8Array | AsyncIterable<Uint8Array>, check?: ContentCheck): Promise<WrittenObject>;
  /** Waits until all that was put is there for good; rejects when any of it failed. To be called after the last `put`, failed or not. */
  settle(): Promise<void>;
}

/**
 * An object store, or a directory that behaves as one. Keys are `/`-separated, without a leading slash, relative to
 * the store's root. Writes are atomic: a key holds the old content, the new content, or nothing, never a part; after
 * a returned write the content survives the death of the process and of the machine.
 * Adapters reject with `StateError` (`HR-STATE-…`), never with a vendor's error alone.
 */
export interface ObjectStore {
  /** The root for people and logs: `file:///…`, `s3://bucket/prefix`. */
  readonly uri: string;
  /** Whole content; undefined where there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Whole content and its version, for a later `putIfVersion`. */
  getVersioned(key: string): Promise<VersionedObject | undefined>;
  /** Content as a stream of chunks. @throws StateError HR-STATE-002 where there is no such object. */
  read(key: string): AsyncIterable<Uint8Array>;
  put(key: string, data: Uint8Array | AsyncIterable<Uint8Array>, check?: ContentCheck): Promise<WrittenObject>;
  /** Only where that is faster than one `put` after another. */
  batch?(): WriteBatch;
  /** Creates an object. @returns false, with nothing written, when the key exists: of several writers exactly one wins. */
  putIfAbsent(key: string, data: Uint8Array): Promise<boolean>;
  /** Replaces an object that still has `version`. @returns the new version; undefined, with nothing written, otherwise. */
  putIfVersion(key: string, data: Uint8Array, version: string): Promise<string | undefined>;
  /** Objects whose key starts with `prefix`, in order of key (code units). */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  copy(from: string, to: string): Promise<void>;
  /** Deletes an object; an absent one is no error. */
  delete(key: string): Promise<void>;
}
