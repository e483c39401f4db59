/**
 * The contract of object stores on real servers: moto for S3, azurite for Azure Blob, fake-gcs-server for Cloud Storage.
 * What a directory does is in test/state/file-store.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { openObjectStore } from '../../runtime/state/open-store.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { objectStoreConformance } from '../state/object-store-conformance.ts';
import { BUILD_MS, freshPrefix, open, type StandIn, startAzure, startGcs, startS3 } from './stand-ins.ts';

describe.each([
  ['S3', startS3],
  ['Azure Blob', startAzure],
  ['Cloud Storage', startGcs],
] as const)('%s', (name, start) => {
  const directory = temporaryDirectory(afterAll);
  let standIn: StandIn;
  beforeAll(async () => {
    standIn = await start(directory);
  }, BUILD_MS);
  afterAll(() => standIn?.child.stop('SIGKILL'));

  it("is found by the vendor's own variables alone", async () => {
    for (const [variable, value] of Object.entries(standIn.environment)) vi.stubEnv(variable, value);
    try {
      const store = await openObjectStore(standIn.uri(freshPrefix()));
      expect(await store.putIfAbsent('a/b', new Uint8Array([1, 2]))).toBe(true);
      expect(await store.putIfAbsent('a/b', new Uint8Array([3]))).toBe(false);
      expect([...((await store.get('a/b')) ?? [])]).toEqual([1, 2]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  const others = new WeakMap<object, ObjectStore>();
  objectStoreConformance(
    name,
    async () => {
      const prefix = freshPrefix();
      const store = await open(standIn, prefix);
      others.set(store, await open(standIn, prefix));
      return store;
    },
    (store) => others.get(store) as ObjectStore,
  );
});
