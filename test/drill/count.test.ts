/** Faults modelled: logs with outputs that are missing, there twice, altered, foreign, or in another order. */
import { describe, expect, it } from 'vitest';
import { countCalls, countOutputs } from '../../ops/drill/index.ts';

const output = (id: string, key = 'k', value: unknown = { id }) => ({ id, key, value });
const expected = [output('1'), output('2'), output('3'), output('4', 'other')];

describe('counting a log', () => {
  it('finds nothing wrong with the same outputs, whatever the order between keys', () => {
    const seen = [output('4', 'other'), output('1'), output('2'), output('3')];
    expect(countOutputs(expected, seen)).toMatchObject({
      expected: 4,
      seen: 4,
      lost: 0,
      repeated: 0,
      unexpected: 0,
      different: 0,
      keysOutOfOrder: 0,
      keys: 2,
    });
  });

  it('counts what is missing and names it', () => {
    const count = countOutputs(expected, [output('1'), output('3')]);
    expect(count.lost).toBe(2);
    expect(count.examples.lost).toEqual(['2', '4']);
  });

  it('counts an id that comes again, each time, also with other content', () => {
    const count = countOutputs(expected, [...expected, output('1'), output('1', 'k', 'other')]);
    expect(count).toMatchObject({ seen: 6, repeated: 2, lost: 0, different: 0 });
  });

  it('counts outputs that nobody expected and outputs of other content', () => {
    const seen = [output('1'), output('2', 'k', { id: 'x' }), output('3'), output('4', 'other'), output('5')];
    expect(countOutputs(expected, seen)).toMatchObject({ different: 1, unexpected: 1, lost: 0, repeated: 0 });
  });

  it('counts keys whose outputs are in another order', () => {
    const seen = [output('2'), output('1'), output('3'), output('4', 'other')];
    expect(countOutputs(expected, seen).keysOutOfOrder).toBe(1);
  });

  it('counts model calls that were made again by their idempotency keys', () => {
    expect(countCalls(['a', 'b', 'c'], ['c', 'd'])).toEqual({ made: 5, unique: 4, repeated: 1 });
  });
});
