/**
 * Fault modelled: the standby dies in its failover, at operations on its stores from the lease to the end of the stream, before
 * and after they took effect; and by SIGKILL, as a process, at random moments. The newest restore point is whole or spoiled.
 */
import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spoil } from '../../ops/drill/damage.ts';
import { asStandby } from '../../ops/drill/region-standby.ts';
import { type LocalJobOptions, readParts, runLocal, stateDigest } from '../../runtime/local/index.ts';
import { FileStore } from '../../runtime/state/file-store.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { replicatedGate } from '../../runtime/state/restore-point-gate.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { MemoryStore } from '../state/memory-store.ts';
import { Killed, MortalProcess } from '../state/mortal-process.ts';
import { random } from '../support/random.ts';
import { expireLease, type SmallRegion, smallJob, smallRegion } from './small-failover.ts';

const SEED = Number(process.env['HEADRACE_SEED'] ?? 20_261_126);
const ENTRY = fileURLToPath(new URL('./failover-process.ts', import.meta.url));
const root = temporaryDirectory(afterAll);
const scenes = [
  ['whole', false],
  ['spoiled', true],
] as const;

interface Scene {
  readonly standby: MemoryStore;
  readonly lease: MemoryStore;
  readonly directory: string;
}
const prepared = new Map<string, Scene>();
let undisturbed: { outputs: unknown[]; digest: unknown };

/**
 * The active region, as it was when it got lost: three checkpoints are restore points and committed, a fourth is neither. Without
 * clocks: each checkpoint is the last of a start that reads so many inputs.
 */
async function loseRegion(name: string, spoilt: boolean): Promise<Scene> {
  const directory = join(root, name);
  const [primary, standby, lease] = [new MemoryStore('us'), new MemoryStore('eu'), new MemoryStore('asia')];
  const held = await smallRegion({
    ...{ part: 'primary', stores: { primary, standby, lease }, directory, holder: 'us-1' },
  }).lease.acquire(new AbortController().signal);
  const replicator = new Replicator({ job: 'job', region: 'eu', from: primary, to: standby, every: 2, retain: 3 });
  const start = (inputs: number, more: (stop: AbortController) => Partial<LocalJobOptions> = () => ({})) => {
    const stop = new AbortController();
    return runLocal({
      ...smallJob(directory, (record) => record === inputs && stop.abort()),
      ...{ store: primary, region: 'us', ownership: held, signal: stop.signal },
      journal: join(directory, 'journal-us'),
      gate: replicatedGate({ standbys: [standby], job: 'job', epoch: held.epoch }),
      ...more(stop),
    });
  };
  for (const inputs of [10, 20, 28]) {
    await start(inputs);
    await replicator.once();
  }
  // Reads nothing, and ends when all that may be committed is.
  await start(0, (stop) => ({
    source: {
      ...smallJob(directory).source,
      open: async function* () {
        await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
      },
    },
    onEvent: (event) => event.type === 'committed' && event.checkpoint === 3 && stop.abort(),
  }));
  await start(34);
  await held.release();
  if (spoilt) await spoil(standby, 'job', 'delete-newest');
  return { standby, lease, directory };
}

function copyOf(scene: Scene, name: string): Scene {
  const copy = (store: MemoryStore) => {
    const other = new MemoryStore(store.uri);
    for (const [key, { data }] of store.objects) other.objects.set(key, { data, version: 0 });
    return other;
  };
  const directory = join(root, name);
  cpSync(scene.directory, directory, { recursive: true });
  return { standby: copy(scene.standby), lease: copy(scene.lease), directory };
}

interface Stores {
  readonly standby: ObjectStore;
  readonly lease: ObjectStore;
}

