import { StateError } from '../errors.ts';

/** Places of a store's keys inside its bucket or container. */
export class KeySpace {
  /** URI of the store's root, without a slash at its end. */
  readonly uri: string;
  readonly #base: string;

  /** @param prefix inside the bucket; slashes at its ends do not count. */
  constructor(uri: string, prefix: string) {
    const inner = prefix.replace(/^\/+|\/+$/g, '');
    this.uri = uri.replace(/\/+$/, '');
    this.#base = inner === '' ? '' : `${inner}/`;
  }

  /** Name of the object that a key means. @throws StateError HR-STATE-008 */
  name(key: string): string {
    if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw new StateError('HR-STATE-008', this.place(key), 'not a key of this store');
    }
    return this.#base + key;
  }

  /** Name that a listing by key prefix starts with. */
  listed(prefix: string): string {
    return this.#base + prefix;
  }

  /** Key of an object; undefined for what a console or Hadoop's drivers leave in place of a folder. */
  key(name: string): string | undefined {
    return name.endsWith('/') ? undefined : name.slice(this.#base.length);
  }

  place(key: string): string {
    return `${this.uri}/${key}`;
  }
}
