import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type FileSourceOptions,
  fileSource,
  runLocal,
  type SourceRecord,
  START,
} from '../../../runtime/local/index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { job } from './sample-job.ts';

const file = (content: string, options: Partial<FileSourceOptions> = {}) => {
  const path = join(temporaryDirectory(), 'source');
  writeFileSync(path, content);
  return fileSource({ path, name: 'data.tsv', format: 'tsv', columns: ['id', 'key'], ...options });
};
async function read(source: ReturnType<typeof fileSource>, from = START): Promise<SourceRecord[]> {
  const found: SourceRecord[] = [];
  for await (const batch of source.open(from, new AbortController().signal)) found.push(...batch);
  return found;
}

test('a tsv file gives one record a line, with places that reading can go on from', async () => {
  const source = file('a\tx\r\n\nö\ty\nc\tz');
  const all = await read(source);
  expect(all.map(({ record, value }) => [record, value])).toEqual([
    [1, { id: 'a', key: 'x' }],
    [3, { id: 'ö', key: 'y' }],
    [4, { id: 'c', key: 'z' }],
  ]);
  for (const [i, { record, offset }] of all.entries())
    expect(await read(source, { record, offset })).toEqual(all.slice(i + 1));
});

test('derived fields come from the first group of their pattern', async () => {
  const source = file('7_1\tx\n', { derive: { review: { from: 'id', pattern: '^([^_]+)_' } } });
  expect((await read(source))[0]?.value).toEqual({ id: '7_1', key: 'x', review: '7' });
});

test.each<[string, string, Partial<FileSourceOptions>, RegExp]>([
  ['a missing column', 'a\tx\nb\n', {}, /has 1 column instead of 2 \(id, key\)/],
  ['a column too many', 'a\tx\nb\ty\tz\n', {}, /has 3 columns instead of 2/],
  ['broken JSON', '{"id":"a","key":"x"}\n{"id":\n', { format: 'jsonl' }, /not JSON/],
  ['JSON that is no object', '{"id":"a","key":"x"}\n[1]\n', { format: 'jsonl' }, /no JSON object/],
  ['a line too long', 'a\tx\nbbbbbbbbbbbbbbbb\ty\n', { maxLineBytes: 16 }, /has 18 bytes; the limit is 16/],
  ['a long line without an end', 'a\tx\nbbbbbbbbbbbbbbbb\ty', { maxLineBytes: 16 }, /has 18 bytes/],
  [
    'a field that does not match',
    '1_1\tx\n22\ty\n',
    { derive: { r: { from: 'id', pattern: '^(.)_' } } },
    /r is derived/,
  ],
])('%s is refused with its line before anything is written', async (_, content, options, message) => {
  const directory = temporaryDirectory();
  await expect(runLocal(job(directory, { source: file(content, options) }))).rejects.toMatchObject({
    code: 'HR-SOURCE-001',
    place: 'data.tsv:2',
    message: expect.stringMatching(message),
    mend: expect.stringContaining('nothing was written'),
  });
  for (const name of ['outputs', 'state', 'journal']) expect(existsSync(join(directory, name)), name).toBe(false);
});

test('a file that is not there is refused with its name', async () => {
  const directory = temporaryDirectory();
  const source = fileSource({ path: join(directory, 'none'), name: 'none.jsonl', format: 'jsonl' });
  await expect(runLocal(job(directory, { source }))).rejects.toMatchObject({
    code: 'HR-SOURCE-002',
    place: 'none.jsonl',
    message: 'there is no such file',
  });
  expect(existsSync(join(directory, 'state'))).toBe(false);
});
