import { expect, it } from 'vitest';
import { KeyedState } from '../../../runtime/local/keyed-state.ts';

/** Writes snapshots of a state as a checkpoint does, and restores them into another one. */
function snapshots() {
  const state = new KeyedState();
  const files = new Map<string, string>();
  return {
    state,
    take(incremental = true) {
      const taken = state.snapshot(incremental);
      if (!taken) return undefined;
      const key = String(files.size);
      files.set(key, taken.content);
      state.extend({ key, kind: taken.kind, bytes: taken.content.length });
      return taken.kind;
    },
    restored() {
      const other = new KeyedState();
      other.restore(state.chain, (key) => files.get(key) ?? '');
      return other;
    },
  };
}

it('writes only the keys that changed, and nothing when none did', () => {
  const { state, take, restored } = snapshots();
  for (let i = 0; i < 100; i++) state.set(`k${i}`, { n: i });
  expect(take()).toBe('base');
  expect(take()).toBeUndefined();
  state.set('k1', { n: -1 });
  state.set('k2', {});
  expect(take()).toBe('delta');
  expect(state.chain.map((file) => file.kind)).toEqual(['base', 'delta']);
  expect(state.chain[1]?.bytes).toBeLessThan((state.chain[0]?.bytes ?? 0) / 10);
  const other = restored();
  expect(other.keys).toBe(99);
  expect(other.get('k1')).toEqual({ n: -1 });
  expect(other.get('k2')).toBeUndefined();
  expect(other.get('k99')).toEqual({ n: 99 });
});

it('begins a new base once the changes outweigh the old one', () => {
  const { state, take, restored } = snapshots();
  for (let i = 0; i < 10; i++) state.set(`k${i}`, { n: i });
  const kinds = [take()];
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 5; i++) state.set(`k${i}`, { n: round });
    kinds.push(take());
    const live = state.chain[0]?.bytes ?? 0;
    expect(state.chain.reduce((sum, file) => sum + file.bytes, 0)).toBeLessThanOrEqual(3 * live);
  }
  expect(kinds.filter((kind) => kind === 'base').length).toBeGreaterThan(1);
  expect(restored().get('k4')).toEqual({ n: 11 });
  expect(restored().get('k9')).toEqual({ n: 9 });
});

it('writes everything each time where incremental checkpoints are off', () => {
  const { state, take } = snapshots();
  state.set('a', { n: 1 });
  state.set('b', { n: 1 });
  take(false);
  state.set('a', { n: 2 });
  expect(take(false)).toBe('base');
  expect(state.chain).toHaveLength(1);
});
