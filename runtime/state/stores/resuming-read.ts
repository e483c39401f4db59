import { createHash, type Hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateError } from '../errors.ts';

/** An object's content from an offset on. */
export interface OpenedObject {
  readonly body: AsyncIterable<Uint8Array>;
  readonly version: string;
  /** Bytes of the whole object. */
  readonly size: number;
  /** As it was written beside the object, where it was; lower-case hexadecimal. */
  readonly sha256: string | undefined;
}

/** Opens an object; from the second time on of the version that was opened first. Undefined where there is none. */
export type OpenObject = (offset: number, version: string | undefined) => Promise<OpenedObject | undefined>;

/** What was read is no longer what is there. */
class ReplacedWhileRead extends StateError {
  constructor(place: string) {
    super('HR-STATE-001', place, 'replaced or deleted while it was read', { mend: 'read it again' });
  }
}

/** Broken connections in a row, without a byte in between, after which a read gives up. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;
/** Times that a small object may be replaced under a reader. */
const REPLACEMENTS = 20;

/**
 * The content of an object. Goes on where a broken connection ended, in the same version of the object, and compares
 * the whole with its checksum. @param opened told once, before the first chunk.
 * @throws StateError HR-STATE-002 where there is no object, HR-STATE-003 when the content is not what was written.
 */
export async function* readResuming(
  place: string,
  open: OpenObject,
  opened: (object: OpenedObject) => void = () => {},
): AsyncGenerator<Uint8Array> {
  let hash: Hash | undefined;
  let first: OpenedObject | undefined;
  let offset = 0;
  for (let broken = 0; ; ) {
    // The vendors' SDKs try again by themselves to get an answer; from then on it is up to us.
    const object = await open(offset, first?.version);
    if (!object) {
      if (!first) throw new StateError('HR-STATE-002', place, 'there is no such object');
      throw new ReplacedWhileRead(place);
    }
    if (!first) {
      first = object;
      if (object.sha256 !== undefined) hash = createHash('sha256');
      opened(object);
    }
    try {
      for await (const chunk of object.body) {
        broken = 0;
        offset += chunk.byteLength;
        hash?.update(chunk);
        yield chunk;
      }
      if (offset >= first.size) break;
      throw new Error(`the connection ended after ${offset} of ${first.size} bytes`);
    } catch (cause) {
      if (cause instanceof StateError) throw cause;
      broken += 1;
      if (broken >= ATTEMPTS) {
        throw new StateError(
          'HR-STATE-001',
          place,
          `the connection broke ${broken} times: ${(cause as Error).message}`,
          {
            cause,
            mend: 'check the network between here and the store',
          },
        );
      }
      await sleep(FIRST_PAUSE_MS * 2 ** (broken - 1) * (0.5 + Math.random() / 2));
    }
  }
  if (offset !== first.size) throw new StateError('HR-STATE-003', place, `${offset} bytes instead of ${first.size}`);
  if (hash && hash.digest('hex') !== first.sha256) {
    throw new StateError('HR-STATE-003', place, 'does not match its checksum');
  }
}

/** Whole content and version; undefined where there is no object. One that is replaced meanwhile is read anew. */
export async function readWhole(
  place: string,
  open: OpenObject,
): Promise<{ readonly data: Uint8Array; readonly version: string } | undefined> {
  for (let attempt = 1; ; attempt++) {
    const chunks: Uint8Array[] = [];
    let version = '';
    const note = (object: OpenedObject) => {
      version = object.version;
    };
    try {
      for await (const chunk of readResuming(place, open, note)) chunks.push(chunk);
      return { data: Buffer.concat(chunks), version };
    } catch (error) {
      if (error instanceof ReplacedWhileRead && attempt < REPLACEMENTS) continue;
      if (error instanceof StateError && error.code === 'HR-STATE-002') return undefined;
      throw error;
    }
  }
}
