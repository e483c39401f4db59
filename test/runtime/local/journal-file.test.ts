/** Faults modelled: a process killed in the middle of a write, and bytes that a disk gives back wrong. */
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { JournalFile, readJournal } from '../../../runtime/local/journal-file.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const entry = (index: number, result: unknown = `result ${index}`) => ({ index, name: 'durable:x', args: '', result });
const path = (directory: string, generation: number) =>
  join(directory, `journal-${String(generation).padStart(10, '0')}.log`);
const results = async (directory: string, generation = 0) =>
  [...(await readJournal(directory, generation))].map(([record, entries]) => [record, [...entries.keys()]]);

async function written(directory: string, generation: number, ...records: number[]): Promise<void> {
  const journal = new JournalFile(directory, generation);
  await Promise.all(records.map((record) => journal.append(record, entry(0))));
  await journal.close();
}

it('gives back what was confirmed, with any result that JSON holds', async () => {
  const directory = join(temporaryDirectory(), 'journal');
  const journal = new JournalFile(directory, 0);
  await Promise.all([
    journal.append(1, entry(0, { a: 'ü\n"' })),
    journal.append(1, entry(1, null)),
    journal.append(2, entry(0)),
  ]);
  await journal.close();
  const found = await readJournal(directory, 0);
  expect(found.get(1)?.get(0)).toEqual(entry(0, { a: 'ü\n"' }));
  expect(found.get(1)?.get(1)).toEqual(entry(1, null));
  expect(found.get(2)?.get(0)).toEqual(entry(0));
});

it('has an entry on disk when its append resolves', async () => {
  const directory = join(temporaryDirectory(), 'journal');
  const journal = new JournalFile(directory, 0);
  await journal.append(7, entry(0));
  expect(await results(directory)).toEqual([[7, [0]]]);
  await journal.close();
});

it('leaves out a torn last line, at whichever byte it is torn', async () => {
  const directory = join(temporaryDirectory(), 'journal');
  await written(directory, 0, 1, 2);
  const whole = readFileSync(path(directory, 0));
  const second = whole.indexOf(0x0a) + 1;
  for (let size = whole.byteLength - 2; size >= second; size--) {
    truncateSync(path(directory, 0), size);
    expect(await results(directory)).toEqual([[1, [0]]]);
  }
});

it('goes on behind a torn line without losing what it writes', async () => {
  const directory = join(temporaryDirectory(), 'journal');
  await written(directory, 0, 1);
  appendFileSync(path(directory, 0), '0badc0de [2,0,"dur');
  await written(directory, 0, 3);
  expect(await results(directory)).toEqual([
    [1, [0]],
    [3, [0]],
  ]);
});

it('leaves out a line whose bytes changed', async () => {
  const directory = join(temporaryDirectory(), 'journal');
  await written(directory, 0, 1, 2);
  const text = readFileSync(path(directory, 0), 'utf8');
  writeFileSync(path(directory, 0), text.replace('result 0', 'result 9'));
  expect(await results(directory)).toEqual([[2, [0]]]);
});

it('begins a file at each checkpoint, also while entries wait to be written', async () => {
  const directory = join(temporaryDirectory(), 'journal');
  const journal = new JournalFile(directory, 0);
  await journal.append(1, entry(0));
  const during = journal.append(2, entry(0));
  journal.rotate(1);
  await during;
  await journal.append(3, entry(0));
  await journal.close();
  expect(readdirSync(directory).sort()).toEqual(['journal-0000000000.log', 'journal-0000000001.log']);
  expect(await results(directory, 0)).toHaveLength(3);
  expect((await results(directory, 1)).map(([record]) => record)).toContain(3);
});

it('removes only the generations that nobody needs', async () => {
  const directory = join(temporaryDirectory(), 'journal');
  for (const generation of [0, 1, 2]) await written(directory, generation, generation);
  const journal = new JournalFile(directory, 2);
  await journal.discardBefore(1);
  expect(readdirSync(directory).sort()).toEqual(['journal-0000000001.log', 'journal-0000000002.log']);
});

it('rejects an append that cannot be written', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'file'), '');
  const journal = new JournalFile(join(directory, 'file', 'journal'), 0);
  await expect(journal.append(1, entry(0))).rejects.toMatchObject({ code: 'ENOTDIR' });
});
