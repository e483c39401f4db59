import type { z } from 'zod';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** A record with the version that its replacement names. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: string;
}

/** Reads a record. @throws CommandError HR-JOB-014 for one that another version of Headrace wrote, or that is damaged. */
export async function readRecord<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<Versioned<T> | undefined> {
  const object = await store.getVersioned(key);
  if (!object) return undefined;
  const parsed = schema.safeParse(parse(object.data));
  if (parsed.success) return { value: parsed.data, version: object.version };
  throw new CommandError('HR-JOB-014', `${store.uri}/${key}`, 'this record cannot be read', {
    exitCode: EXIT.failed,
    mend: 'use the version of Headrace that wrote it, or remove the record: then what runs counts as unknown',
    cause: parsed.error,
  });
}

/**
 * Replaces a record that still is what was read, or creates it where there was none.
 * @returns the written record; undefined, with nothing written, when somebody else wrote in between.
 */
export async function writeRecord<T>(
  store: ObjectStore,
  key: string,
  value: T,
  before: Versioned<T> | undefined,
): Promise<Versioned<T> | undefined> {
  const data = new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  if (before) {
    const version = await store.putIfVersion(key, data, before.version);
    return version === undefined ? undefined : { value, version };
  }
  if (!(await store.putIfAbsent(key, data))) return undefined;
  const written = await store.getVersioned(key);
  return written && { value, version: written.version };
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
}
