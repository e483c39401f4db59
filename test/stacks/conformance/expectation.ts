// What a promise expects at one place, and the ways in which that can be broken.
import { isDeepStrictEqual } from 'node:util';
import { GONE } from './path.ts';

/** An expectation that is no plain value. */
export class Matcher {
  /** In a sentence's words, after "must". */
  readonly says: string;
  /** Whether a value is as promised. */
  readonly accepts: (value: unknown) => boolean;
  /** Values that are not, made from one that is. */
  readonly breaks: (value: unknown) => readonly unknown[];

  constructor(says: string, accepts: Matcher['accepts'], breaks: Matcher['breaks']) {
    this.says = says;
    this.accepts = accepts;
    this.breaks = breaks;
  }
}

/** Must not be there. */
export const absent = new Matcher(
  'be absent',
  (value) => value === undefined || value === null || isDeepStrictEqual(value, []) || isDeepStrictEqual(value, {}),
  () => [true, { headrace: true }, 'something'],
);

/** Must be a number of at least so much. */
export const atLeast = (least: number) =>
  new Matcher(
    `be at least ${least}`,
    (value) => typeof value === 'number' && value >= least,
    () => [least - 1, GONE],
  );

/** Must be a list with all of these among its elements. */
export const including = (...wanted: readonly unknown[]) =>
  new Matcher(
    `include ${wanted.map((one) => JSON.stringify(one)).join(', ')}`,
    (value) => Array.isArray(value) && wanted.every((one) => value.some((other) => isDeepStrictEqual(one, other))),
    (value) => [
      [],
      GONE,
      ...wanted.map((one) => (value as unknown[]).filter((other) => !isDeepStrictEqual(one, other))),
    ],
  );

/** Must be a text of this form. */
export const matching = (form: RegExp) =>
  new Matcher(
    `match ${form}`,
    (value) => typeof value === 'string' && form.test(value),
    () => ['', 'something-else', GONE],
  );

/** Must be a list of so many elements that differ. */
export const distinct = (count: number) =>
  new Matcher(
    `be ${count} different elements`,
    (value) =>
      Array.isArray(value) && value.length === count && new Set(value.map((one) => JSON.stringify(one))).size === count,
    (value) => [[], GONE, (value as unknown[]).slice(1), (value as unknown[]).map(() => (value as unknown[])[0])],
  );

/** A Terraform expression as the synthesized JSON spells it. */
export const ref = (expression: string) => `\${${expression}}`;

export const keeps = (expected: unknown, value: unknown): boolean =>
  expected instanceof Matcher ? expected.accepts(value) : isDeepStrictEqual(expected, value);

export const describeExpected = (expected: unknown): string =>
  expected instanceof Matcher ? expected.says : `be ${JSON.stringify(expected)}`;

/** Values that break an expectation, made from the one that keeps it. */
export function breaksOf(expected: unknown, value: unknown): readonly unknown[] {
  if (expected instanceof Matcher) return expected.breaks(value);
  if (typeof value === 'boolean') return [!value, GONE];
  if (typeof value === 'number') return [value + 1, 0, GONE].filter((one) => one !== value);
  if (typeof value === 'string') {
    if (value === 'true' || value === 'false') return [value === 'true' ? 'false' : 'true', GONE];
    return [`${value}-other`, '', GONE].filter((one) => one !== value);
  }
  if (Array.isArray(value)) {
    const without = value.map((_, i) => value.filter((__, j) => j !== i));
    return [...without, [...value, 'something-else'], GONE];
  }
  if (typeof value === 'object' && value !== null) {
    const without = Object.keys(value).map((key) =>
      Object.fromEntries(Object.entries(value).filter(([k]) => k !== key)),
    );
    return [...without, GONE];
  }
  return [GONE];
}
