import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { idempotencyKey } from '../../runtime/engine/index.ts';
import { readCommitted } from './topics.ts';

/** A call on record in the journal. */
export interface Journaled {
  /** The call's idempotency key. */
  readonly call: string;
  /** The start of a subtask that wrote it. */
  readonly writer: string;
  /** Before the writer read the journal, milliseconds since 1970. */
  readonly writerStartedAt: number;
  /** When the broker appended it, milliseconds since 1970. */
  readonly appendedAt: number;
}

interface JournalRecord {
  readonly job: string;
  readonly key: string;
  readonly inputId: string;
  readonly writer: string;
  /** A number of 64 bits. */
  readonly writerStartedAt: { toString(): string };
  readonly entry: { readonly index: number };
}

/** All that a journal's topic holds. */
export async function readJournal(bootstrap: string, topic: string): Promise<Journaled[]> {
  const root = new protobuf.Root();
  // Definitions name each other from the folder that holds them all.
  const folder = fileURLToPath(new URL('../../runtime/wire/', import.meta.url));
  root.resolvePath = (_, target) => (target.startsWith('headrace/') ? `${folder}${target}` : target);
  root.loadSync('headrace/state/v1/state.proto');
  const type = root.lookupType('headrace.state.v1.JournalRecord');
  const records = await readCommitted(bootstrap, topic, { quietMs: 3_000 });
  return records.map(({ bytes, timestamp }) => {
    const record = type.decode(bytes) as unknown as JournalRecord;
    return {
      call: idempotencyKey(record, record.entry.index),
      writer: record.writer,
      writerStartedAt: Number(record.writerStartedAt.toString()),
      appendedAt: timestamp,
    };
  });
}
