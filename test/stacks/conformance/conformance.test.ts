// 60 promises, each in each cloud: kept by the synthesized stacks, or told as an exception by the cloud's page.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { failures } from './check.ts';
import { CHAPTER, chapterOf } from './exceptions.ts';
import { PROMISES } from './promises.ts';
import { CLOUDS, SUBJECTS } from './subjects.ts';

test('the table has 60 promises, each once', () => {
  expect(PROMISES).toHaveLength(60);
  expect(new Set(PROMISES.map(({ id }) => id)).size).toBe(60);
});

describe.each(PROMISES)('$id', (promised) => {
  for (const cloud of CLOUDS) {
    const cell = promised[cloud];
    if ('exception' in cell) continue;
    test(`${promised.id} ${cloud}: ${promised.sentence}`, () => {
      expect(cell.needs.length, 'a cell without a need keeps nothing').toBeGreaterThan(0);
      expect(failures(cell, SUBJECTS[cloud])).toEqual([]);
    });
  }
});

describe('exceptions', () => {
  test.each(CLOUDS)('the page of %s tells each exception of the table, and no other', (cloud) => {
    const page = readFileSync(new URL(`../../../stacks/${cloud}/README.md`, import.meta.url), 'utf8');
    const told = page.split(CHAPTER)[1]?.split('\n## ')[0];
    // `npm run docs:promises` writes the chapter.
    expect(told?.trim()).toBe(chapterOf(cloud).trim());
  });

  test('are few: a cloud keeps at least 54 promises', () => {
    for (const cloud of CLOUDS) {
      expect(PROMISES.filter((one) => 'exception' in one[cloud]).length, cloud).toBeLessThanOrEqual(6);
    }
  });
});
