import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ObjectInfo, ObjectStore, WrittenObject } from '../../runtime/state/object-store.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined) => (data === undefined ? undefined : new TextDecoder().decode(data));

async function collect(objects: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const object of objects) found.push(object);
  return found;
}
const keys = async (store: ObjectStore, prefix: string) => (await collect(store.list(prefix))).map(({ key }) => key);
async function whole(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const found: Uint8Array[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return new TextDecoder().decode(Buffer.concat(found));
}

/**
 * What every adapter of the ObjectStore contract must do.
 * @param open makes an empty store; called once a test. A second instance over the same objects is `reopen(store)`.
 */
export function objectStoreConformance(
  name: string,
  open: () => Promise<ObjectStore> | ObjectStore,
  reopen: (store: ObjectStore) => ObjectStore = (store) => store,
): void {
  describe(`${name} as an object store`, () => {
    test('gives back what was put, with its size and checksum', async () => {
      const store = await open();
      const data = bytes('höher\n');
      expect(await store.put('a/b', data)).toEqual({
        size: 7,
        sha256: createHash('sha256').update(data).digest('hex'),
      });
      expect(text(await store.get('a/b'))).toBe('höher\n');
      expect(text(await reopen(store).get('a/b'))).toBe('höher\n');
    });

    test('takes a stream of chunks as one object', async () => {
      const store = await open();
      async function* chunks() {
        yield bytes('one ');
        yield bytes('two');
      }
      expect(await store.put('stream', chunks())).toMatchObject({ size: 7 });
      expect(await whole(store.read('stream'))).toBe('one two');
    });

    test('writes nothing when the stream fails', async () => {
      const store = await open();
      await store.put('stream', bytes('old'));
      async function* chunks() {
        yield bytes('new and lo');
        throw new Error('the source broke');
      }
      await expect(store.put('stream', chunks())).rejects.toThrow('the source broke');
      expect(text(await store.get('stream'))).toBe('old');
      expect(await keys(store, '')).toEqual(['stream']);
    });

    test('writes nothing when the content is not the right one', async () => {
      const store = await open();
      await store.put('key', bytes('old'));
      async function* chunks() {
        yield bytes('altered on');
        yield bytes(' the way');
      }
      const seen: WrittenObject[] = [];
      const check = (content: WrittenObject) => {
        seen.push(content);
        throw new Error('does not match');
      };
      for (const target of [store, store.batch?.() ?? store]) {
        for (const key of ['key', 'fresh'])
          await expect(target.put(key, chunks(), check)).rejects.toThrow('does not match');
      }
      expect(seen[0]).toEqual({
        size: 18,
        sha256: createHash('sha256').update(bytes('altered on the way')).digest('hex'),
      });
      expect(text(await store.get('key'))).toBe('old');
      expect(await keys(store, '')).toEqual(['key']);
    });

    test('keeps empty objects', async () => {
      const store = await open();
      expect(await store.put('empty', bytes(''))).toMatchObject({ size: 0 });
      expect(await store.get('empty')).toHaveLength(0);
      expect(await whole(store.read('empty'))).toBe('');
      expect(await collect(store.list('empty'))).toMatchObject([{ key: 'empty', size: 0 }]);
    });

    test('knows nothing of what was never put, nor of a prefix', async () => {
      const store = await open();
      await store.put('a/b/c', bytes('x'));
      for (const key of ['nothing', 'a', 'a/b', 'a/b/c/d']) {
        expect(await store.get(key), key).toBeUndefined();
        expect(await store.getVersioned(key), key).toBeUndefined();
        await expect(whole(store.read(key)), key).rejects.toMatchObject({ code: 'HR-STATE-002' });
      }
      await expect(store.copy('nothing', 'elsewhere')).rejects.toMatchObject({ code: 'HR-STATE-002' });
      expect(await store.get('elsewhere')).toBeUndefined();
    });

    test('replaces the whole content', async () => {
      const store = await open();
      await store.put('key', bytes('a long content'));
      await store.put('key', bytes('short'));
      expect(text(await store.get('key'))).toBe('short');
      expect(await keys(store, '')).toEqual(['key']);
    });

    test('creates an absent object once', async () => {
      const store = await open();
      expect(await store.putIfAbsent('key', bytes('first'))).toBe(true);
      expect(await store.putIfAbsent('key', bytes('second'))).toBe(false);
      expect(text(await store.get('key'))).toBe('first');
    });

    test('of many that create the same object exactly one wins', async () => {
      const store = await open();
      const won = await Promise.all(
        Array.from({ length: 12 }, (_, i) => reopen(store).putIfAbsent('key', bytes(`w${i}`))),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(text(await store.get('key'))).toBe(`w${won.indexOf(true)}`);
    });

    test('replaces only the version that was seen', async () => {
      const store = await open();
      await store.put('key', bytes('one'));
      const first = await store.getVersioned('key');
      expect(text(first?.data)).toBe('one');
      const second = await store.putIfVersion('key', bytes('two'), first?.version as string);
      expect(second).toBeDefined();
      expect(await store.putIfVersion('key', bytes('stale'), first?.version as string)).toBeUndefined();
      expect(await store.getVersioned('key')).toMatchObject({ version: second });
      expect(await store.putIfVersion('key', bytes('three'), second as string)).toBeDefined();
      expect(text(await store.get('key'))).toBe('three');
      expect(await whole(store.read('key'))).toBe('three');
      expect(await collect(store.list(''))).toMatchObject([{ key: 'key', size: 5 }]);
    });

    test('replaces no object that is not there', async () => {
      const store = await open();
      await store.put('key', bytes('one'));
      const seen = await store.getVersioned('key');
      await store.delete('key');
      expect(await store.putIfVersion('key', bytes('two'), seen?.version as string)).toBeUndefined();
      expect(await store.get('key')).toBeUndefined();
    });

    test('an unconditional put makes every earlier version stale', async () => {
      const store = await open();
      await store.put('key', bytes('one'));
      const plain = (await store.getVersioned('key'))?.version as string;
      await store.put('key', bytes('two'));
      await store.put('key', bytes('three'));
      expect(await store.putIfVersion('key', bytes('stale'), plain)).toBeUndefined();
      const seen = (await store.getVersioned('key'))?.version as string;
      const written = (await store.putIfVersion('key', bytes('four'), seen)) as string;
      await store.put('key', bytes('five'));
      expect(text(await store.get('key'))).toBe('five');
      expect(await store.putIfVersion('key', bytes('stale'), written)).toBeUndefined();
      expect(text(await store.get('key'))).toBe('five');
    });

    test('a version of a deleted object does not fit its successor', async () => {
      const store = await open();
      await store.put('key', bytes('one'));
      const seen = (await store.getVersioned('key'))?.version as string;
      const old = (await store.putIfVersion('key', bytes('two'), seen)) as string;
      await store.delete('key');
      await store.put('key', bytes('three'));
      const next = (await store.getVersioned('key'))?.version as string;
      await store.putIfVersion('key', bytes('four'), next);
      expect(await store.putIfVersion('key', bytes('stale'), old)).toBeUndefined();
      expect(text(await store.get('key'))).toBe('four');
    });

    test('increments by many writers at once lose none', async () => {
      const store = await open();
      await store.put('n', bytes('0'));
      const increment = async (own: ObjectStore) => {
        for (let done = 0; done < 5; ) {
          const seen = await own.getVersioned('n');
          if (!seen) throw new Error('the counter is gone');
          const next = bytes(String(Number(text(seen.data)) + 1));
          if ((await own.putIfVersion('n', next, seen.version)) !== undefined) done += 1;
        }
      };
      await Promise.all(Array.from({ length: 6 }, () => increment(reopen(store))));
      expect(text(await store.get('n'))).toBe('30');
    });

    test('lists by prefix, in order of code units, plain and conditional objects alike', async () => {
      const store = await open();
      for (const key of ['b/10', 'b/9', 'a', 'b-0', 'b/Z', 'b/a/deep', 'bc', 'b/é']) await store.put(key, bytes(key));
      await store.putIfAbsent('b/once', bytes('x'));
      const seen = (await store.getVersioned('b/once'))?.version as string;
      await store.putIfVersion('b/once', bytes('xyz'), seen);
      const below = ['b/10', 'b/9', 'b/Z', 'b/a/deep', 'b/once', 'b/é'];
      expect(await keys(store, 'b/')).toEqual(below);
      expect(await keys(store, 'b')).toEqual(['b-0', ...below, 'bc']);
      expect(await keys(store, 'b/a')).toEqual(['b/a/deep']);
      expect(await keys(store, 'b/a/deep')).toEqual(['b/a/deep']);
      expect(await keys(store, 'no')).toEqual([]);
      expect(await keys(store, '')).toEqual(['a', 'b-0', ...below, 'bc']);
      const [once] = await collect(store.list('b/once'));
      expect(once).toMatchObject({ size: 3 });
      expect(Math.abs((once?.modified ?? 0) - Date.now())).toBeLessThan(600_000);
    });

    test('copies the content of the moment over whatever is there', async () => {
      const store = await open();
      await store.put('from', bytes('one'));
      await store.copy('from', 'to/new');
      await store.put('from', bytes('two'));
      expect(text(await store.get('to/new'))).toBe('one');
      const seen = (await store.getVersioned('to/new'))?.version as string;
      const written = (await store.putIfVersion('to/new', bytes('conditional'), seen)) as string;
      await store.copy('from', 'to/new');
      expect(text(await store.get('to/new'))).toBe('two');
      expect(await store.putIfVersion('to/new', bytes('stale'), written)).toBeUndefined();
    });

    test('deletes one object, and an absent one without an error', async () => {
      const store = await open();
      await store.put('a/b', bytes('x'));
      await store.put('a/c', bytes('y'));
      const seen = (await store.getVersioned('a/b'))?.version as string;
      await store.putIfVersion('a/b', bytes('xx'), seen);
      await store.delete('a');
      expect(text(await store.get('a/b'))).toBe('xx');
      await store.delete('a/b');
      await store.delete('a/b');
      expect(await store.get('a/b')).toBeUndefined();
      expect(await keys(store, '')).toEqual(['a/c']);
      expect(await store.putIfAbsent('a/b', bytes('again'))).toBe(true);
    });

    test.each(['', '/a', 'a/', '../a', 'a/../../b', 'a/./b', 'a//b', '..'])('refuses the key %j', async (key) => {
      const store = await open();
      const refused = { code: 'HR-STATE-008' };
      await expect(store.put(key, bytes('x'))).rejects.toMatchObject(refused);
      await expect(store.putIfAbsent(key, bytes('x'))).rejects.toMatchObject(refused);
      await expect(store.get(key)).rejects.toMatchObject(refused);
      await expect(store.delete(key)).rejects.toMatchObject(refused);
      await expect(store.copy('a', key)).rejects.toMatchObject({ code: expect.stringMatching(/^HR-STATE-00[28]$/) });
    });
  });
}
