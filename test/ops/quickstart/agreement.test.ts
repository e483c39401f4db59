import { expect, it } from 'vitest';
import { agreement } from '../../../ops/quickstart/agreement.ts';

it('is perfect where scores are a straight line of the references, and reversed where it falls', () => {
  const rising = [1, 2, 3].map((n) => [2 * n - 1, n] as const);
  expect(agreement(rising)).toEqual({ count: 3, correlation: 1, sameSign: 1 });
  expect(agreement(rising.map(([score, reference]) => [-score, reference] as const))).toMatchObject({
    correlation: -1,
    sameSign: 0,
  });
});

it('counts a zero as agreeing with a zero only', () => {
  const pairs = [
    [0, 0],
    [0, 1],
    [-0.5, 0],
    [-0.5, -3],
  ] as const;
  expect(agreement(pairs).sameSign).toBe(0.5);
});

it("is Pearson's coefficient in between", () => {
  // About means of 3: products sum to 6, squares to 10 and 10.
  const pairs = [
    [1, 2],
    [2, 1],
    [3, 5],
    [4, 3],
    [5, 4],
  ] as const;
  expect(agreement(pairs).correlation).toBeCloseTo(0.6, 12);
});
