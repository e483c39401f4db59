import { fileURLToPath } from 'node:url';
import { StateError } from './errors.ts';
import { FileStore } from './file-store.ts';
import type { ObjectStore } from './object-store.ts';

/** The object store that a state root names. @param uri `file:///folder`. @throws StateError HR-STATE-009 for another scheme. */
export async function openObjectStore(uri: string): Promise<ObjectStore> {
  if (/^file:\//.test(uri)) return new FileStore(fileURLToPath(uri));
  throw new StateError('HR-STATE-009', uri, 'no store of this scheme is known', { mend: 'write file:///folder' });
}
