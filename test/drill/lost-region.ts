import { join } from 'node:path';
import { spoil } from '../../ops/drill/damage.ts';
import { asStandby } from '../../ops/drill/region-standby.ts';
import { type LocalJobOptions, readParts, runLocal, stateDigest } from '../../runtime/local/index.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { Replicator } from '../../runtime/state/replicator.ts';
import { replicatedGate } from '../../runtime/state/restore-point-gate.ts';
import { MemoryStore } from '../state/memory-store.ts';
import { type SmallRegion, smallJob, smallRegion } from './small-failover.ts';

/** The newest restore point that a failover finds: its name, and whether it is spoiled. */
export const SCENES = [
  ['whole', false],
  ['spoiled', true],
] as const;

/** What survives of a region: the standby's store, the lease's, and a directory with the output log and the journals. */
export interface Scene<Store extends ObjectStore = ObjectStore> {
  readonly standby: Store;
  readonly lease: Store;
  readonly directory: string;
}

/**
 * The active region, as it was when it got lost: three checkpoints are restore points and committed, a fourth is neither. Without
 * clocks: each checkpoint is the last of a start that reads so many inputs.
 */
export async function loseRegion(directory: string, spoilt: boolean): Promise<Scene<MemoryStore>> {
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

/** One call of a failover, to the end of the stream. */
export async function failOver(
  { standby, lease, directory }: Scene,
  holder: string,
  more: Pick<SmallRegion, 'hasty' | 'signal'> = {},
): Promise<void> {
  // The region that was lost offers nothing any more.
  const stores = { primary: new MemoryStore('lost'), standby, lease };
  const { release } = await asStandby(smallRegion({ part: 'standby', stores, directory, holder, ...more }));
  await release();
}

/** What a stream leaves: its outputs, each as text, in order of these; and its keyed state. */
export interface Remains {
  readonly outputs: readonly string[];
  readonly digest: unknown;
}

export async function remainsOf(store: ObjectStore, directory: string): Promise<Remains> {
  const outputs: string[] = [];
  for await (const line of readParts(join(directory, 'outputs'))) outputs.push(JSON.stringify(line));
  return { outputs: outputs.sort(), digest: await stateDigest(store, 'job') };
}

/** The same stream, undisturbed. */
export async function undisturbed(directory: string): Promise<Remains> {
  const store = new MemoryStore();
  await runLocal({ ...smallJob(directory), store });
  return remainsOf(store, directory);
}
