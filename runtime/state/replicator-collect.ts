import { checkpointPrefix } from './checkpoint.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { garbage } from './replicator-plan.ts';
import { headKey, restorePointPrefix } from './restore-point.ts';
import { listRestorePoints, readHead } from './restore-point-catalog.ts';

/**
 * Deletes what no restore point that counts needs; killed in between, the next round goes on.
 * @param now milliseconds since 1970. @param grace milliseconds for which an unneeded file is left alone.
 * @returns how many objects.
 */
export async function collectGarbage(
  store: ObjectStore,
  job: string,
  now: number,
  grace: number,
  signal: AbortSignal,
): Promise<number> {
  const points = await listRestorePoints(store, job);
  // This region has taken the job over since: what lies here and is no restore point is its own job's.
  const { epoch } = await readHead(store, job);
  if (points[0] && epoch > points[0].epoch) return 0;
  // What an unreadable manifest needs is not known: nothing goes while it counts.
  if (points.some(({ point }) => point === undefined)) return 0;
  const needed = new Set([headKey(job), ...points.map(({ key }) => key)]);
  for (const { point } of points) for (const { key } of point?.files ?? []) needed.add(key);
  const listed = async (prefix: string) => {
    const found: ObjectInfo[] = [];
    for await (const object of store.list(prefix)) found.push(object);
    return garbage(found, needed, now, grace);
  };
  const files = await listed(checkpointPrefix(job));
  // A checkpoint ceases to exist with its _metadata, so that goes before its files.
  files.sort((a, b) => Number(b.endsWith('/_metadata')) - Number(a.endsWith('/_metadata')));
  const unneeded = [...(await listed(restorePointPrefix(job))), ...files];
  for (const key of unneeded) {
    signal.throwIfAborted();
    await store.delete(key);
  }
  return unneeded.length;
}
