/**
 * Faults modelled: every scenario of `headrace drill`, on real processes and files with the example agent. Replicated commits
 * lose and repeat nothing; local ones repeat only what is recognized by its id.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Commit,
  type DrillResult,
  runDrill,
  SCENARIOS,
  type ScenarioName,
  scenariosFor,
} from '../../ops/drill/index.ts';

const file = fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'headrace-scenarios-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const drill = (scenario: ScenarioName, commit: Commit) =>
  runDrill({
    ...{ file, profile: 'local', scenario, commit },
    killAt: 0.35,
    stream: 3_000,
    workDirectory: join(root, `${commit}-${scenario}`),
    history: join(root, 'history.jsonl'),
  });

const eventsOf = (result: DrillResult, region: string) => result.timeline.filter((event) => event.region === region);
const kindsOf = (result: DrillResult, region: string) => eventsOf(result, region).map(({ kind }) => kind);

/** What a scenario shows beyond its expectation. */
const MORE: Partial<Record<ScenarioName, (result: DrillResult) => void>> = {
  'freeze-region': (result) => {
    const kinds = kindsOf(result, 'us');
    expect(kinds.slice(kinds.indexOf('woken'))).toEqual(expect.arrayContaining(['lease-lost', 'failed']));
    expect(eventsOf(result, 'us').find(({ kind }) => kind === 'failed')).toMatchObject({ code: 'HR-STATE-005' });
  },
  partition: (result) => {
    expect(kindsOf(result, 'us')).toEqual(expect.arrayContaining(['lease-lost', 'failed']));
    const lost = eventsOf(result, 'us').find(({ kind }) => kind === 'lease-lost');
    const taken = eventsOf(result, 'eu').find(({ kind }) => kind === 'lease-taken');
    // By its own clock, before anybody else could take it.
    expect(lost?.at).toBeLessThan(taken?.at ?? 0);
  },
  'lose-store': (result) => {
    expect(eventsOf(result, 'us').find(({ kind }) => kind === 'failed')).toMatchObject({ code: 'HR-STATE-001' });
    expect(kindsOf(result, 'us')).not.toContain('lease-lost');
  },
  'corrupt-restore-point': ({ failover }) => {
    expect(failover?.restorePoint.passedOver[0]?.reason).toMatch(/does not match its checksum/);
  },
  'incomplete-restore-point': ({ failover }) => {
    expect(failover?.restorePoint.passedOver[0]?.reason).toMatch(/is missing/);
  },
  'no-restore-point': (result) => {
    expect(result.refusal?.message).toMatch(/HR-STATE-006 no complete restore point/);
    expect(kindsOf(result, 'eu')).not.toContain('restored');
    expect(result.outputs.lost).toBe(3_708 - result.outputs.seen);
    expect(result.outputs.lost).toBeGreaterThan(0);
  },
  'interrupted-failover': (result) => {
    const epochs = eventsOf(result, 'eu').flatMap((e) => (e.kind === 'lease-taken' ? e.epoch : []));
    // More where the machine is so busy that the lease runs out once more.
    expect(epochs.slice(0, 2)).toEqual([2, 3]);
  },
  'stop-replication': (result) => {
    const commits = eventsOf(result, 'us').filter(({ kind }) => kind === 'committed');
    const { at, healedAt = 0 } = result.fault;
    expect(healedAt - at).toBeGreaterThanOrEqual(1_500);
    expect(result.rpo?.measured).toBeGreaterThan(1_500);
    // What was replicated at the fault may still be committed; then nothing until replication goes on.
    const held = commits.filter((event) => event.at > at + 500 && event.at < healedAt).length;
    if (result.commit === 'replicated') expect(held).toBe(0);
    else expect(held).toBeGreaterThan(0);
  },
  'two-primaries': (result) => {
    // It noticed nothing, worked on under load, and was refused at the standby's head.
    expect(result.failover?.late).toBe(0);
    expect(eventsOf(result, 'us').find(({ kind }) => kind === 'failed')).toMatchObject({
      code: 'HR-STATE-005',
      message: expect.stringContaining('a later owner than epoch 1 took over'),
    });
    expect(kindsOf(result, 'us-second')).not.toContain('lease-taken');
    expect(kindsOf(result, 'us-second')).toContain('started');
  },
  'stale-lease': (result) => {
    expect(result.regions[0]?.epoch).toBe(5);
    const started = eventsOf(result, 'us').find(({ kind }) => kind === 'started')?.at ?? 0;
    const taken = eventsOf(result, 'us').find(({ kind }) => kind === 'lease-taken')?.at ?? 0;
    expect(taken - started).toBeGreaterThanOrEqual(1_100);
  },
  'model-outage': ({ retries, deadLetters, noticed }) => {
    expect(retries).toBeGreaterThan(0);
    expect(deadLetters).toBe(0);
    expect(noticed?.message).toContain('resources.judge HR-RESOURCE-004 the drill has taken the service down');
  },
  'expired-certificate': ({ startedAt, fault, noticed, retries, deadLetters, calls }) => {
    const end = startedAt + fault.at;
    // Code, whose it is, when it ended, mend.
    expect(noticed?.message).toMatch(
      `openai lexicon HR-RESOURCE-004 cannot be reached: the certificate of CN=model-service expired at ${new Date(end).toISOString()} (CERT_HAS_EXPIRED)`,
    );
    expect(noticed?.message).toMatch(/mend: +renew the certificate that 127\.0\.0\.1:\d+ presents/);
    expect(noticed?.after).toBeLessThan((fault.healedAt ?? 0) - fault.at);
    expect(retries).toBeGreaterThan(0);
    expect(deadLetters).toBe(0);
    // A call without a connection is not made: none is made twice.
    expect(calls).toEqual({ made: 3_708, unique: 3_708, repeated: 0 });
  },
};

