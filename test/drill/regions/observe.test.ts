/** Faults modelled: an input without output, an output twice, one of other content, one more than an input has, keys out of order. */
import { describe, expect, test } from 'vitest';
import { assess } from '../../../ops/drill/assess.ts';
import { observe, type RegionDrill } from '../../../ops/drill/regions/observe.ts';
import type { Watched } from '../../../ops/drill/regions/topic-watch.ts';
import { SCENARIOS } from '../../../ops/drill/scenarios.ts';
import { sample } from '../../report/sample-result.ts';

const START = 1_000_000;
const FAULT = START + 10_000;
const LEASED = FAULT + 15_000;
const TRIGGERED = FAULT - 4_000;
const input = (n: number, at: number): Watched => ({ kind: 'input', input: `i${n}`, key: `k${n % 2}`, time: at, at });
const output = (n: number, at: number, more: { id?: string; sha256?: string } = {}): Watched => ({
  ...{ kind: 'output', id: `o${n}`, input: `i${n}`, key: `k${n % 2}`, sha256: `s${n}`, time: at, at },
  ...more,
});

/** Ten inputs, one a second; the first four have their outputs before the fault, the others after it. */
const inputs = Array.from({ length: 10 }, (_, n) => input(n, START + n * 1_000));
const outputs = Array.from({ length: 10 }, (_, n) => output(n, n < 4 ? START + n * 1_000 + 500 : LEASED + 5_000 + n));
const drill = (watched: readonly Watched[], more: Partial<RegionDrill> = {}): RegionDrill => ({
  ...{
    primary: 'us',
    standby: 'eu',
    startedAt: START,
    faultAt: FAULT,
    goneAt: FAULT + 3_000,
    until: LEASED + 60_000,
    answers: 'all',
  },
  look: {
    ...{ outcome: 'looked', job: 'reviews', to: 'eu', tools: 'run', underWay: null },
    lease: { owner: 'us', epoch: 3, state: 'held' },
    restorePoint: null,
  },
  failover: {
    ...{ outcome: 'moved', job: 'reviews', from: 'us', to: 'eu', planned: false, jobId: 'j', epoch: 4 },
    restorePoint: {
      key: 'p/0000000007-3.json',
      directory: 'd',
      checkpoint: 7,
      epoch: 3,
      triggeredAt: TRIGGERED,
      passedOver: [],
    },
    timeline: { requested: FAULT + 1_000, stopped: null, leased: LEASED, up: LEASED + 4_000 },
    ...{ rtoMs: 1, rpoMs: 1, objectives: null, remains: [] },
  },
  watched,
  ...more,
});

/** As a drill of regions judges it. */
function judge(
  watched: readonly Watched[],
  more: Partial<RegionDrill> = {},
  commit: 'replicated' | 'local' = 'replicated',
) {
  const { timeline: _, outputs: __, calls: ___, state: ____, failover: _____, noticed: ______, ...about } = sample();
  return assess({
    ...about,
    ...observe(drill(watched, more)),
    ...{ scenario: SCENARIOS['kill-region'], engine: 'flink', compared: 'inputs', commit, outcome: 'failover' },
    ...{ startedAt: START, endedAt: LEASED + 60_000, calls: [], objectives: { rto: 60_000, rpo: 10_000 } },
    regions: [
      { name: 'us', cloud: 'aws', region: 'us-east-1', part: 'primary', root: 's3://us' },
      { name: 'eu', cloud: 'aws', region: 'eu-west-1', part: 'standby', root: 's3://eu' },
    ],
  });
}

describe('a drill of installed regions', () => {
  test('passes where each input has its output once, and measures from the fault', () => {
    const result = judge([...inputs, ...outputs]);
    expect(result).toMatchObject({ passed: true, exact: true });
    expect(result.outputs).toMatchObject({ expected: 10, seen: 10, lost: 0, repeated: 0, unexpected: 0 });
    expect(result.rto?.measured).toBe(LEASED + 5_004 - FAULT);
    expect(result.rpo?.measured).toBe(FAULT - TRIGGERED);
    // Inputs that came between the restore point's trigger and the fault.
    expect(result.failover?.rpoRecords).toBe(3);
    expect(result.failover?.phases).toMatchObject({ detection: LEASED - FAULT, restore: 4_000, firstOutput: 1_004 });
    expect(result.regions).toMatchObject([
      { epoch: 3, committed: 4 },
      { epoch: 4, committed: 6 },
    ]);
  });

  test('takes a restore point of a region that worked on while it died by the time that it was gone', () => {
    const late = drill([...inputs, input(10, FAULT + 2_500), ...outputs, output(10, LEASED + 9_000)]);
    const point = { ...late.failover.restorePoint, triggeredAt: FAULT + 1_000 } as typeof late.failover.restorePoint;
    const result = judge(late.watched, { failover: { ...late.failover, restorePoint: point } });
    expect(result.rpo?.measured).toBe(2_000);
    expect(result.failover?.rpoRecords).toBe(1);
    expect(result).toMatchObject({ passed: true, failover: { late: 0 } });
  });

  test('counts an input without an output as lost, unless its dead letter is there or not all are answered', () => {
    const without = [...inputs, ...outputs.slice(0, 9)];
    expect(judge(without)).toMatchObject({
      passed: false,
      outputs: { lost: 1, examples: { lost: ['(none of input i9)'] } },
    });
    const letter: Watched = { kind: 'dead-letter', input: 'i9', key: 'k1', time: 0, at: LEASED + 9_000 };
    expect(judge([...without, letter])).toMatchObject({ passed: true, deadLetters: 1 });
    expect(judge(without, { answers: 'some' })).toMatchObject({ passed: true });
  });

  test('counts an output that comes again; with local it is told by its id', () => {
    const twice = [...inputs, ...outputs, output(3, LEASED + 6_000)];
    expect(judge(twice)).toMatchObject({ passed: false, outputs: { repeated: 1 } });
    expect(judge(twice, {}, 'local')).toMatchObject({ passed: true, outputs: { repeated: 1, different: 0 } });
  });

  test('notices an output that comes again with other content, or under another id', () => {
    const other = [...inputs, ...outputs, output(3, LEASED + 6_000, { sha256: 'x' })];
    expect(judge(other, {}, 'local')).toMatchObject({ passed: false, outputs: { different: 1 } });
    const stranger = [...inputs, ...outputs, output(3, LEASED + 6_000, { id: 'x' })];
    expect(judge(stranger, {}, 'local')).toMatchObject({ passed: false, outputs: { unexpected: 1 } });
  });

  test('notices outputs of a key out of its inputs’ order', () => {
    const last = output(4, LEASED + 9_000);
    expect(judge([...inputs, ...outputs.filter(({ input: of }) => of !== 'i4'), last])).toMatchObject({
      passed: false,
      outputs: { keysOutOfOrder: 1 },
    });
  });

  test('leaves alone inputs that came too late, and outputs of inputs from before it', () => {
    const more = [...inputs, input(10, LEASED + 70_000), ...outputs, output(99, START + 10)];
    expect(judge(more)).toMatchObject({ passed: true, outputs: { expected: 10, seen: 10 } });
  });
});
