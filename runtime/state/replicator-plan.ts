import type { CheckpointManifest, StateFile } from './checkpoint.ts';
import type { ObjectInfo } from './object-store.ts';
import { comparePositions, type RestorePoint, type RestorePointHead } from './restore-point.ts';

/** What to do about the primary's checkpoints, given this standby's head. */
export type ReplicationMove =
  | { readonly kind: 'copy'; readonly manifest: CheckpointManifest }
  | { readonly kind: 'current' }
  /** All that the primary offers is of an epoch that is over: a zombie's. */
  | { readonly kind: 'refuse'; readonly epoch: number; readonly known: number };

/** The newest checkpoint goes first and alone: those between it and the head are no longer worth their bandwidth. */
export function nextReplication(manifests: readonly CheckpointManifest[], head: RestorePointHead): ReplicationMove {
  const newest = [...manifests].sort((a, b) => comparePositions(b, a))[0];
  const known = head.points[0];
  if (!newest || (known && comparePositions(known, newest) >= 0)) return { kind: 'current' };
  if (newest.epoch < head.epoch) return { kind: 'refuse', epoch: newest.epoch, known: head.epoch };
  return { kind: 'copy', manifest: newest };
}

/**
 * Files to copy. A file that is there already is trusted only when a kept restore point names it with the same size and
 * checksum, for that one was verified while it was copied; any other is copied again.
 */
export function missingFiles(
  wanted: readonly StateFile[],
  present: ReadonlyMap<string, ObjectInfo>,
  kept: readonly Pick<RestorePoint, 'files'>[],
): StateFile[] {
  const verified = new Map(kept.flatMap(({ files }) => files.map((file) => [file.key, file] as const)));
  return wanted.filter((file) => {
    const known = verified.get(file.key);
    return !(known?.sha256 === file.sha256 && present.get(file.key)?.size === file.size);
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