function check(result: DrillResult): void {
  const { outputs, outcome, surprises, state, scenario } = result;
  expect({ scenario: scenario.name, surprises, outcome }).toEqual({
    ...{ scenario: scenario.name, surprises: [], outcome: scenario.expected.outcome },
  });
  expect(outputs).toMatchObject({ expected: 3_708, unexpected: 0, different: 0, keysOutOfOrder: 0 });
  if (result.commit === 'replicated') expect(outputs.repeated).toBe(0);
  if (outcome !== 'refusal') {
    expect(outputs.lost).toBe(0);
    expect(state).toMatchObject({ equal: true, expected: { keys: 300 } });
    expect(result.regions.reduce((sum, { committed }) => sum + committed, 0)).toBe(3_708);
  }
  if (result.failover) expect(result.failover.restorePoint.passedOver.length).toBe(scenario.expected.passedOver ?? 0);
  expect(result.exact).toBe(true);
  expect(JSON.parse(readFileSync(result.files.result, 'utf8'))).toEqual(result);
  const report = readFileSync(result.files.report, 'utf8');
  for (const { reason } of result.failover?.restorePoint.passedOver ?? []) expect(report).toContain(reason);
}

describe.each(scenariosFor('replicated'))('%s, with replicated commits', (name) => {
  it(`${SCENARIOS[name].expected.outcome}: nothing lost, nothing repeated`, async () => {
    const result = await drill(name, 'replicated');
    check(result);
    MORE[name]?.(result);
  });
});

// The faults between which and the last restore point local commits lie.
describe.each(['kill-region', 'freeze-region', 'incomplete-restore-point', 'stop-replication'] as const)(
  '%s, with local commits',
  (name) => {
    it('loses nothing and repeats only what is recognized by its id', async () => {
      const result = await drill(name, 'local');
      check(result);
      MORE[name]?.(result);
      if (result.failover) expect(result.outputs.repeated).toBeGreaterThan(0);
    });
  },
);
