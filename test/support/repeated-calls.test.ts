import { expect, test } from 'vitest';
import type { Journaled } from '../flink/journal-topic.ts';
import { repeatedWithoutNeed } from '../flink/repeated-calls.ts';

const entry = (writer: string, writerStartedAt: number, appendedAt: number): Journaled => ({
  call: 'a',
  writer,
  writerStartedAt,
  appendedAt,
});
const twice = [
  { key: 'a', at: 10 },
  { key: 'b', at: 20 },
  { key: 'a', at: 50 },
];

test('a call that is made again after a loss, and was on no record, is as it must be', () => {
  expect(repeatedWithoutNeed(twice, [30], [entry('new', 40, 60)])).toEqual({ withoutLoss: [], thoughOnRecord: [] });
});

test('a call that is made again though nobody died is found', () => {
  expect(repeatedWithoutNeed(twice, [5, 55], []).withoutLoss).toEqual(['a']);
});

test('a call is found that was on record before the next start', () => {
  expect(repeatedWithoutNeed(twice, [30], [entry('new', 40, 60), entry('old', 1, 39)]).thoughOnRecord).toEqual(['a']);
});

test('what a dying writer recorded after the next start had begun to read is excused', () => {
  expect(repeatedWithoutNeed(twice, [30], [entry('old', 1, 41), entry('new', 40, 60)]).thoughOnRecord).toEqual([]);
});

test('a call that one writer recorded twice is found', () => {
  expect(repeatedWithoutNeed(twice, [30], [entry('new', 40, 41), entry('new', 40, 60)]).thoughOnRecord).toEqual(['a']);
});
