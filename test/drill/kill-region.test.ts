/**
 * Faults modelled: the active region's process dies by SIGKILL with its store, early, in the middle and late in the stream;
 * it freezes and wakes up after the takeover, a zombie. Real processes, real files, the example agent and its 3,708 sentences.
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
    ['in the middle', 0.45],
    ['late', 0.93],
  ])(
    'loses nothing and repeats nothing when it happens %s',
    async (name, killAt) => {
      const result = await runDrill({ file, profile: 'local', killAt, workDirectory: join(root, name) });
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
      expect(result.kill.progress).toBeGreaterThanOrEqual(killAt);
      expect(result.restorePoint.finished).toBeLessThanOrEqual(result.kill.finished);
      expect(result.calls.unique).toBe(3_708);
      expect(result.calls.repeated).toBe(result.calls.made - 3_708);
      const { detection, decision, restore, firstOutput } = result.phases;
      expect(detection + decision + restore + firstOutput).toBe(result.rto.measured);
      expect(JSON.parse(readFileSync(result.files.result, 'utf8'))).toEqual(result);
      expect(readFileSync(result.files.report, 'utf8')).toContain('us killed at');
    },
    60_000,
  );

  it('loses and repeats nothing when the active region only froze: woken, it finds its lease lost and commits nothing', async () => {
    const workDirectory = join(root, 'frozen');
    const result = await runDrill({ file, profile: 'local', scenario: 'freeze-region', killAt: 0.3, workDirectory });
    expect(result.outputs).toMatchObject({ expected: 3_708, seen: 3_708, lost: 0, repeated: 0, different: 0 });
    expect(result.woken?.committed).toBe(0);
    const kinds = result.timeline.filter(({ region }) => region === 'us').map(({ kind }) => kind);
    expect(kinds.slice(kinds.indexOf('woken'))).toEqual(expect.arrayContaining(['lease-lost', 'failed']));
    expect(result.timeline.find(({ region, kind }) => region === 'us' && kind === 'failed')).toMatchObject({
      message: expect.stringContaining('HR-STATE-005'),
    });
  }, 60_000);

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
    await expect(runDrill({ file, profile: 'local', workDirectory: join(root, 'interrupted') })).rejects.toMatchObject({
      code: 'HR-DRILL-006',
    });
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
