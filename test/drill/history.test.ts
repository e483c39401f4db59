/** Faults modelled: a line that a kill cut short, lines of other drills and of other formats. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendHistory, comparable, historyEntry, readHistory } from '../../ops/drill/index.ts';
import { sample } from '../report/sample-result.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';

it('keeps a line a drill, and passes over what is none', () => {
  const file = join(temporaryDirectory(), 'deep', 'history.jsonl');
  const entry = historyEntry(sample());
  expect(readHistory(file)).toEqual([]);
  appendHistory(file, entry);
  appendFileSync(file, '{"format":9,"startedAt":1}\n{"format":1,"startedA');
  appendHistory(file, { ...entry, startedAt: entry.startedAt + 1 });
  expect(readHistory(file).map(({ startedAt }) => startedAt - entry.startedAt)).toEqual([0, 1]);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(5);
});

it('compares a drill with earlier ones of the same deployment, engine, scenario and commit', () => {
  const result = sample();
  const entry = { ...historyEntry(result), startedAt: result.startedAt - 1 };
  const others = [
    { ...entry, deployment: 'other' },
    { ...entry, engine: 'flink' },
    { ...entry, scenario: 'partition' },
    { ...entry, commit: 'local' as const },
    historyEntry(result),
  ];
  expect(comparable([...others, entry], result)).toEqual([entry]);
});
