/** Faults modelled: restore points that are damaged, of another plan, of an abandoned branch, or not there at all. */
import { describe, expect, it } from 'vitest';
import { type Candidate, chooseRestorePoint } from '../../runtime/state/restore-point-choice.ts';

const point = (checkpoint: number, epoch = 1, more: Partial<Candidate> = {}): Candidate => ({
  key: `${checkpoint}-${epoch}`,
  checkpoint,
  epoch,
  planHash: 'a',
  ...more,
});

describe('the restore point that is chosen', () => {
  it.each([
    ['is the only one', [point(1)], '1-1', []],
    ['is the newest', [point(1), point(3), point(2)], '3-1', []],
    ['is of the latest epoch, whatever the numbers', [point(9, 1), point(4, 2)], '4-2', []],
    [
      'is the one before, when the newest lacks a file',
      [point(1), point(2, 1, { fault: 'x is missing' })],
      '1-1',
      ['x is missing'],
    ],
    [
      'is the first whole one, each damaged one with its own reason',
      [point(1), point(2, 1, { fault: 'b' }), point(3, 1, { fault: 'c' })],
      '1-1',
      ['c', 'b'],
    ],
    [
      'is never of a branch that a later epoch left behind',
      [point(3, 1), point(5, 1), point(4, 2, { fault: 'broken' })],
      '3-1',
      ['broken', 'epoch 2 went on from an earlier point'],
    ],
  ])('%s', (_, candidates, chosen, reasons) => {
    const choice = chooseRestorePoint('store', candidates, 'a');
    expect(choice.chosen.key).toBe(chosen);
    expect(choice.passedOver.map(({ reason }) => reason)).toEqual(reasons);
  });

  it.each([
    ['none where there is none', [], 'HR-STATE-006'],
    ['none where all are damaged', [point(1, 1, { fault: 'x' }), point(2, 1, { fault: 'y' })], 'HR-STATE-006'],
    [
      'refused when the newest whole one is of another plan',
      [point(1), point(2, 1, { planHash: 'b' })],
      'HR-STATE-007',
    ],
    [
      'refused for another plan also behind a damaged one',
      [point(1, 1, { planHash: 'b' }), point(2, 1, { fault: 'x' })],
      'HR-STATE-007',
    ],
  ])('is %s', (_, candidates, code) => {
    expect(() => chooseRestorePoint('store', candidates, 'a')).toThrow(expect.objectContaining({ code }));
  });
});
