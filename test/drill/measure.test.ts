/** Faults modelled: a commit that both regions report, a failover that did not get to its end, an owner that works on unaware. */
import { describe, expect, it } from 'vitest';
import type { TimelineEvent } from '../../ops/drill/index.ts';
import { measureFailover, measureStay } from '../../ops/drill/measure.ts';
import { timeline } from '../report/sample-result.ts';

const commits: Record<number, number> = { 1: 100, 2: 300 };
/** @param known checkpoints of the standby that were in the log at the fault. */
const parts = (...known: number[]) => ({
  primary: 'us',
  standby: 'eu',
  fresh: (region: string, checkpoint: number) =>
    region === 'eu' && known.includes(checkpoint) ? 0 : (commits[checkpoint] ?? 0),
});

describe('what a failover cost', () => {
  it('is measured from the fault to the first output that was not in the log', () => {
    const { rto, failover } = measureFailover(timeline, parts(1));
    expect(rto).toBe(2_760 - 1_500);
    expect(failover.phases).toEqual({ detection: 900, decision: 20, restore: 20, firstOutput: 320 });
  });

  it('counts outputs of the restore point that the primary had not made visible', () => {
    expect(measureFailover(timeline, parts()).rto).toBe(2_450 - 1_500);
  });

  it('takes the age of the restore point and the inputs that it does not know as the recovery point', () => {
    const measures = measureFailover(timeline, parts(1));
    expect(measures.rpo).toBe(1_500 - 890);
    expect(measures.failover.rpoRecords).toBe(80);
    expect(measures.epochs).toEqual({ primary: 1, standby: 2 });
  });

  it('ends with the old epoch, not with the fault, where the old owner worked on', () => {
    const later = timeline.map((e) => (e.kind === 'chosen' ? { ...e, triggeredAt: 2_105 } : e));
    const more: TimelineEvent = { at: 2_300, region: 'us', kind: 'progress', finished: 260, committed: 100 };
    const measures = measureFailover(
      [...later, more].sort((a, b) => a.at - b.at),
      parts(1),
    );
    expect(measures.rpo).toBe(2_405 - 2_105);
    expect(measures.failover.rpoRecords).toBe(160);
  });

  it('counts what the old owner commits after the takeover, but for checkpoints that the takeover found', () => {
    const late = (checkpoint: number): TimelineEvent => ({
      at: 2_900,
      region: 'us',
      kind: 'committed',
      checkpoint,
      outputs: 7,
    });
    expect(measureFailover([...timeline, late(1)], parts(1)).failover.late).toBe(0);
    expect(measureFailover([...timeline, late(2)], parts(1)).failover.late).toBe(7);
  });

  it('is refused when the standby never got to an output', () => {
    const cut = timeline.filter(({ at }) => at < 2_440);
    expect(() => measureFailover(cut, parts(1))).toThrow(
      expect.objectContaining({ code: 'HR-DRILL-005', place: 'region eu' }),
    );
  });
});

describe('what a fault cost that the active region outlived', () => {
  const at = (at: number, event: object) => ({ at, region: 'us', ...event }) as TimelineEvent;
  const point = (time: number, checkpoint: number, triggeredAt: number) =>
    at(time, { region: 'eu', kind: 'restore-point', checkpoint, epoch: 1, triggeredAt, finished: 1, bytes: 1 });

  it('is the longest silence and the greatest age of the newest restore point from the fault on', () => {
    const stay = [
      point(500, 1, 400),
      at(600, { kind: 'committed', checkpoint: 1, outputs: 100 }),
      at(5_000, { kind: 'fault', what: 'down' }),
      at(5_100, { kind: 'committed', checkpoint: 2, outputs: 300 }),
      point(5_200, 2, 5_000),
      at(7_000, { kind: 'healed', what: 'up' }),
      point(7_300, 3, 7_200),
      at(7_400, { kind: 'committed', checkpoint: 1, outputs: 100 }),
    ];
    const measures = measureStay(stay, parts());
    expect(measures.rto).toBe(2_300);
    expect(measures.rpo).toBe(4_800);
    expect(measures.healedAt).toBe(7_000);
  });
});
