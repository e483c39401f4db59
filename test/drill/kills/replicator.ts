import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileStore } from '../../../runtime/state/file-store.ts';
import { Replicator } from '../../../runtime/state/replicator.ts';
import { findFault, findRestorePoint, listRestorePoints } from '../../../runtime/state/restore-point-catalog.ts';
import { JOB, PLAN, writeCheckpoint } from '../../state/samples.ts';
import type { Found, Mortal } from './tally.ts';

/** Of the checkpoint that is offered to the process; two older ones are restore points, the oldest of which goes. */
const NEWEST = 10;

/** The replicator, while it copies a checkpoint of many files, publishes it, and collects what nobody needs any more. */
export async function mortalReplicator(root: string): Promise<Mortal> {
  const scene = join(root, 'scene');
  const stores = (at: string) => ({ from: new FileStore(join(at, 'us')), to: new FileStore(join(at, 'eu')) });
  const replicator = (at: string) =>
    new Replicator({ ...stores(at), job: JOB, region: 'eu', every: 10, retain: 2, grace: 0 });
  const { from } = stores(scene);
  for (const n of [8, 9]) {
    await writeCheckpoint(from, n, { from: 7, size: 4_000 });
    await replicator(scene).once();
  }
  await writeCheckpoint(from, NEWEST, { from: 1, size: 4_000 });
  const at = (round: number) => join(root, String(round));
  return {
    script: fileURLToPath(new URL('../../state/replicator-process.ts', import.meta.url)),
    prepare: async (round) => {
      cpSync(scene, at(round), { recursive: true });
      return [join(at(round), 'us'), join(at(round), 'eu')];
    },
    inspect: (round) => brokenPoints(stores(at(round)).to),
    finish: async (round) => {
      const { to } = stores(at(round));
      await replicator(at(round)).once();
      const found = await brokenPoints(to);
      const { point } = await findRestorePoint(to, JOB, PLAN);
      const wrong = point.checkpoint === NEWEST ? [] : [`the newest restore point is ${point.checkpoint}`];
      return { ...found, lost: found.lost + wrong.length, wrong: [...found.wrong, ...wrong] };
    },
  };
}

/** Restore points that are listed, and files of them that are not there or not whole. */
async function brokenPoints(to: FileStore): Promise<Found> {
  const wrong: string[] = [];
  const points = await listRestorePoints(to, JOB);
  if (points.length === 0) wrong.push('no restore point is listed');
  for (const { key, point, fault } of points) {
    if (fault !== undefined) wrong.push(`${key}: ${fault}`);
    for (const file of point?.files ?? []) {
      const broken = await findFault(to, file);
      if (broken !== undefined) wrong.push(`${key}: ${broken}`);
    }
  }
  return { lost: wrong.length, repeated: 0, wrong };
}
