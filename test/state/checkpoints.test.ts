// Fault model: a checkpoint's manifest or one of its files is missing, torn, altered, or of another format.
import { expect, test } from 'vitest';
import { type CheckpointManifest, metadataKey } from '../../runtime/state/checkpoint.ts';
import { CheckpointStore, sharedFile } from '../../runtime/state/checkpoints.ts';
import { MemoryStore } from './memory-store.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Writes checkpoint `n` with a shared file of its own and those of `older`. */
async function write(checkpoints: CheckpointStore, n: number, older: CheckpointManifest['files'] = []) {
  const file = await checkpoints.writeFile(sharedFile('job', n, 'delta.jsonl'), bytes(`state ${n}`));
  const manifest: CheckpointManifest = {
    format: 1,
    engine: 'embedded',
    job: 'job',
    checkpoint: n,
    epoch: 0,
    region: 'us',
    planHash: 'hash',
    triggeredAt: n,
    completedAt: n,
    records: { read: n, finished: n, outputs: n, deadLetters: 0 },
    files: [...older, file],
    restore: {},
  };
  await checkpoints.complete(manifest);
  return manifest;
}

const setUp = () => {
  const store = new MemoryStore();
  return { store, checkpoints: new CheckpointStore(store, 'job') };
};

test('the newest checkpoint is given with the content of its files', async () => {
  const { checkpoints } = setUp();
  const first = await write(checkpoints, 1);
  const second = await write(checkpoints, 2, first.files);
  const loaded = await checkpoints.newest();
  expect(loaded?.manifest).toEqual(second);
  expect([...(loaded?.files ?? [])].map(([key, data]) => [key, Buffer.from(data).toString()])).toEqual([
    ['checkpoints/job/shared/0000000001-delta.jsonl', 'state 1'],
    ['checkpoints/job/shared/0000000002-delta.jsonl', 'state 2'],
  ]);
  expect(loaded?.rejected).toEqual([]);
});

test('a store without checkpoints of the job has none, whatever other jobs keep there', async () => {
  const { store, checkpoints } = setUp();
  await write(new CheckpointStore(store, 'job-2'), 1);
  expect(await checkpoints.newest()).toBeUndefined();
});

test.each([
  ['a missing file', (store: MemoryStore) => store.delete(sharedFile('job', 2, 'delta.jsonl')), 'HR-STATE-002'],
  [
    'an altered file',
    (store: MemoryStore) => store.put(sharedFile('job', 2, 'delta.jsonl'), bytes('state 3')),
    'checksum',
  ],
  [
    'a shortened file',
    (store: MemoryStore) => store.put(sharedFile('job', 2, 'delta.jsonl'), bytes('st')),
    '2 bytes instead of 7',
  ],
  [
    'a torn manifest',
    (store: MemoryStore) => store.put(metadataKey('job', 2), bytes('{"format":1,')),
    'is not a manifest',
  ],
  [
    'a manifest of a later format',
    (store: MemoryStore) => store.put(metadataKey('job', 2), bytes('{"format":2}')),
    'HR-STATE-004',
  ],
])('%s makes the checkpoint before it the newest', async (_, damage, reason) => {
  const { store, checkpoints } = setUp();
  await write(checkpoints, 1);
  await write(checkpoints, 2);
  await damage(store);
  const loaded = await checkpoints.newest();
  expect(loaded?.manifest.checkpoint).toBe(1);
  expect(loaded?.rejected).toEqual([{ checkpoint: 2, reason: expect.stringContaining(reason) }]);
});

test('when none is whole the error says how many and why', async () => {
  const { store, checkpoints } = setUp();
  await write(checkpoints, 1);
  await write(checkpoints, 2);
  await store.delete(sharedFile('job', 1, 'delta.jsonl'));
  await store.put(metadataKey('job', 2), bytes('x'));
  await expect(checkpoints.newest()).rejects.toMatchObject({
    code: 'HR-STATE-006',
    message: expect.stringContaining('none of 2 checkpoints is whole'),
  });
});

test('a store that cannot be reached is no reason to pass a checkpoint over', async () => {
  const { store, checkpoints } = setUp();
  await write(checkpoints, 1);
  await write(checkpoints, 2);
  store.before = (operation, key) => {
    if (operation === 'get' && key.includes('0000000002')) throw new Error('connection reset');
  };
  await expect(checkpoints.newest()).rejects.toThrow('connection reset');
});

test('retention keeps the newest, the files that they need, and files of a checkpoint that is being written', async () => {
  const { store, checkpoints } = setUp();
  const first = await write(checkpoints, 1);
  await write(checkpoints, 2);
  await write(checkpoints, 3, first.files);
  await write(checkpoints, 4);
  await checkpoints.writeFile(sharedFile('job', 5, 'delta.jsonl'), bytes('under way'));
  await store.put('checkpoints/job/chk-0000000001/pending.jsonl', bytes('left behind'));
  expect((await checkpoints.retain(2)).map((manifest) => manifest.checkpoint)).toEqual([3, 4]);
  expect([...store.objects.keys()].sort()).toEqual([
    'checkpoints/job/chk-0000000003/_metadata',
    'checkpoints/job/chk-0000000004/_metadata',
    'checkpoints/job/shared/0000000001-delta.jsonl',
    'checkpoints/job/shared/0000000003-delta.jsonl',
    'checkpoints/job/shared/0000000004-delta.jsonl',
    'checkpoints/job/shared/0000000005-delta.jsonl',
  ]);
});

test('a broken manifest neither stops retention nor counts as kept', async () => {
  const { store, checkpoints } = setUp();
  for (const n of [1, 2, 3, 4]) await write(checkpoints, n);
  await store.put(metadataKey('job', 3), bytes('torn'));
  expect((await checkpoints.retain(2)).map((manifest) => manifest.checkpoint)).toEqual([2, 4]);
  expect(await checkpoints.numbers()).toEqual([2, 4]);
});

test('retention takes a manifest away before anything that it names', async () => {
  const { store, checkpoints } = setUp();
  await write(checkpoints, 1);
  await store.put('checkpoints/job/chk-0000000001/pending.jsonl', bytes('x'));
  await write(checkpoints, 2);
  const deleted: string[] = [];
  store.before = (operation, key) => {
    if (operation === 'delete') deleted.push(key);
  };
  await checkpoints.retain(1);
  expect(deleted[0]).toBe('checkpoints/job/chk-0000000001/_metadata');
  expect(deleted).toContain('checkpoints/job/shared/0000000001-delta.jsonl');
});
