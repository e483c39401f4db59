import type { StateFile } from './checkpoint.ts';
import type { ObjectInfo } from './object-store.ts';
import type { OfferedFile } from './offered-checkpoint.ts';
import { comparePositions, type Position, type RestorePoint, type RestorePointHead } from './restore-point.ts';

/** What to do about the primary's checkpoints, given this standby's head. */
export type ReplicationMove<T extends Position> =
  | { readonly kind: 'copy'; readonly checkpoint: T }
  | { readonly kind: 'current' }
  /** All that the primary offers is of an epoch that is over: a zombie's. */
  | { readonly kind: 'refuse'; readonly epoch: number; readonly known: number };

/** The newest checkpoint goes first and alone: those between it and the head are no longer worth their bandwidth. */
export function nextReplication<T extends Position>(offered: readonly T[], head: RestorePointHead): ReplicationMove<T> {
  const newest = [...offered].sort((a, b) => comparePositions(b, a))[0];
  const known = head.points[0];
  if (!newest || (known && comparePositions(known, newest) >= 0)) return { kind: 'current' };
  if (newest.epoch < head.epoch) return { kind: 'refuse', epoch: newest.epoch, known: head.epoch };
  return { kind: 'copy', checkpoint: newest };
}

/** What is to be done about a file of a checkpoint. */
export type FileMove =
  /** A kept restore point names it, so it was verified while it was copied. */
  | { readonly kind: 'kept'; readonly file: StateFile }
  /** There with the right size, of a copy that was interrupted: read it back rather than over the network again. */
  | { readonly kind: 'verify'; readonly file: OfferedFile }
  | { readonly kind: 'copy'; readonly file: OfferedFile };

/** @param present what the target has. @param kept restore points that count. */
export function fileMoves(
  wanted: readonly OfferedFile[],
  present: ReadonlyMap<string, ObjectInfo>,
  kept: readonly Pick<RestorePoint, 'files'>[],
): FileMove[] {
  const verified = new Map(kept.flatMap(({ files }) => files.map((file) => [file.key, file] as const)));
  return wanted.map((file) => {
    const size = present.get(file.key)?.size;
    const known = verified.get(file.key);
    if (size === undefined || (file.size !== undefined && file.size !== size)) return { kind: 'copy', file };
    if (known?.size === size && (file.sha256 ?? known.sha256) === known.sha256) return { kind: 'kept', file: known };
    return known ? { kind: 'copy', file } : { kind: 'verify', file };
  });
}

/**
 * Copied files that nothing needs: named by no kept restore point and by no copy in progress. What was written less than
 * `grace` milliseconds ago stays, for it may belong to a copy that another process is at.
 */
export function garbage(
  present: Iterable<ObjectInfo>,
  needed: ReadonlySet<string>,
  now: number,
  grace: number,
): string[] {
  return [...present].filter(({ key, modified }) => !needed.has(key) && now - modified >= grace).map(({ key }) => key);
}
