import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { listRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { CommandError } from '../errors.ts';
import type { Damage } from './scenarios.ts';

/**
 * Spoils restore points as a broken disk, a wrong lifecycle rule or a hand would: files alone, never the head or a manifest.
 * Nothing may write to the store meanwhile.
 */
export async function spoil(store: ObjectStore, job: string, damage: Damage): Promise<void> {
  const points = (await listRestorePoints(store, job)).flatMap(({ point }) => point ?? []);
  const [newest, before] = points;
  if (!newest || !before) {
    throw new CommandError('HR-DRILL-005', store.uri, `${points.length} restore points; spoiling takes two`, {
      exitCode: 1,
    });
  }
  if (damage === 'delete-all') {
    for (const { files } of points) await store.delete(last(files).key);
    return;
  }
  // What both have must stay whole: the one before is to be used.
  const shared = new Set(before.files.map(({ key }) => key));
  const own = newest.files.filter(({ key, size }) => size > 0 && !shared.has(key));
  if (damage === 'delete-newest') {
    for (const { key } of own) await store.delete(key);
    return;
  }
  const { key } = own[0] ?? last(newest.files);
  const data = Buffer.from((await store.get(key)) ?? []);
  const middle = Math.floor(data.byteLength / 2);
  data.writeUInt8(data.readUInt8(middle) ^ 1, middle);
  await store.put(key, data);
}

const last = <T>(items: readonly T[]) => items.at(-1) as T;
