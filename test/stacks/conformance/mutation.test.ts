// Breaks each property of each cell once. Prints the score; a mutant that nobody notices fails the run.
import { expect, test } from 'vitest';
import { failures } from './check.ts';
import { absent, atLeast, breaksOf, including } from './expectation.ts';
import { score } from './mutate.ts';
import { at, GONE, update } from './path.ts';
import { kept, need, type Promised } from './promise.ts';
import { PROMISES } from './promises.ts';
import { CLOUDS, SUBJECTS } from './subjects.ts';

test.each(CLOUDS)('every broken property of %s is noticed', (cloud) => {
  const { killed, mutants, survivors } = score(PROMISES, cloud, SUBJECTS[cloud]);
  const share = ((100 * killed) / mutants).toFixed(1);
  process.stdout.write(`mutation score ${cloud}: ${killed} of ${mutants} (${share} %)\n`);
  expect(mutants).toBeGreaterThan(500);
  expect(survivors).toEqual([]);
});

const stacks = {
  region: {
    resource: {
      aws_s3_bucket: { a: { private: true, tags: { x: '1' } }, b: { private: true } },
      aws_iam_policy: { p: { policy: JSON.stringify({ Statement: [{ Sid: 'One', Effect: 'Deny' }] }) } },
    },
  },
  standby: { resource: {} },
  global: { resource: {} },
};
const row = (cell: Promised['aws']): Promised => ({
  id: 'T1',
  sentence: 'is a test',
  aws: cell,
  azure: cell,
  gcp: cell,
});

test('a property that the table forgets on another resource survives', () => {
  const forgets = row(kept(need('aws_s3_bucket', 'a', { private: true })));
  expect(score([forgets], 'aws', stacks).survivors).toEqual([
    'T1 aws: region: aws_s3_bucket.b private: take away, which no row names',
  ]);
  const excused = row(kept(need('aws_s3_bucket', 'a', { private: true }, 'b may be public')));
  expect(score([excused], 'aws', stacks).survivors).toEqual([]);
});

test('a promise that is broken already has no score', () => {
  const broken = row(kept(need('aws_s3_bucket', 'a', { private: false })));
  expect(() => score([broken], 'aws', stacks)).toThrow('T1 aws is not kept as it stands');
});

test('statements inside of policies are read and changed', () => {
  const policy = stacks.region.resource.aws_iam_policy.p;
  expect(at(policy, 'policy.#One.Effect')).toBe('Deny');
  expect(
    at(
      update(policy, 'policy.#One.Effect', () => GONE),
      'policy.#One',
    ),
  ).toEqual({ Sid: 'One' });
  expect(at(policy, 'policy.#Two.Effect')).toBeUndefined();
});

test('every way to break a value is one that its expectation refuses', () => {
  const cases: [unknown, unknown][] = [
    [true, true],
    [3, 3],
    ['x', 'x'],
    ['', ''],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      { a: 1, b: 2 },
      { a: 1, b: 2 },
    ],
    [absent, undefined],
    [atLeast(2), 3],
    [including('a'), ['a', 'b']],
  ];
  for (const [expected, value] of cases) {
    const before = { resource: { t: { one: value === undefined ? {} : { field: value } } } };
    const cell = kept(need('t', 'one', { field: expected }));
    expect(failures(cell, { ...stacks, region: before })).toEqual([]);
    const breaks = breaksOf(expected, value);
    expect(breaks.length).toBeGreaterThan(0);
    for (const broken of breaks) {
      const region = { resource: { t: { one: update(before.resource.t.one, 'field', () => broken) } } };
      expect(failures(cell, { ...stacks, region } as never), JSON.stringify([value, broken])).not.toEqual([]);
    }
  }
});
