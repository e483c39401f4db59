/** Faults modelled: names that are markup, a drill that failed, and a page that would need a network. */
import { describe, expect, it } from 'vitest';
import { historyEntry, SCENARIOS } from '../../ops/drill/index.ts';
import { drillReport } from '../../ops/report/drill-report.ts';
import { sample } from './sample-result.ts';

const textOf = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the report of a drill', () => {
  it('gives the same bytes for the same result', () => {
    expect(drillReport(sample())).toBe(drillReport(structuredClone(sample())));
  });

  it('needs nothing but itself: no script, no address, no reference', () => {
    const page = drillReport(sample());
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:|src=|href=/i);
  });

  it('shows what was counted and measured, with the objectives', () => {
    const text = textOf(drillReport(sample()));
    expect(text).toContain('Lost outputs 0 of 400 expected');
    expect(text).toContain('RTO 1.26 s objective 5 min');
    expect(text).toContain('RPO 610 ms 80 inputs redone; objective 1 min');
    expect(text).toContain('us epoch 1, then eu epoch 2; kept in asia');
    expect(text).toContain('Passed');
  });

  it('marks the kill, the first output and every restore point in the timeline', () => {
    const page = drillReport(sample());
    expect(page).toContain('us killed at 1.5 s');
    expect(page).toContain('first output after 1.26 s');
    expect(page.match(/restore point 1 of epoch 1/g)).toHaveLength(2);
  });

  it('says that a drill failed, with the ids that were lost and the restore points that were passed over', () => {
    const good = sample();
    const text = textOf(
      drillReport(
        sample({
          passed: false,
          exact: false,
          outputs: { ...good.outputs, seen: 399, lost: 1, examples: { ...good.outputs.examples, lost: ['id-7'] } },
          ...(good.failover
            ? {
                failover: {
                  ...good.failover,
                  restorePoint: {
                    ...good.failover.restorePoint,
                    passedOver: [{ key: 'rp-9', reason: 'x is missing' }],
                  },
                },
              }
            : {}),
        }),
      ),
    );
    expect(text).toContain('Failed');
    expect(text).not.toMatch(/Passed(?! over)/);
    expect(text).toContain('Lost id-7 1');
    expect(text).toContain('rp-9 : x is missing');
  });

  it('says what did not come as expected, and when keyed state differs', () => {
    const state = {
      expected: { keys: 12, sha256: 'd'.repeat(64) },
      found: { keys: 11, sha256: 'e'.repeat(64) },
      equal: false,
    };
    const text = textOf(drillReport(sample({ passed: false, exact: false, state, surprises: ['the moon rose'] })));
    expect(text).toContain('Not as expected: the moon rose.');
    expect(text).toContain('NOT equal to the undisturbed run’s: 11 keys instead of 12');
  });

  it('counts what a refusal left undone as not put out yet, without times to measure', () => {
    const { failover: _, rto: __, rpo: ___, state: ____, ...rest } = sample();
    const refusal = { at: 2_410, message: 'no complete restore point' };
    const outputs = { ...rest.outputs, seen: 100, lost: 300 };
    const scenario = SCENARIOS['no-restore-point'];
    const text = textOf(drillReport({ ...rest, scenario, outcome: 'refusal', refusal, outputs }));
    expect(text).toContain('Not put out yet 300 of 400 expected');
    expect(text).toContain('refused at 2.41 s');
    expect(text).not.toContain('Lost outputs');
    expect(text).not.toContain('Where the');
  });

  it('says what the active region noticed and how long after the fault, on one line', () => {
    const message = 'openai m HR-RESOURCE-004 cannot be reached\n  mend:    renew it';
    const text = textOf(drillReport(sample({ noticed: { after: 84, message } })));
    expect(text).toContain('Noticed 84 ms after the fault: openai m HR-RESOURCE-004 cannot be reached; mend: renew it');
    expect(textOf(drillReport(sample()))).not.toContain('Noticed');
  });

  it('tells repeats of local commits as recognized by their ids', () => {
    const good = sample();
    const text = textOf(
      drillReport(sample({ commit: 'local', outputs: { ...good.outputs, seen: 480, repeated: 80 } })),
    );
    expect(text).toContain('Repeated outputs 80 each recognized by its id');
    expect(text).toContain('Repeated, recognized by id 80');
  });

  it('shows the drills before it as a trend that ends with itself, failed ones marked', () => {
    const day = 86_400_000;
    const entry = historyEntry(sample());
    const past = [3, 2, 1].map((ago) => ({
      ...entry,
      startedAt: entry.startedAt - ago * day,
      rto: 1_000 * ago,
      passed: ago !== 2,
    }));
    const page = drillReport(sample(), past);
    expect(textOf(page)).toContain(
      'The last 4 drills of this scenario, of this deployment and engine, with commit replicated: 3 passed.',
    );
    expect(page.match(/class="t-rto failed"/g)).toHaveLength(2);
    expect(page.match(/<circle class="t-rpo/g)).toHaveLength(2 * 4 + 1);
    expect(textOf(page)).toContain('2023-11-11: RTO 3 s');
  });

  it('escapes every name', () => {
    const page = drillReport(sample({ deployment: '<b onload="x">&\'' }));
    expect(page).toContain('&lt;b onload=&quot;x&quot;&gt;&amp;&#39;');
    expect(page).not.toContain('<b onload');
  });
});
