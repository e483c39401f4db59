import type { ObjectInfo, ObjectStore } from '../../runtime/state/object-store.ts';

/** Why an operation of a dead process does not happen. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** A process as its stores see it: it dies at one of its operations, before or after that took effect, and does nothing more. */
export class MortalProcess {
  /** Operations so far. */
  operations = 0;
  readonly #end = new AbortController();
  readonly #diesAt: number;
  readonly #afterwards: boolean;

  /** @param diesAt number of the operation, from 1. @param afterwards whether that operation takes effect yet. */
  constructor(diesAt: number, afterwards: boolean) {
    this.#diesAt = diesAt;
    this.#afterwards = afterwards;
  }

  get dead(): boolean {
    return this.#end.signal.aborted;
  }

  /** Aborted by its death: what would try a failed operation again for ever ends with it. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** A store as this process uses it. */
  using(store: ObjectStore): ObjectStore {
    const act = async <T>(work: () => Promise<T>): Promise<T> => {
      const last = this.#begin();
      const result = await work();
      if (last || this.dead) throw this.#die();
      return result;
    };
    const each = <T>(items: () => AsyncIterable<T>): AsyncGenerator<T> => this.#each(items);
    return {
      uri: store.uri,
      get: (key) => act(() => store.get(key)),
      getVersioned: (key) => act(() => store.getVersioned(key)),
      read: (key) => each(() => store.read(key)),
      put: (key, data, check) => act(() => store.put(key, data, check)),
      putIfAbsent: (key, data) => act(() => store.putIfAbsent(key, data)),
      putIfVersion: (key, data, version) => act(() => store.putIfVersion(key, data, version)),
      list: (prefix): AsyncIterable<ObjectInfo> => each(() => store.list(prefix)),
      copy: (from, to) => act(() => store.copy(from, to)),
      delete: (key) => act(() => store.delete(key)),
    };
  }

  async *#each<T>(items: () => AsyncIterable<T>): AsyncGenerator<T> {
    if (this.#begin()) throw this.#die();
    for await (const item of items()) {
      if (this.dead) throw this.#die();
      yield item;
    }
  }

  /** @returns whether this is the last operation, which takes effect and is not answered. */
  #begin(): boolean {
    if (this.dead) throw this.#die();
    this.operations += 1;
    if (this.operations < this.#diesAt) return false;
    if (!this.#afterwards) throw this.#die();
    return true;
  }

  #die(): Killed {
    const killed = new Killed(`killed at operation ${this.#diesAt}`);
    this.#end.abort(killed);
    return killed;
  }
}
