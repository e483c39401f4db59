import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileStore } from '../../../runtime/state/file-store.ts';
import { failOver, loseRegion, remainsOf, SCENES, type Scene, undisturbed } from '../lost-region.ts';
import { expireLease } from '../small-failover.ts';
import type { Mortal } from './tally.ts';

/** The failover of a standby, from the lease to the end of the stream, from newest restore points that are whole and spoiled by turns. */
export async function mortalFailover(root: string): Promise<Mortal> {
  const expected = await undisturbed(join(root, 'undisturbed'));
  const ids = new Set(expected.outputs);
  const scenes = await Promise.all(SCENES.map(([name, spoilt]) => onFiles(join(root, name), spoilt)));
  const at = (round: number): Scene => sceneIn(join(root, String(round)));
  return {
    script: fileURLToPath(new URL('../failover-process.ts', import.meta.url)),
    prepare: async (round) => {
      const { directory } = at(round);
      cpSync(scenes[round % scenes.length] as string, directory, { recursive: true });
      return [directory, 'eu-1'];
    },
    finish: async (round) => {
      const scene = at(round);
      await expireLease(scene.lease);
      await failOver(scene, 'eu-2', { hasty: true });
      const { outputs, digest } = await remainsOf(scene.standby, scene.directory);
      const seen = new Set(outputs);
      const wrong = [
        ...outputs.filter((output) => !ids.has(output)).map((output) => `nobody expected ${output}`),
        ...(JSON.stringify(digest) === JSON.stringify(expected.digest) ? [] : ['the keyed state is another']),
      ];
      return {
        lost: expected.outputs.filter((output) => !seen.has(output)).length,
        repeated: outputs.length - seen.size,
        wrong,
      };
    },
  };
}

const sceneIn = (directory: string): Scene<FileStore> => ({
  standby: new FileStore(join(directory, 'eu')),
  lease: new FileStore(join(directory, 'asia')),
  directory,
});

/** A lost region whose surviving stores are directories, as a process needs them. @returns the directory of all of it. */
async function onFiles(directory: string, spoilt: boolean): Promise<string> {
  const { standby, lease } = await loseRegion(directory, spoilt);
  const files = sceneIn(directory);
  for (const [key, { data }] of standby.objects) await files.standby.putIfAbsent(key, data);
  for (const [key, { data }] of lease.objects) await files.lease.putIfAbsent(key, data);
  return directory;
}
