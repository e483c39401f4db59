// Fault model: several processes write the same keys at once; a writer is killed with SIGKILL in the middle of a write.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { FileStore } from '../../runtime/state/file-store.ts';
import { objectStoreConformance } from './object-store-conformance.ts';

const PROCESS = fileURLToPath(new URL('./file-store-process.ts', import.meta.url));

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'headrace-store-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
const bytes = (text: string) => new TextEncoder().encode(text);
const run = (root: string, work: string, name: string) =>
  spawn(process.execPath, [PROCESS, root, work, name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });

const roots = new WeakMap<object, string>();
objectStoreConformance(
  'a directory',
  () => {
    const root = directory();
    const store = new FileStore(root);
    roots.set(store, root);
    return store;
  },
  (store) => new FileStore(roots.get(store) as string),
);

test('conditional replacements of several processes lose no update', async () => {
  const root = directory();
  await new FileStore(root).put('n', bytes('0'));
  const ends = await Promise.all(['a', 'b', 'c'].map((name) => once(run(root, 'increment', name), 'exit')));
  expect(ends.map(([code]) => code)).toEqual([0, 0, 0]);
  expect(Buffer.from((await new FileStore(root).get('n')) ?? []).toString()).toBe('75');
});

test('of several processes that create a key exactly one wins', async () => {
  const root = directory();
  const store = new FileStore(root);
  await Promise.all(['a', 'b', 'c'].map((name) => once(run(root, 'create', name), 'exit')));
  for (let i = 0; i < 25; i++) {
    const winner = Buffer.from((await store.get(`slot/${i}`)) ?? []).toString();
    const claims = ['a', 'b', 'c'].filter((name) => existsSync(join(root, 'won', name, String(i))));
    expect(claims, `slot ${i}`).toEqual([winner]);
  }
});

test('a writer that is killed leaves the old content or the new, and nothing half in a listing', async () => {
  const root = directory();
  const store = new FileStore(root);
  await store.put('big', bytes('x'.repeat(4_000_000)));
  for (let kill = 0; kill < 4; kill++) {
    const child = run(root, 'endless', 'w');
    await once(child, 'message');
    await sleep(10 + kill * 7);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const content = Buffer.from((await store.get('big')) ?? []).toString();
    expect(content).toHaveLength(4_000_000);
    expect(new Set(content).size).toBe(1);
    const listed: string[] = [];
    for await (const { key } of store.list('')) listed.push(key);
    expect(listed).toEqual(['big']);
  }
});

test('a reader finds an object that is replaced all the time', async () => {
  const root = directory();
  const store = new FileStore(root);
  await store.put('n', bytes('0'));
  let version = (await store.getVersioned('n'))?.version as string;
  let writing = true;
  const writer = (async () => {
    for (let i = 1; i <= 60; i++) version = (await store.putIfVersion('n', bytes(String(i)), version)) as string;
    writing = false;
  })();
  let last = 0;
  while (writing) {
    const seen = Number(Buffer.from((await new FileStore(root).get('n')) ?? []).toString() || Number.NaN);
    expect(seen).toBeGreaterThanOrEqual(last);
    last = seen;
  }
  await writer;
});

test('all of a batch is there once it settled, conditionally written objects too', async () => {
  const root = directory();
  const store = new FileStore(root);
  await store.put('n', bytes('0'));
  await store.putIfVersion('n', bytes('1'), (await store.getVersioned('n'))?.version as string);
  const batch = store.batch();
  const keys = Array.from({ length: 40 }, (_, i) => `shared/${i}`);
  await Promise.all([...keys, 'n'].map((key) => batch.put(key, bytes(`of ${key}`))));
  await batch.settle();
  for (const key of [...keys, 'n'])
    expect(Buffer.from((await new FileStore(root).get(key)) ?? []).toString()).toBe(`of ${key}`);
  expect(readdirSync(join(root, 'shared'))).toHaveLength(40);
});

test('a batch settles only when all of it could be named', async () => {
  const root = directory();
  const store = new FileStore(root);
  await store.put('a/b', bytes('x'));
  const batch = store.batch();
  // A directory has that name.
  await Promise.all(['a', 'c'].map((key) => batch.put(key, bytes('y'))));
  await expect(batch.settle()).rejects.toMatchObject({ code: 'HR-STATE-001', place: `${store.uri}/a` });
  expect(readdirSync(root).sort()).toEqual(['a', 'c']);
});

test('deleted objects leave no directories behind', async () => {
  const root = directory();
  const store = new FileStore(root);
  await store.put('job/chk-1/_metadata', bytes('x'));
  await store.delete('job/chk-1/_metadata');
  expect(readdirSync(join(root, 'job'))).toEqual([]);
});

test('names its own temporary files and versions as no keys', async () => {
  const store = new FileStore(directory());
  for (const key of ['.versions/a', 'a/.versions/b', '.tmp-1'])
    await expect(store.put(key, bytes('x')), key).rejects.toMatchObject({ code: 'HR-STATE-008' });
});

test('a root that cannot be written is a coded error with its place and mend', async () => {
  const root = directory();
  writeFileSync(join(root, 'file'), '');
  const store = new FileStore(join(root, 'file'));
  await expect(store.put('a', bytes('x'))).rejects.toMatchObject({
    code: 'HR-STATE-001',
    place: `${store.uri}/a`,
    mend: expect.stringContaining('may be written'),
  });
});
