/** Faults modelled: a commit that both regions report, and a failover that did not get to its end. */
import { describe, expect, it } from 'vitest';
import { measure } from '../../ops/drill/measure.ts';
import { timeline } from '../report/sample-result.ts';

const parts = { primary: 'us', standby: 'eu' };

describe('what a failover cost', () => {
  it('is measured from the kill to the first output that was not in the log', () => {
    const measures = measure(timeline, parts, new Set([1]), 100);
    expect(measures.rto).toBe(2_760 - 1_500);
    expect(measures.phases).toEqual({ detection: 900, decision: 20, restore: 20, firstOutput: 320 });
    expect(measures.committed).toEqual({ primary: 100, standby: 300 });
  });

  it('counts outputs of the restore point that the primary had not made visible', () => {
    const measures = measure(timeline, parts, new Set(), 0);
    expect(measures.rto).toBe(2_450 - 1_500);
    expect(measures.committed).toEqual({ primary: 0, standby: 400 });
  });

  it('takes the age of the restore point and the inputs that it does not know as the recovery point', () => {
    const measures = measure(timeline, parts, new Set([1]), 100);
    expect(measures.rpo).toBe(1_500 - 890);
    expect(measures.rpoRecords).toBe(80);
    expect(measures.epochs).toEqual({ primary: 1, standby: 2 });
  });

  it('is refused when the standby never got to an output', () => {
    const cut = timeline.filter(({ at }) => at < 2_440);
    expect(() => measure(cut, parts, new Set([1]), 100)).toThrow(
      expect.objectContaining({ code: 'HR-DRILL-005', place: 'region eu' }),
    );
  });
});