/** One call of a failover, to the end of the stream. */
async function failOver(
  { standby, lease }: Stores,
  directory: string,
  holder: string,
  more: Pick<SmallRegion, 'hasty' | 'signal'> = {},
): Promise<void> {
  // The region that was lost offers nothing any more.
  const stores = { primary: new MemoryStore('lost'), standby, lease };
  const { release } = await asStandby(smallRegion({ part: 'standby', stores, directory, holder, ...more }));
  await release();
}

async function expectAll(store: ObjectStore, directory: string, told: string): Promise<void> {
  const outputs: unknown[] = [];
  for await (const line of readParts(join(directory, 'outputs'))) outputs.push(line);
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  expect(outputs.sort(byText), told).toEqual(undisturbed.outputs.sort(byText));
  expect(await stateDigest(store, 'job'), told).toEqual(undisturbed.digest);
}

beforeAll(async () => {
  const directory = join(root, 'undisturbed');
  const store = new MemoryStore();
  await runLocal({ ...smallJob(directory), store });
  const outputs: unknown[] = [];
  for await (const line of readParts(join(directory, 'outputs'))) outputs.push(line);
  undisturbed = { outputs, digest: await stateDigest(store, 'job') };
  for (const [name, spoilt] of scenes) prepared.set(name, await loseRegion(name, spoilt));
});

describe.each(scenes)('a failover from a newest restore point that is %s', (name) => {
  const scene = () => prepared.get(name) as Scene;

  it('is finished by a second call, whichever operation the first one died at', async () => {
    let kills = 0;
    const dice = random(SEED);
    // The first ones are the takeover itself, one by one; the job's own are many of a kind.
    for (let at = 1; ; at += at < 36 ? 1 : 3) {
      const afterwards = dice() < 0.5;
      const { standby, lease, directory } = copyOf(scene(), `${name}-${at}`);
      const mortal = new MortalProcess(at, afterwards);
      const mortals = { standby: mortal.using(standby), lease: mortal.using(lease) };
      const end = await failOver(mortals, directory, 'eu-1', { signal: mortal.signal }).then(
        () => 'finished',
        (error: unknown) => error,
      );
      if (end !== 'finished' && !mortal.dead) throw end;
      await expireLease(lease);
      await failOver({ standby, lease }, directory, 'eu-2', { hasty: true });
      await expectAll(standby, directory, `seed ${SEED}: killed ${afterwards ? 'after' : 'before'} operation ${at}`);
      if (end === 'finished') break;
      kills += Number(end instanceof Killed || mortal.dead);
    }
    expect(kills).toBeGreaterThan(40);
  });

  it('is finished by a further call after SIGKILL at random moments', async () => {
    const dice = random(SEED + 1);
    const directory = join(root, `${name}-process`);
    for (let round = 0; round < 3; round++) {
      const { standby, lease } = copyOf(scene(), `${name}-process-${round}`);
      const here = join(directory, String(round));
      cpSync(scene().directory, here, { recursive: true });
      const files = { standby: new FileStore(join(here, 'eu')), lease: new FileStore(join(here, 'asia')) };
      for (const [key, { data }] of standby.objects) await files.standby.putIfAbsent(key, data);
      for (const [key, { data }] of lease.objects) await files.lease.putIfAbsent(key, data);
      let killed = 0;
      for (let kill = 0; kill < 3; kill++) {
        killed += Number(await runAndKill(here, `eu-${kill}`, dice() * 120));
        await expireLease(files.lease);
      }
      await failOver(files, here, 'eu-last', { hasty: true });
      await expectAll(files.standby, here, `seed ${SEED}: round ${round}`);
      expect(killed).toBeGreaterThan(0);
    }
  });
});

/** Runs a failover as a process and kills it after a time. @returns whether it was killed before its end. */
function runAndKill(directory: string, holder: string, afterMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, directory, holder], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('error', reject);
    child.once('message', () => setTimeout(() => child.kill('SIGKILL'), afterMs));
    child.once('exit', (code, signal) => {
      if (code) reject(new Error(`the failover ended with ${code}`));
      else resolve(signal === 'SIGKILL');
    });
  });
}
