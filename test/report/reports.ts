import {
  type DrillResult,
  type HistoryEntry,
  historyEntry,
  SCENARIOS,
  type TimelineEvent,
} from '../../ops/drill/index.ts';
import { sample } from './sample-result.ts';

const DAY = 86_400_000;
const key = (checkpoint: number) => `restore-points/reviews/${String(checkpoint).padStart(10, '0')}-1.json`;

/** A timeline as long as a real drill's: a checkpoint every 300 ms in each region while it works. */
function long(faultAt: number, backAt: number, endAt: number): TimelineEvent[] {
  const events: TimelineEvent[] = [
    { at: 700, region: 'us', kind: 'started' },
    { at: 720, region: 'us', kind: 'lease-taken', epoch: 1 },
    { at: 740, region: 'eu', kind: 'started' },
  ];
  let checkpoint = 0;
  const beat = (at: number, region: string, replicated: boolean) => {
    checkpoint += 1;
    const finished = checkpoint * 130;
    const point = { checkpoint, triggeredAt: at - 10, finished };
    events.push({ at, region, kind: 'checkpoint', ...point });
    if (replicated) events.push({ at: at + 60, region: 'eu', kind: 'restore-point', ...point, epoch: 1, bytes: 9_000 });
    events.push({ at: at + 80, region, kind: 'committed', checkpoint, outputs: 130, fresh: 130 });
  };
  for (let at = 1_000; at < faultAt - 100; at += 300) beat(at, 'us', true);
  events.push({ at: faultAt, region: 'us', kind: 'fault', what: 'killed' });
  if (backAt < endAt) {
    events.push({ at: backAt - 380, region: 'eu', kind: 'lease-taken', epoch: 2 });
    events.push({ at: backAt - 330, region: 'eu', kind: 'restored', checkpoint, finished: 1_500, pending: 3 });
    for (let at = backAt; at < endAt; at += 300) beat(at, 'eu', false);
  }
  events.push({
    at: endAt,
    region: 'eu',
    kind: 'finished',
    outputs: 3_708,
    modelCalls: 2_100,
    retries: 0,
    deadLetters: 0,
  });
  return events;
}

const outputs = { ...sample().outputs, expected: 3_708, seen: 3_708, keys: 300 };
const failover = (result: DrillResult) => result.failover as NonNullable<DrillResult['failover']>;
const phases = { detection: 1_090, decision: 30, restore: 20, firstOutput: 330 };

const full = (more: Partial<DrillResult> = {}): DrillResult => {
  const base = sample({ durationMs: 11_240, timeline: long(4_800, 6_270, 11_000), outputs });
  const [us, eu] = base.regions as [DrillResult['regions'][number], DrillResult['regions'][number]];
  return {
    ...base,
    regions: [
      { ...us, committed: 1_690 },
      { ...eu, committed: 2_018 },
    ],
    fault: { at: 4_800, progress: 0.45, finished: 1_675 },
    failover: { ...failover(base), phases },
    rto: { objective: 300_000, measured: 1_470, met: true },
    ...more,
  };
};

/** Reports of every shape, with past drills: `[name, result, history]`. */
export function reports(): [string, DrillResult, HistoryEntry[]][] {
  const passed = full();
  const spoiled = full({
    scenario: SCENARIOS['corrupt-restore-point'],
    failover: {
      ...failover(passed),
      restorePoint: {
        ...failover(passed).restorePoint,
        passedOver: [
          { key: key(13), reason: 'checkpoints/reviews/shared/0000000013-delta.jsonl does not match its checksum' },
        ],
      },
    },
  });
  const failed = full({
    scenario: SCENARIOS['two-primaries'],
    passed: false,
    exact: false,
    surprises: ['the old owner committed 12 outputs after the takeover'],
    outputs: {
      ...outputs,
      seen: 3_720,
      repeated: 12,
      lost: 1,
      examples: { ...outputs.examples, lost: ['9'.repeat(64)], repeated: ['8'.repeat(64), '7'.repeat(64)] },
    },
    rto: { objective: 1_000, measured: 1_470, met: false },
    failover: { ...failover(passed), late: 12 },
  });
  const { failover: _, rto: __, rpo: ___, state: ____, ...rest } = full();
  const refused: DrillResult = {
    ...rest,
    scenario: SCENARIOS['no-restore-point'],
    outcome: 'refusal',
    durationMs: 6_100,
    timeline: long(4_800, 9_000, 6_000).filter(({ kind }) => kind !== 'finished'),
    refusal: {
      at: 6_020,
      message: `HR-STATE-006 no complete restore point: ${key(13)}: ${key(13)}/_metadata is missing`,
    },
    outputs: { ...outputs, seen: 1_690, lost: 2_018 },
  };
  const { failover: _____, ...kept } = full();
  const outage: DrillResult = {
    ...kept,
    scenario: SCENARIOS['model-outage'],
    outcome: 'no-failover',
    fault: { at: 4_800, healedAt: 5_800, progress: 0.45, finished: 1_675 },
    timeline: long(10_900, 12_000, 11_000).map((e) => ({ ...e, ...(e.kind === 'fault' ? { at: 4_800 } : {}) })),
    rto: { objective: 300_000, measured: 1_340, met: true },
    retries: 183,
    noticed: { after: 84, message: 'resources.judge HR-RESOURCE-004 the drill has taken the service down' },
  };
  const expired: DrillResult = {
    ...outage,
    scenario: SCENARIOS['expired-certificate'],
    noticed: {
      after: 84,
      message:
        "openai lexicon HR-RESOURCE-004 cannot be reached: the certificate of CN=model-service expired at 2026-11-26T15:55:27.000Z (CERT_HAS_EXPIRED)\n  mend:    renew the certificate that 127.0.0.1:46409 presents; where it is valid for others, set this machine's clock",
    },
  };
  const past = (result: DrillResult, count: number): HistoryEntry[] =>
    Array.from({ length: count }, (_, i) => ({
      ...historyEntry(result),
      startedAt: result.startedAt - (count - i) * DAY,
      rto: 1_200 + ((i * 37) % 11) * 60,
      rpo: 150 + ((i * 53) % 7) * 40,
      passed: i !== 4,
    }));
  return [
    ['failover', passed, past(passed, 12)],
    ['spoiled', spoiled, []],
    ['failed', failed, past(failed, 39)],
    ['refusal', refused, []],
    ['outage', outage, past(outage, 1)],
    ['expired', expired, []],
  ];
}
