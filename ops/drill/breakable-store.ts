import { setTimeout as sleep } from 'node:timers/promises';
import { StateError } from '../../runtime/state/errors.ts';
import type { ObjectInfo, ObjectStore, VersionedObject, WrittenObject } from '../../runtime/state/object-store.ts';

/** A store that a drill can cut off: it then answers nothing, until its client gives up. */
export class BreakableStore implements ObjectStore {
  readonly uri: string;
  readonly #store: ObjectStore;
  readonly #patience: number;
  #cut = false;

  /** @param patience milliseconds after which a call without an answer fails. */
  constructor(store: ObjectStore, patience: number) {
    this.#store = store;
    this.#patience = patience;
    this.uri = store.uri;
  }

  cut(): void {
    this.#cut = true;
  }

  get = (key: string): Promise<Uint8Array | undefined> => this.#through(key, () => this.#store.get(key));

  getVersioned = (key: string): Promise<VersionedObject | undefined> =>
    this.#through(key, () => this.#store.getVersioned(key));

  async *read(key: string): AsyncIterable<Uint8Array> {
    await this.#answer(key);
    for await (const chunk of this.#store.read(key)) {
      await this.#answer(key);
      yield chunk;
    }
  }

  put = (key: string, data: Uint8Array | AsyncIterable<Uint8Array>): Promise<WrittenObject> =>
    this.#through(key, () => this.#store.put(key, data));

  putIfAbsent = (key: string, data: Uint8Array): Promise<boolean> =>
    this.#through(key, () => this.#store.putIfAbsent(key, data));

  putIfVersion = (key: string, data: Uint8Array, version: string): Promise<string | undefined> =>
    this.#through(key, () => this.#store.putIfVersion(key, data, version));

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    await this.#answer(prefix);
    for await (const object of this.#store.list(prefix)) {
      await this.#answer(prefix);
      yield object;
    }
  }

  copy = (from: string, to: string): Promise<void> => this.#through(to, () => this.#store.copy(from, to));

  delete = (key: string): Promise<void> => this.#through(key, () => this.#store.delete(key));

  /** What was asked before the cut and answered behind it is lost: the caller does not know whether it took effect. */
  async #through<T>(key: string, work: () => Promise<T>): Promise<T> {
    await this.#answer(key);
    const result = await work();
    await this.#answer(key);
    return result;
  }

  async #answer(key: string): Promise<void> {
    if (!this.#cut) return;
    await sleep(this.#patience);
    throw new StateError('HR-STATE-001', `${this.uri}/${key}`, `no answer within ${this.#patience} ms`, {
      mend: 'the drill has cut this store off',
    });
  }
}
