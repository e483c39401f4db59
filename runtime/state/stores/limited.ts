import { type Clock, systemClock } from '../clock.ts';
import type { ObjectStore } from '../object-store.ts';

export interface StoreLimits {
  /** Bytes read and written together, a second. Default: no limit. */
  readonly bytesPerSecond?: number | undefined;
  /** Objects that are read at once, and as many that are written, copied or deleted. Default: no limit. */
  readonly concurrency?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Bytes that pass between two looks at the clock. */
const SLICE = 256 << 10;

/**
 * A store that takes no more than its share. Listings are free: who walks one may use the store meanwhile. Reads and writes have
 * places of their own, so that a write may read from the same store.
 */
export function limited(store: ObjectStore, limits: StoreLimits): ObjectStore {
  const { bytesPerSecond, concurrency = Number.POSITIVE_INFINITY, clock = systemClock } = limits;
  const pace = bytesPerSecond === undefined ? async () => {} : pacer(bytesPerSecond, clock);
  const [reads, writes] = [places(concurrency), places(concurrency)];
  async function* slow(data: Uint8Array | AsyncIterable<Uint8Array>) {
    for await (const chunk of data instanceof Uint8Array ? [data] : data) {
      for (let start = 0; start < chunk.byteLength; start += SLICE) {
        const slice = chunk.subarray(start, start + SLICE);
        await pace(slice.byteLength);
        yield slice;
      }
    }
  }
  const small = async <T>(data: Uint8Array, work: () => Promise<T>): Promise<T> => {
    await pace(data.byteLength);
    return writes.within(work);
  };
  const versioned = async (key: string) => {
    const found = await reads.within(() => store.getVersioned(key));
    if (found) await pace(found.data.byteLength);
    return found;
  };
  return {
    uri: store.uri,
    get: async (key) => (await versioned(key))?.data,
    getVersioned: versioned,
    async *read(key) {
      const leave = await reads.enter();
      try {
        yield* slow(store.read(key));
      } finally {
        leave();
      }
    },
    put: (key, data, check) =>
      writes.within(() => store.put(key, bytesPerSecond === undefined ? data : slow(data), check)),
    putIfAbsent: (key, data) => small(data, () => store.putIfAbsent(key, data)),
    putIfVersion: (key, data, version) => small(data, () => store.putIfVersion(key, data, version)),
    list: (prefix) => store.list(prefix),
    copy: (from, to) => writes.within(() => store.copy(from, to)),
    delete: (key) => writes.within(() => store.delete(key)),
  };
}

/** Waits so long that all bytes together keep to the rate; after a pause at most one second's worth passes at once. */
function pacer(rate: number, clock: Clock): (bytes: number) => Promise<void> {
  let free = clock.monotonic();
  return async (bytes) => {
    const now = clock.monotonic();
    free = Math.max(free, now - 1_000) + (bytes / rate) * 1_000;
    if (free > now) await clock.sleep(free - now);
  };
}

/** Places that are taken in the order of asking. */
function places(count: number) {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  };
  const enter = async (): Promise<() => void> => {
    if (taken < count) taken += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };
  return {
    enter,
    async within<T>(work: () => Promise<T>): Promise<T> {
      const done = await enter();
      try {
        return await work();
      } finally {
        done();
      }
    },
  };
}
