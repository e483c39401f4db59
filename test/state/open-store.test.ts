import { describe, expect, test } from 'vitest';
import { openObjectStore, parseStoreUri } from '../../runtime/state/open-store.ts';

describe('the URI of a state root', () => {
  test.each([
    ['file:///var/state', { kind: 'file', path: '/var/state' }],
    ['file:/var/state', { kind: 'file', path: '/var/state' }],
    ['file:///with%20space', { kind: 'file', path: '/with space' }],
    ['s3://reviews-us-state-5c1a9e/reviews', { kind: 's3', bucket: 'reviews-us-state-5c1a9e', prefix: 'reviews' }],
    ['s3a://bucket/a/b/', { kind: 's3', bucket: 'bucket', prefix: 'a/b/' }],
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['gs://a.b_c/x', { kind: 'gcs', bucket: 'a.b_c', prefix: 'x' }],
    [
      'abfss://state@reviewseu9a66d28e.dfs.core.windows.net/reviews',
      { kind: 'azure', host: 'reviewseu9a66d28e.dfs.core.windows.net', container: 'state', prefix: 'reviews' },
    ],
    [
      'abfss://state@acc.dfs.core.usgovcloudapi.net',
      { kind: 'azure', host: 'acc.dfs.core.usgovcloudapi.net', container: 'state', prefix: '' },
    ],
  ])('%s is understood', (uri, place) => {
    expect(parseStoreUri(uri)).toEqual(place);
  });

  test.each(['', '/var/state', 'file://host/share', 's3:/bucket', 's3://Bucket/x', 'abfss://account/x', 'ftp://x/y'])(
    '%j is refused, with what would be right',
    async (uri) => {
      await expect(openObjectStore(uri)).rejects.toMatchObject({
        code: 'HR-STATE-009',
        place: uri,
        mend: expect.stringContaining('abfss://container@account.dfs.core.windows.net/prefix'),
      });
    },
  );

  test.each([
    ['s3://bucket/a/', 's3://bucket/a'],
    ['gs://bucket/a', 'gs://bucket/a'],
    ['abfss://c@account.dfs.core.windows.net/a', 'abfss://c@account.dfs.core.windows.net/a'],
    ['file:///var/state', 'file:///var/state'],
  ])('%s opens a store that calls itself %s, and asks nobody yet', async (uri, name) => {
    expect((await openObjectStore(uri, { s3: { region: 'us-east-1' } })).uri).toBe(name);
  });
});
