// A writer in a process of its own. Usage: file-store-process.ts ROOT increment|create|endless NAME
import { FileStore } from '../../runtime/state/file-store.ts';

const [root, work, name] = process.argv.slice(2) as [string, 'increment' | 'create' | 'endless', string];
const store = new FileStore(root);
const bytes = (text: string) => new TextEncoder().encode(text);

if (work === 'increment') {
  for (let done = 0; done < 25; ) {
    const seen = await store.getVersioned('n');
    if (!seen) throw new Error('the counter is gone');
    const next = bytes(String(Number(Buffer.from(seen.data).toString()) + 1));
    if ((await store.putIfVersion('n', next, seen.version)) !== undefined) done += 1;
  }
} else if (work === 'create') {
  for (let i = 0; i < 25; i++) {
    if (await store.putIfAbsent(`slot/${i}`, bytes(name))) await store.put(`won/${name}/${i}`, bytes(''));
  }
} else {
  process.send?.('started');
  for (let i = 0; ; i++) await store.put('big', bytes(String(i % 10).repeat(4_000_000)));
}
