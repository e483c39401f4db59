import { createHash } from 'node:crypto';
import { CheckpointStore } from '../state/checkpoints.ts';
import type { ObjectStore } from '../state/object-store.ts';
import { KeyedState } from './keyed-state.ts';
import { restoreSchema } from './snapshot.ts';

/** Keyed state told by its content, whatever the order in which it came about. */
export interface StateDigest {
  readonly keys: number;
  /** SHA-256, lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * The keyed state of a job's newest whole checkpoint; undefined where there is none.
 * @throws StateError HR-STATE-001, HR-STATE-006
 */
export async function stateDigest(store: ObjectStore, job: string): Promise<StateDigest | undefined> {
  const newest = await new CheckpointStore(store, job).newest();
  if (!newest) return undefined;
  const state = new KeyedState();
  const { memory } = restoreSchema.parse(newest.manifest.restore);
  state.restore(memory, (key) => Buffer.from(newest.files.get(key) ?? []).toString('utf8'));
  const hash = createHash('sha256');
  for (const [key, values] of state.sorted()) hash.update(`${JSON.stringify([key, sorted(values)])}\n`);
  return { keys: state.keys, sha256: hash.digest('hex') };
}

/** The same value with the fields of its objects in order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}
