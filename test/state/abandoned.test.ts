/** Fault modelled: a store that stops answering in the middle of a call, and a replicator that is told to end. */
import { expect, it } from 'vitest';
import { Replicator } from '../../runtime/state/replicator.ts';
import { abandonedWith } from '../../runtime/state/stores/abandoned.ts';
import { MemoryStore } from './memory-store.ts';
import { JOB, writeCheckpoint } from './samples.ts';

it.each(['list', 'get', 'read'])(
  'ends a replicator whose primary hangs in %s, as soon as it is told to',
  async (hangs) => {
    const [us, eu] = [new MemoryStore('us'), new MemoryStore('eu')];
    await writeCheckpoint(us, 1);
    const stop = new AbortController();
    let asked = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    us.before = (operation) => {
      if (operation !== hangs) return;
      asked();
      return new Promise(() => {});
    };
    const from = abandonedWith(us, stop.signal);
    const running = new Replicator({ job: JOB, region: 'eu', from, to: eu, every: 10, retain: 3 }).run(stop.signal);
    await asking;
    stop.abort();
    await running;
    expect([...eu.objects.keys()].filter((key) => key.startsWith('restore-points'))).toEqual([]);
  },
);

it('reads as the store does until then', async () => {
  const store = new MemoryStore();
  await store.put('a/b', Buffer.from('hello, region'));
  const stop = new AbortController();
  const reads = abandonedWith(store, stop.signal);
  const chunks = [];
  for await (const chunk of reads.read('a/b')) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe('hello, region');
  expect(Buffer.from((await reads.get('a/b')) ?? []).toString()).toBe('hello, region');
  const keys = [];
  for await (const { key } of reads.list('a/')) keys.push(key);
  expect(keys).toEqual(['a/b']);
  await expect(reads.read('none')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'HR-STATE-002' });
  stop.abort(new Error('told to'));
  await expect(reads.get('a/b')).rejects.toThrow('told to');
});
