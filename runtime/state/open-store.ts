import { fileURLToPath } from 'node:url';
import { StateError } from './errors.ts';
import { FileStore } from './file-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { AzureBlobOptions } from './stores/azure-blob.ts';
import type { GcsOptions } from './stores/gcs.ts';
import type { S3Options } from './stores/s3.ts';

export interface StoreOptions {
  readonly s3?: S3Options;
  readonly azure?: AzureBlobOptions;
  readonly gcs?: GcsOptions;
}

/** A state root's URI, taken apart. */
export type StorePlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 's3' | 'gcs'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'azure'; readonly host: string; readonly container: string; readonly prefix: string };

const BUCKET = /^(s3a?|gs):\/\/([a-z0-9][a-z0-9._-]*)(?:\/(.*))?$/;
/** The suffix is another one in the clouds of governments and of China. */
const CONTAINER = /^abfss?:\/\/([a-z0-9-]+)@([a-z0-9]+\.(?:dfs|blob)\.[a-z0-9.]+)(?:\/(.*))?$/;

/** @throws StateError HR-STATE-009 for anything that is not the URI of a state root. */
export function parseStoreUri(uri: string): StorePlace {
  if (/^file:\/(?:\/\/)?(?!\/)/.test(uri)) return { kind: 'file', path: fileURLToPath(new URL(uri)) };
  const bucket = BUCKET.exec(uri);
  if (bucket) {
    return { kind: bucket[1] === 'gs' ? 'gcs' : 's3', bucket: bucket[2] as string, prefix: bucket[3] ?? '' };
  }
  const container = CONTAINER.exec(uri);
  if (container) {
    return {
      kind: 'azure',
      container: container[1] as string,
      host: container[2] as string,
      prefix: container[3] ?? '',
    };
  }
  throw new StateError('HR-STATE-009', uri, 'not the URI of a state root', {
    mend: 'write file:///folder, s3://bucket/prefix, gs://bucket/prefix or abfss://container@account.dfs.core.windows.net/prefix',
  });
}

/**
 * Opens the object store behind a state root, spelled as Flink spells it. A vendor's SDK is loaded when its scheme is asked for;
 * credentials are found the vendor's way: a pod's identity, the environment, a logged-in command line. Nothing is asked
 * of the store yet. @throws StateError HR-STATE-009
 */
export async function openObjectStore(uri: string, options: StoreOptions = {}): Promise<ObjectStore> {
  const place = parseStoreUri(uri);
  switch (place.kind) {
    case 'file':
      return new FileStore(place.path);
    case 's3':
      return new (await import('./stores/s3.ts')).S3Store(place.bucket, place.prefix, options.s3);
    case 'gcs':
      return new (await import('./stores/gcs.ts')).GcsStore(place.bucket, place.prefix, options.gcs);
    case 'azure': {
      const { AzureBlobStore } = await import('./stores/azure-blob.ts');
      return AzureBlobStore.open(place.host, place.container, place.prefix, options.azure);
    }
  }
}
