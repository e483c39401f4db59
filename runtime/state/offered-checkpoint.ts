import type { StateFile } from './checkpoint.ts';
import type { RestorePointBody } from './restore-point.ts';

/** A file that a checkpoint needs, with what its engine says about it. */
export interface OfferedFile {
  /** Relative to the state root. */
  readonly key: string;
  /** Bytes; undefined where the engine does not say. */
  readonly size: number | undefined;
  /** Undefined where the engine keeps no checksums: then it is the one of what was read. */
  readonly sha256: string | undefined;
}

/** A completed checkpoint of the primary, of either engine: what a restore point tells, and the files to copy. */
export interface OfferedCheckpoint
  extends Pick<
    RestorePointBody,
    | 'job'
    | 'checkpoint'
    | 'epoch'
    | 'engine'
    | 'planHash'
    | 'triggeredAt'
    | 'completedAt'
    | 'records'
    | 'origin'
    | 'flink'
  > {
  /** All but `metadata`. */
  readonly files: readonly OfferedFile[];
  readonly metadata: StateFile;
}

/** A `_metadata` object that was found in the primary's store. */
export interface FoundMetadata {
  readonly key: string;
  /** Last write, milliseconds since 1970. */
  readonly modified: number;
  readonly data: Uint8Array;
}
