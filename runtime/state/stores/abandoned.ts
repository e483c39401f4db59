import type { ObjectStore } from '../object-store.ts';

/**
 * Reads of a store that nobody waits for once `signal` aborts: a replicator whose primary's store has stopped answering must
 * not hold its region's takeover up for as long as a client's patience lasts. Reads alone: a write that is given up may happen yet.
 */
export function abandonedWith(
  store: Pick<ObjectStore, 'uri' | 'get' | 'read' | 'list'>,
  signal: AbortSignal,
): Pick<ObjectStore, 'uri' | 'get' | 'read' | 'list'> {
  return {
    uri: store.uri,
    get: (key) => unless(signal, store.get(key)),
    read: (key) => each(signal, store.read(key)),
    list: (prefix) => each(signal, store.list(prefix)),
  };
}

async function* each<T>(signal: AbortSignal, items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let given = true;
  try {
    for (;;) {
      given = false;
      const next = await unless(signal, iterator.next());
      given = true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // A generator in the middle of a read ends only with the read: nobody waits for that.
    const ended = iterator.return?.();
    if (given) await ended;
    else ended?.catch(() => {});
  }
}

function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = () => reject(signal.reason);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
  });
}
