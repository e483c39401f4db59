/**
 * Fault modelled: the standby dies in its failover, at operations on its stores from the lease to the end of the stream, before
 * and after they took effect. The newest restore point is whole or spoiled. Deaths by SIGKILL: kills.test.ts.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { MemoryStore } from '../state/memory-store.ts';
import { Killed, MortalProcess } from '../state/mortal-process.ts';
import { random } from '../support/random.ts';
import { failOver, loseRegion, type Remains, remainsOf, SCENES, type Scene, undisturbed } from './lost-region.ts';
import { expireLease } from './small-failover.ts';

const SEED = Number(process.env['HEADRACE_SEED'] ?? 20_261_126);
const root = temporaryDirectory(afterAll);
const prepared = new Map<string, Scene<MemoryStore>>();
let expected: Remains;

function copyOf(scene: Scene<MemoryStore>, name: string): Scene<MemoryStore> {
  const copy = (store: MemoryStore) => {
    const other = new MemoryStore(store.uri);
    for (const [key, { data }] of store.objects) other.objects.set(key, { data, version: 0 });
    return other;
  };
  const directory = join(root, name);
  cpSync(scene.directory, directory, { recursive: true });
  return { standby: copy(scene.standby), lease: copy(scene.lease), directory };
}

beforeAll(async () => {
  expected = await undisturbed(join(root, 'undisturbed'));
  for (const [name, spoilt] of SCENES) prepared.set(name, await loseRegion(join(root, name), spoilt));
});

describe.each(SCENES)('a failover from a newest restore point that is %s', (name) => {
  it('is finished by a second call, whichever operation the first one died at', async () => {
    let kills = 0;
    const dice = random(SEED);
    // The first ones are the takeover itself, one by one; the job's own are many of a kind.
    for (let at = 1; ; at += at < 36 ? 1 : 3) {
      const afterwards = dice() < 0.5;
      const scene = copyOf(prepared.get(name) as Scene<MemoryStore>, `${name}-${at}`);
      const { standby, lease, directory } = scene;
      const mortal = new MortalProcess(at, afterwards);
      const mortals = { standby: mortal.using(standby), lease: mortal.using(lease), directory };
      const end = await failOver(mortals, 'eu-1', { signal: mortal.signal }).then(
        () => 'finished',
        (error: unknown) => error,
      );
      if (end !== 'finished' && !mortal.dead) throw end;
      await expireLease(lease);
      await failOver(scene, 'eu-2', { hasty: true });
      const told = `seed ${SEED}: killed ${afterwards ? 'after' : 'before'} operation ${at}`;
      expect(await remainsOf(standby, directory), told).toEqual(expected);
      if (end === 'finished') break;
      kills += Number(end instanceof Killed || mortal.dead);
    }
    expect(kills).toBeGreaterThan(40);
  });
});
