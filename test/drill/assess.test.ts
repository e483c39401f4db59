/** Faults modelled: drills whose logs are right and whose course is not the one that the scenario promises, and the other way round. */
import { describe, expect, it } from 'vitest';
import { assess, type Observed, SCENARIOS } from '../../ops/drill/index.ts';
import { sample, timeline } from '../report/sample-result.ts';

const output = (n: number) => ({ id: `id-${n}`, key: `k${n % 3}`, value: n });
const outputs = Array.from({ length: 400 }, (_, i) => output(i));
const digest = { keys: 3, sha256: 'd'.repeat(64) };
const { scenario, deployment, job, agent, versions, times, leaseRegion, files, regions, startedAt } = sample();

const observed = (more: Partial<Observed> = {}): Observed => ({
  ...{ scenario, deployment, job, agent, versions, times, leaseRegion, files, startedAt, regions },
  engine: 'flink',
  commit: 'replicated',
  outcome: 'failover',
  endedAt: startedAt + 3_000,
  timeline: timeline.map((event) => ({
    ...event,
    at: event.at + startedAt,
    ...('triggeredAt' in event ? { triggeredAt: event.triggeredAt + startedAt } : {}),
  })),
  objectives: { rto: 60_000, rpo: 15_000 },
  expected: { read: 400, outputs },
  seen: outputs,
  fresh: (region, checkpoint) => (region === 'us' ? 100 : checkpoint === 1 ? 0 : 300),
  calls: [['a', 'b'], ['b']],
  state: { expected: digest, found: digest },
  ...more,
});

describe('the judgement of a drill', () => {
  it('is the same for regions that ran elsewhere: it takes a timeline, logs and digests', () => {
    const result = assess(observed());
    expect(result).toMatchObject({
      engine: 'flink',
      outcome: 'failover',
      exact: true,
      surprises: [],
      passed: true,
      rto: { objective: 60_000, measured: 1_260, met: true },
      calls: { made: 3, unique: 2, repeated: 1 },
      fault: { at: 1_500, progress: 0.45, finished: 180 },
    });
    expect(result.regions.map(({ committed }) => committed)).toEqual([100, 300]);
    expect(result.timeline[0]?.at).toBe(600);
  });

  it('fails a drill that lost, repeated or changed an output, or whose keyed state differs', () => {
    const broken: Partial<Observed>[] = [
      { seen: outputs.slice(1) },
      { seen: [...outputs, output(3)] },
      { seen: [...outputs, output(400)] },
      { seen: [{ ...output(0), value: 'x' }, ...outputs.slice(1)] },
      { state: { expected: digest, found: { ...digest, sha256: 'e'.repeat(64) } } },
      { state: { expected: digest, found: undefined } },
    ];
    for (const one of broken) expect(assess(observed(one))).toMatchObject({ exact: false, passed: false });
  });

  it('lets local commits repeat what is recognized by its id, and nothing else', () => {
    const seen = [...outputs, output(3)];
    expect(assess(observed({ commit: 'local', seen }))).toMatchObject({ exact: true, passed: true });
    expect(assess(observed({ commit: 'local', seen: [...seen, output(400)] }))).toMatchObject({ exact: false });
  });

  it('fails a drill that ended otherwise than its scenario says', () => {
    const stayed = assess(observed({ outcome: 'no-failover' }));
    expect(stayed).toMatchObject({ exact: true, passed: false });
    expect(stayed.surprises).toEqual(['the active region kept the job; expected: the standby took over']);
    const corrupt = assess(observed({ scenario: SCENARIOS['corrupt-restore-point'] }));
    expect(corrupt.surprises).toEqual(['0 restore points were passed over; expected: 1']);
  });

  it('fails a drill in which the active region did not say what its scenario demands, from the fault on', () => {
    const said = (after: number, message: string) =>
      observed({
        scenario: { ...scenario, expected: { outcome: 'failover', noticed: 'CERT_HAS_EXPIRED' } },
        timeline: [
          ...observed().timeline,
          { at: startedAt + 1_500 + after, region: 'us', kind: 'call-failed', code: 'HR-RESOURCE-004', message },
        ],
      });
    const silent = ['the active region said nothing of CERT_HAS_EXPIRED'];
    expect(assess(said(-1, 'CERT_HAS_EXPIRED'))).toMatchObject({ surprises: silent, passed: false });
    expect(assess(said(40, 'no answer')).surprises).toEqual(silent);
    const message = 'of CN=x expired (CERT_HAS_EXPIRED)';
    expect(assess(said(40, message))).toMatchObject({ surprises: [], passed: true, noticed: { after: 40, message } });
    expect(assess(observed()).noticed).toBeUndefined();
  });

  it('fails a drill in which the old owner committed after the takeover, though the log is right', () => {
    const late = { at: startedAt + 2_900, region: 'us', kind: 'committed', checkpoint: 2, outputs: 7 } as const;
    const result = assess(observed({ timeline: [...observed().timeline, late] }));
    expect(result.surprises).toEqual(['the old owner committed 7 outputs after the takeover']);
    expect(result.passed).toBe(false);
  });

  it('fails on an objective of the file alone, with all outputs right', () => {
    const result = assess(observed({ objectives: { rto: 1_000, rpo: 15_000 } }));
    expect(result).toMatchObject({
      exact: true,
      surprises: [],
      passed: false,
      rto: { met: false },
      rpo: { met: true },
    });
  });

  it('takes what a refusal leaves undone for waiting, not for lost', () => {
    const message = 'no complete restore point';
    const refused = { at: startedAt + 2_410, region: 'eu', kind: 'failed', code: 'HR-STATE-006', message } as const;
    const cut = observed().timeline.filter(({ at }) => at < startedAt + 2_406);
    const result = assess(
      observed({
        scenario: SCENARIOS['no-restore-point'],
        outcome: 'refusal',
        timeline: [...cut, refused],
        seen: outputs.slice(0, 100),
        state: undefined,
      }),
    );
    expect(result).toMatchObject({ exact: true, passed: true, refusal: { at: 2_410, message } });
    expect(result.outputs.lost).toBe(300);
    expect(result.rto).toBeUndefined();
    expect(result.state).toBeUndefined();
  });
});
