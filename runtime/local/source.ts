/** A place in a source from which reading can go on: behind a record. */
export interface Position {
  /** Records before it. */
  readonly record: number;
  /** Bytes before it, for sources that have bytes. */
  readonly offset: number;
}

export const START: Position = { record: 0, offset: 0 };

export interface SourceRecord {
  readonly value: unknown;
  /** Number of the record, from 1; the same at every reading. */
  readonly record: number;
  /** Bytes up to its end. */
  readonly offset: number;
}

/** A source that can be read again from any position. */
export interface Source {
  /** For messages and as the prefix of record places, such as a file's path. */
  readonly name: string;
  /** Reads everything once and keeps nothing, so that a broken record shows before any work is done. */
  check?(): Promise<void>;
  /** Records behind a position, in batches. Ends where the source ends, or once `signal` is aborted. */
  open(from: Position, signal: AbortSignal): AsyncIterable<readonly SourceRecord[]>;
}
