/** Fault modelled: a copy that takes all of a link or of a store's requests, to the harm of the job beside it. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { limited } from '../../runtime/state/stores/limited.ts';
import { MemoryStore } from './memory-store.ts';

/** A clock whose sleeps pass at once and are added up. */
function hurriedClock() {
  let now = 0;
  return {
    monotonic: () => now,
    wall: () => now,
    async sleep(ms: number) {
      now += ms;
    },
    after: () => () => {},
  };
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of chunks) size += chunk.byteLength;
  return size;
}

describe('a limited store', () => {
  test('takes as long as its rate says, for reads and writes together', async () => {
    const clock = hurriedClock();
    const store = limited(new MemoryStore(), { bytesPerSecond: 1_000_000, clock });
    await store.put('a', new Uint8Array(3_000_000));
    expect(clock.monotonic()).toBeGreaterThan(2_999);
    expect(await drain(store.read('a'))).toBe(3_000_000);
    await store.get('a');
    expect(clock.monotonic()).toBeGreaterThan(8_999);
    expect(clock.monotonic()).toBeLessThan(9_100);
  });

  test('saves up no more than a second of rest', async () => {
    const clock = hurriedClock();
    const store = limited(new MemoryStore(), { bytesPerSecond: 1_000, clock });
    await clock.sleep(60_000);
    await store.put('a', new Uint8Array(5_000));
    expect(clock.monotonic()).toBeGreaterThan(63_999);
  });

  test('writes no more objects at once than it may, and lets a waiting one go on', async () => {
    const inner = new MemoryStore();
    let now = 0;
    let most = 0;
    inner.before = async (operation) => {
      if (operation !== 'put') return;
      most = Math.max(most, ++now);
      await turn();
      now -= 1;
    };
    const store = limited(inner, { concurrency: 2 });
    await Promise.all(Array.from({ length: 9 }, (_, i) => store.put(`k${i}`, new Uint8Array(1))));
    expect(most).toBe(2);
    expect(inner.objects.size).toBe(9);
  });

  test('gives a place back after a failure, and when a reader goes away', async () => {
    const inner = new MemoryStore();
    await inner.put('a', new Uint8Array(100));
    const store = limited(inner, { concurrency: 1 });
    await expect(drain(store.read('nothing'))).rejects.toMatchObject({ code: 'HR-STATE-002' });
    for await (const _ of store.read('a')) break;
    expect(await drain(store.read('a'))).toBe(100);
    await expect(store.put('b', failing())).rejects.toThrow('broke');
    // A write that reads from the same store does not wait for itself.
    await store.put('b', store.read('a'));
    expect(inner.objects.get('b')?.data).toHaveLength(100);
  });
});

// biome-ignore lint/correctness/useYield: it fails before its first chunk.
async function* failing(): AsyncGenerator<Uint8Array> {
  throw new Error('the source broke');
}
