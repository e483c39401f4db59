/**
 * Fault modelled: kill -9 of the replicator's process several times in a row, so that remains of its copies pile up, on real
 * directories. One kill after another, each mended at once: test/drill/kills.test.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { FileStore } from '../../runtime/state/file-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { findFault, findRestorePoint, listRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { callAndKill } from '../support/mortal-child.ts';
import { random } from '../support/random.ts';
import { JOB, PLAN, writeCheckpoint } from './samples.ts';

const ENTRY = fileURLToPath(new URL('./replicator-process.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'headrace-replicator-'));
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('leaves only whole restore points however often it is killed, and the next run finishes', async () => {
  const [us, eu] = [join(root, 'us'), join(root, 'eu')];
  const [from, to] = [new FileStore(us), new FileStore(eu)];
  const dice = random(20_240_607);
  let killed = 0;
  for (let n = 1; n <= 20; n++) {
    await writeCheckpoint(from, n, { from: Math.max(1, n - 8), size: 4_000 });
    killed += Number((await callAndKill(ENTRY, [us, eu], dice() * 60)).killed);
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
