/**
 * Fault modelled: the replicator dies at every single operation on its stores in turn, before and after it took effect. The
 * same with real processes, and kills at random: replicator-kill.test.ts.
 */
import { expect, it } from 'vitest';
import { Replicator } from '../../runtime/state/replicator.ts';
import { findFault, findRestorePoint, listRestorePoints } from '../../runtime/state/restore-point-catalog.ts';
import { MemoryStore } from './memory-store.ts';
import { Killed, MortalProcess } from './mortal-process.ts';
import { JOB, PLAN, writeCheckpoint } from './samples.ts';

/** Two checkpoints replicated, a third to be copied: there is something to copy, to keep and to collect. */
async function regions() {
  const [us, eu] = [new MemoryStore('us'), new MemoryStore('eu')];
  const replicator = (process?: MortalProcess) =>
    new Replicator({
      ...{ job: JOB, region: 'eu', every: 10, retain: 2, grace: 0, concurrency: 1 },
      from: process?.using(us) ?? us,
      to: process?.using(eu) ?? eu,
    });
  for (const n of [1, 2]) {
    await writeCheckpoint(us, n);
    await replicator().once();
  }
  await writeCheckpoint(us, 3, { from: 2 });
  return { eu, replicator };
}

it.each([
  ['before', false],
  ['after', true],
])(
  'leaves only whole restore points when it dies %s any operation took effect, and a second call finishes',
  async (_, afterwards) => {
    let kills = 0;
    for (let at = 1; ; at++) {
      const { eu, replicator } = await regions();
      const mortal = new MortalProcess(at, afterwards);
      const end = await replicator(mortal)
        .once()
        .then(
          () => 'finished',
          (error: unknown) => error,
        );
      for (const { point, fault } of await listRestorePoints(eu, JOB)) {
        expect(fault, `killed at ${at}`).toBeUndefined();
        for (const file of point?.files ?? []) expect(await findFault(eu, file), `killed at ${at}`).toBeUndefined();
      }
      await replicator().once();
      expect((await findRestorePoint(eu, JOB, PLAN)).point.checkpoint).toBe(3);
      if (end === 'finished') break;
      expect(end).toBeInstanceOf(Killed);
      kills += 1;
    }
    // Listings, reads, writes, the manifest, the head, and the collection of what the oldest one needed.
    expect(kills).toBeGreaterThan(25);
  },
);
