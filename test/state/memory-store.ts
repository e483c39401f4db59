import { createHash } from 'node:crypto';
import { StateError } from '../../runtime/state/errors.ts';
import type {
  ContentCheck,
  ObjectInfo,
  ObjectStore,
  VersionedObject,
  WrittenObject,
} from '../../runtime/state/object-store.ts';

/** An object store in memory whose operations can be made to fail or to run something first: for faults that a directory cannot show. */
export class MemoryStore implements ObjectStore {
  readonly uri: string;
  readonly objects = new Map<string, { data: Uint8Array; version: number }>();
  /** Called before every operation; a rejection is the store's answer. */
  before: (operation: string, key: string) => void | Promise<void> = () => {};
  /** Called after an operation took effect; a rejection loses its answer. */
  after: (operation: string, key: string) => void = () => {};
  #versions = 0;

  constructor(name = 'memory') {
    this.uri = `memory://${name}`;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    await this.before('get', key);
    return this.objects.get(key)?.data;
  }

  async getVersioned(key: string): Promise<VersionedObject | undefined> {
    await this.before('getVersioned', key);
    const object = this.objects.get(key);
    return object && { data: object.data, version: String(object.version) };
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    await this.before('read', key);
    const object = this.objects.get(key);
    if (!object) throw new StateError('HR-STATE-002', `${this.uri}/${key}`, 'there is no such object');
    for (let i = 0; i < object.data.byteLength || i === 0; i += 7) yield object.data.subarray(i, i + 7);
  }

  async put(
    key: string,
    data: Uint8Array | AsyncIterable<Uint8Array>,
    check: ContentCheck = () => {},
  ): Promise<WrittenObject> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of data instanceof Uint8Array ? [data] : data) chunks.push(chunk);
    await this.before('put', key);
    const whole = Buffer.concat(chunks);
    const written = { size: whole.byteLength, sha256: createHash('sha256').update(whole).digest('hex') };
    check(written);
    this.#set(key, whole);
    this.after('put', key);
    return written;
  }

  async putIfAbsent(key: string, data: Uint8Array): Promise<boolean> {
    await this.before('putIfAbsent', key);
    if (this.objects.has(key)) return false;
    this.#set(key, data);
    this.after('putIfAbsent', key);
    return true;
  }

  async putIfVersion(key: string, data: Uint8Array, version: string): Promise<string | undefined> {
    await this.before('putIfVersion', key);
    if (String(this.objects.get(key)?.version) !== version) return undefined;
    const written = this.#set(key, data);
    this.after('putIfVersion', key);
    return String(written);
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    await this.before('list', prefix);
    for (const key of [...this.objects.keys()].sort()) {
      const object = this.objects.get(key);
      if (object && key.startsWith(prefix)) yield { key, size: object.data.byteLength, modified: object.version };
    }
  }

  async copy(from: string, to: string): Promise<void> {
    await this.put(to, this.read(from));
  }

  async delete(key: string): Promise<void> {
    await this.before('delete', key);
    this.objects.delete(key);
  }

  #set(key: string, data: Uint8Array): number {
    this.#versions += 1;
    this.objects.set(key, { data, version: this.#versions });
    return this.#versions;
  }
}
