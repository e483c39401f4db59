import { createHash } from 'node:crypto';
import type { StateFile } from './checkpoint.ts';
import { StateError } from './errors.ts';
import type { ObjectStore } from './object-store.ts';
import {
  decodeHead,
  decodeRestorePoint,
  EMPTY_HEAD,
  encodeHead,
  headKey,
  names,
  type Position,
  type RestorePoint,
  type RestorePointHead,
  restorePointKey,
  withPoint,
} from './restore-point.ts';
import { abandonedBy, type Candidate, chooseRestorePoint, type PassedOver } from './restore-point-choice.ts';

/** The head of a standby's restore points; an empty one before the first. */
export async function readHead(store: Pick<ObjectStore, 'uri' | 'get'>, job: string): Promise<RestorePointHead> {
  const data = await store.get(headKey(job));
  return data ? decodeHead(`${store.uri}/${headKey(job)}`, data) : EMPTY_HEAD;
}

/**
 * Moves the head by conditional write until `next` is content with it.
 * @param next what the head should become; the same head to leave it as it is.
 */
export async function moveHead(
  store: ObjectStore,
  job: string,
  next: (head: RestorePointHead) => RestorePointHead,
): Promise<RestorePointHead> {
  for (;;) {
    const object = await store.getVersioned(headKey(job));
    const head = object ? decodeHead(`${store.uri}/${headKey(job)}`, object.data) : EMPTY_HEAD;
    const wanted = next(head);
    if (wanted === head) return head;
    const data = encodeHead(wanted);
    const moved = object
      ? await store.putIfVersion(headKey(job), data, object.version)
      : await store.putIfAbsent(headKey(job), data);
    if (moved) return wanted;
  }
}

/**
 * Closes all epochs before `epoch`: from the return on no restore point of theirs can appear in this store, and
 * commit gates of their owners reject.
 */
export const sealRestorePoints = (store: ObjectStore, job: string, epoch: number): Promise<RestorePointHead> =>
  moveHead(store, job, (head) => (head.epoch >= epoch ? head : { ...head, epoch }));

/**
 * Makes a restore point count whose files and manifest are written; `expired` ones and the oldest beyond `retain` no
 * longer count.
 * @returns false, with nothing changed, when its epoch is over.
 */
export async function publishRestorePoint(
  store: ObjectStore,
  job: string,
  position: Position,
  retain: number,
  expired: readonly Position[] = [],
): Promise<boolean> {
  return names(await moveHead(store, job, (head) => withPoint(head, position, retain, expired)), position);
}

/** A restore point in a store, with what a look at its manifest found. */
export interface ListedPoint extends Candidate {
  readonly point: RestorePoint | undefined;
}

/** All restore points that count, newest first; one whose manifest is unreadable or gone carries its fault. */
export async function listRestorePoints(store: Pick<ObjectStore, 'uri' | 'get'>, job: string): Promise<ListedPoint[]> {
  const { points } = await readHead(store, job);
  return Promise.all(
    points.map(async ({ checkpoint, epoch }) => {
      const key = restorePointKey(job, checkpoint, epoch);
      try {
        const data = await store.get(key);
        const point = data && decodeRestorePoint(`${store.uri}/${key}`, data);
        const fault = point ? undefined : 'its manifest is missing';
        return { key, checkpoint, epoch, planHash: point?.planHash ?? '', point, fault };
      } catch (error) {
        // An unreachable store says nothing about the restore point.
        if (!(error instanceof StateError) || error.code === 'HR-STATE-001') throw error;
        return { key, checkpoint, epoch, planHash: '', point: undefined, fault: error.message };
      }
    }),
  );
}

/** Reads a file whole and says what is wrong with it; undefined when nothing is. */
export async function findFault(store: Pick<ObjectStore, 'read'>, file: StateFile): Promise<string | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of store.read(file.key)) {
      hash.update(chunk);
      size += chunk.byteLength;
    }
  } catch (error) {
    if (error instanceof StateError && error.code === 'HR-STATE-002') return `${file.key} is missing`;
    throw error;
  }
  if (size !== file.size) return `${file.key} has ${size} bytes instead of ${file.size}`;
  return hash.digest('hex') === file.sha256 ? undefined : `${file.key} does not match its checksum`;
}

/**
 * Finds the restore point to go on from; reads files, newest point first, only until one is whole.
 * @throws StateError HR-STATE-006, HR-STATE-007
 */
export async function findRestorePoint(
  store: ObjectStore,
  job: string,
  planHash: string,
): Promise<{ readonly point: RestorePoint; readonly key: string; readonly passedOver: readonly PassedOver[] }> {
  const listed = await listRestorePoints(store, job);
  const examined: ListedPoint[] = [];
  for (const candidate of listed) {
    let fault = candidate.fault;
    const abandoned = abandonedBy(candidate, listed) !== undefined;
    if (!abandoned) for (const file of candidate.point?.files ?? []) fault ??= await findFault(store, file);
    examined.push({ ...candidate, fault });
    if (!abandoned && fault === undefined) break;
  }
  const unexamined = listed.slice(examined.length);
  const { chosen, passedOver } = chooseRestorePoint(store.uri, [...examined, ...unexamined], planHash);
  return { point: chosen.point as RestorePoint, key: chosen.key, passedOver };
}
