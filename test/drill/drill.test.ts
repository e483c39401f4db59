/**
 * Faults modelled: the active region's process dies by SIGKILL with its store, early and late in the stream. Real processes,
 * real files, the example agent and its 3,708 sentences. All other faults: scenarios.test.ts.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runDrill } from '../../ops/drill/index.ts';

const file = fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'headrace-drill-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const gone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('a drill', () => {
  it.each([
    ['early', 0.02],
    ['late', 0.93],
  ])(
    'loses nothing and repeats nothing when it happens %s',
    async (name, killAt) => {
      const result = await runDrill({ file, profile: 'local', killAt, stream: 4_000, workDirectory: join(root, name) });
      expect(result.outputs).toMatchObject({
        expected: 3_708,
        seen: 3_708,
        lost: 0,
        repeated: 0,
        unexpected: 0,
        different: 0,
        keysOutOfOrder: 0,
      });
      expect(result.passed).toBe(true);
      expect(result.regions).toMatchObject([
        { name: 'us', part: 'primary', epoch: 1 },
        { name: 'eu', part: 'standby', epoch: 2 },
      ]);
      expect(result.regions.reduce((sum, { committed }) => sum + committed, 0)).toBe(3_708);
      expect(result.leaseRegion).toBe('asia');
      expect(result.fault.progress).toBeGreaterThanOrEqual(killAt);
      expect(result.failover?.restorePoint.finished).toBeLessThanOrEqual(result.fault.finished);
      expect(result.calls.unique).toBe(3_708);
      expect(result.calls.repeated).toBe(result.calls.made - 3_708);
      const { detection = 0, decision = 0, restore = 0, firstOutput = 0 } = result.failover?.phases ?? {};
      expect(detection + decision + restore + firstOutput).toBe(result.rto?.measured);
      expect(JSON.parse(readFileSync(result.files.result, 'utf8'))).toEqual(result);
      expect(readFileSync(result.files.report, 'utf8')).toContain('us killed at');
    },
    60_000,
  );

  it('ends its processes when it is interrupted', async () => {
    const stop = new AbortController();
    const work = join(root, 'interrupted');
    const drill = runDrill({
      file,
      profile: 'local',
      workDirectory: work,
      signal: stop.signal,
      onProgress: ({ phase, finished }) => {
        if (phase === 'primary' && finished > 100) stop.abort(new Error('interrupted'));
      },
    });
    await expect(drill).rejects.toThrow('interrupted');
    const lease = readFileSync(join(work, 'events', 'us.jsonl'), 'utf8');
    expect(lease).toContain('lease-taken');
    expect(lease).not.toContain('"kind":"finished"');
    expect(existsSync(join(work, 'result.json'))).toBe(false);
    const holder = /"holder": "us-(\d+)"/.exec(readLease(work))?.[1];
    expect(gone(Number(holder))).toBe(true);
  }, 60_000);

  it('is refused where a drill has already written', async () => {
    await expect(runDrill({ file, profile: 'local', workDirectory: join(root, 'early') })).rejects.toMatchObject({
      code: 'HR-DRILL-006',
      message: 'a drill has already written here, or it is no drill’s directory',
    });
  });

  it('is refused when the scenario shows nothing with its commit', async () => {
    const refused = runDrill({ file, profile: 'local', scenario: 'two-primaries', commit: 'local' });
    await expect(refused).rejects.toMatchObject({ code: 'HR-DRILL-008', mend: 'choose --commit replicated' });
  });

  it('is refused when the stream would be over before the fault', async () => {
    await expect(runDrill({ file, profile: 'local', killAt: 1 })).rejects.toMatchObject({ code: 'HR-DRILL-009' });
  });

  it('is refused for a source that this machine cannot read, before anything is written', async () => {
    const workDirectory = join(root, 'kafka');
    await expect(runDrill({ file, workDirectory })).rejects.toMatchObject({ code: 'HR-CLI-003', exitCode: 2 });
    expect(existsSync(workDirectory)).toBe(false);
  });
});

function readLease(work: string): string {
  const directory = join(work, 'state', 'asia');
  const plain = join(directory, 'leases', 'reviews.json');
  return readFileSync(plain, 'utf8');
}
