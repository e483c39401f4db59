// A supervisor is ready only while the version runs, says trouble once, and goes on after it.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CommandError } from '../../../ops/errors.ts';
import type { SubmitResult } from '../../../ops/job/submit.ts';
import { Supervisor } from '../../../ops/job/supervise.ts';
import { supervisionMetrics } from '../../../ops/job/supervision-metrics.ts';

const result = (outcome: SubmitResult['outcome']): SubmitResult => ({
  outcome,
  jobId: 'a1',
  identity: 'i',
  planHash: 'p',
  startedFrom: null,
});

/** Looks whose ends are given, one after another; the last repeats. */
async function supervised(ends: readonly (SubmitResult | Error)[]) {
  const stop = new AbortController();
  const said: string[] = [];
  const states: [boolean, string | undefined][] = [];
  let looks = 0;
  const supervisor = new Supervisor({
    every: 1,
    signal: stop.signal,
    say: (line) => said.push(line),
    async look() {
      states.push([supervisor.state.running, supervisor.state.reason]);
      const end = ends[Math.min(looks, ends.length - 1)];
      looks += 1;
      if (looks > ends.length + 2) stop.abort();
      if (end instanceof Error) throw end;
      return end as SubmitResult;
    },
  });
  expect(supervisor.state).toMatchObject({ running: false, looks: 0, lookedAt: undefined });
  await supervisor.run();
  return { supervisor, said, states };
}

test('is ready once the version runs, and not while a look has failed', async () => {
  const down = new CommandError('HR-JOB-005', 'job reviews', 'it did not come up', { mend: 'mend it' });
  const { supervisor, said, states } = await supervised([result('started'), down, down, result('unchanged')]);
  expect(states.slice(0, 5).map(([running]) => running)).toEqual([false, true, false, false, true]);
  expect(states[2]?.[1]).toBe('job reviews HR-JOB-005 it did not come up (mend it)');
  expect(said).toEqual(['job a1 started', 'job reviews HR-JOB-005 it did not come up (mend it)', 'job a1 runs']);
  expect(supervisor.state).toMatchObject({ running: true, reason: undefined, failures: 2, changes: 1 });
});

test('tells Prometheus of it', async () => {
  const { supervisor } = await supervised([result('upgraded'), result('unchanged')]);
  const text = await supervisionMetrics('reviews', () => supervisor.state).text();
  expect(text).toContain('headrace_job_as_described{job_name="reviews"} 1');
  expect(text).toContain('headrace_job_changes_total{job_name="reviews"} 1');
  expect(text).toContain('headrace_job_failed_looks_total{job_name="reviews"} 0');
});

test('ends when it is told to, in the middle of its pause', async () => {
  const stop = new AbortController();
  const supervisor = new Supervisor({
    every: 60_000,
    signal: stop.signal,
    say: () => {},
    look: async () => result('unchanged'),
  });
  const running = supervisor.run();
  await sleep(20);
  stop.abort();
  await running;
  expect(supervisor.state.looks).toBe(1);
});
