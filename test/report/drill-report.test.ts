/** Faults modelled: names that are markup, a drill that failed, and a page that would need a network. */
import { describe, expect, it } from 'vitest';
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
          restorePoint: { ...good.restorePoint, passedOver: [{ key: 'rp-9', reason: 'x is missing' }] },
        }),
      ),
    );
    expect(text).toContain('Failed');
    expect(text).not.toMatch(/Passed(?! over)/);
    expect(text).toContain('Lost id-7 1');
    expect(text).toContain('rp-9 : x is missing');
  });

  it('escapes every name', () => {
    const page = drillReport(sample({ deployment: '<b onload="x">&\'' }));
    expect(page).toContain('&lt;b onload=&quot;x&quot;&gt;&amp;&#39;');
    expect(page).not.toContain('<b onload');
  });
});
