import type { ObjectInfo, ObjectStore } from '../../runtime/state/object-store.ts';
import type { StatePlaces } from './state-places.ts';

/** A complete savepoint or retained checkpoint. */
export interface Snapshot {
  /** Its directory below the state root. */
  readonly key: string;
  readonly kind: 'checkpoint' | 'savepoint';
  /** All 32 digits for a checkpoint; for a savepoint the six that its name has. */
  readonly jobId: string;
  /** Of a checkpoint; 0 for a savepoint. */
  readonly number: number;
  /** When its last file was written, milliseconds since 1970. */
  readonly at: number;
}

const CHECKPOINT = /^([0-9a-f]{32})\/chk-(\d+)\/_metadata$/;
const SAVEPOINT = /^(?:.+\/)?savepoint-([0-9a-f]{6})-[0-9a-f]{12}\/_metadata$/;
const METADATA = '/_metadata';

/** The snapshots in a listing of a job's directories. Flink writes `_metadata` last: without it, or with an empty one, there is none. */
export function snapshotsIn(
  objects: readonly ObjectInfo[],
  places: Pick<StatePlaces, 'checkpoints' | 'savepoints'>,
): Snapshot[] {
  return objects.flatMap(({ key, size, modified }): Snapshot[] => {
    if (size === 0) return [];
    const directory = key.slice(0, -METADATA.length);
    const checkpoint = key.startsWith(`${places.checkpoints}/`)
      ? CHECKPOINT.exec(key.slice(places.checkpoints.length + 1))
      : null;
    if (checkpoint) {
      const [, jobId = '', number] = checkpoint;
      return [{ key: directory, kind: 'checkpoint', jobId, number: Number(number), at: modified }];
    }
    // One of a planned failover lies among the checkpoints, where replicators find it.
    const below = [places.savepoints, places.checkpoints].find((directory) => key.startsWith(`${directory}/`));
    const savepoint = below === undefined ? null : SAVEPOINT.exec(key.slice(below.length + 1));
    if (!savepoint) return [];
    return [{ key: directory, kind: 'savepoint', jobId: savepoint[1] ?? '', number: 0, at: modified }];
  });
}

/** All complete snapshots of a job. */
export async function listSnapshots(store: ObjectStore, places: StatePlaces): Promise<Snapshot[]> {
  const found: ObjectInfo[] = [];
  for (const directory of new Set([places.checkpoints, places.savepoints]))
    for await (const object of store.list(`${directory}/`)) if (object.key.endsWith(METADATA)) found.push(object);
  return snapshotsIn(found, places);
}

/**
 * The snapshot to go on from: the newest by time; of two of one moment the later checkpoint.
 * @param abandoned jobs whose work was thrown away.
 */
export function newestSnapshot(snapshots: readonly Snapshot[], abandoned: readonly string[]): Snapshot | undefined {
  const usable = snapshots.filter(({ jobId }) => !abandoned.some((id) => id.startsWith(jobId)));
  return usable.toSorted((a, b) => b.at - a.at || b.number - a.number)[0];
}
