/**
 * Fault modelled: kill -9 of the replicator's process at random points of its work, which is copying, publishing or
 * collecting, on real directories.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { FileStore } from '../../runtime/state/file-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { findFault, findRestorePoint, listRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { JOB, PLAN, writeCheckpoint } from './samples.ts';

const ENTRY = fileURLToPath(new URL('./replicator-process.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'headrace-replicator-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Numbers from 0 to 1 that are the same at every run (a linear congruential generator, Numerical Recipes' constants). */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs the replicator and kills it after a time. @returns whether it was killed before its end. */
function runAndKill(from: string, to: string, afterMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, from, to], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.once('error', reject);
    child.once('message', () => setTimeout(() => child.kill('SIGKILL'), afterMs));
    child.once('exit', (code, signal) => {
      if (code) reject(new Error(`the replicator ended with ${code}`));
      else resolve(signal === 'SIGKILL');
    });
  });
}

it('leaves only whole restore points when it is killed, and the next run finishes', async () => {
  const [us, eu] = [join(root, 'us'), join(root, 'eu')];
  const [from, to] = [new FileStore(us), new FileStore(eu)];
  const random = seeded(20_240_607);
  let killed = 0;
  for (let n = 1; n <= 20; n++) {
    await writeCheckpoint(from, n, { from: Math.max(1, n - 8), size: 4_000 });
    killed += Number(await runAndKill(us, eu, random() * 60));
    for (const { point, fault } of await listRestorePoints(to, JOB)) {
      expect(fault).toBeUndefined();
      for (const file of point?.files ?? []) expect(await findFault(to, file)).toBeUndefined();
    }
    // Every third time the next run is the one that finishes; otherwise remains pile up.
    if (n % 3 !== 0) continue;
    await new Replicator({ job: JOB, region: 'eu', from, to, every: 10, retain: 2, grace: 0 }).once();
    expect((await findRestorePoint(to, JOB, PLAN)).point.checkpoint).toBe(n);
  }
  expect(killed).toBeGreaterThan(5);
});
