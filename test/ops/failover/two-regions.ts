import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { RegionModel } from '../../../config/index.ts';
import { runFailover } from '../../../ops/failover/failover.ts';
import type { FailoverOptions } from '../../../ops/failover/failover-options.ts';
import { guarded } from '../../../ops/failover/guard.ts';
import { giveUp, handOver } from '../../../ops/failover/hand-over.ts';
import { Owner } from '../../../ops/failover/owner.ts';
import type { SharedJob } from '../../../ops/failover/places.ts';
import type { JobContext } from '../../../ops/job/context.ts';
import { statePlaces } from '../../../ops/job/state-places.ts';
import { submit } from '../../../ops/job/submit.ts';
import type { HeldLease } from '../../../runtime/state/lease.ts';
import { decodeLease, leaseKey } from '../../../runtime/state/lease-record.ts';
import type { ObjectStore } from '../../../runtime/state/object-store.ts';
import { encodeRestorePoint, restorePointKey } from '../../../runtime/state/restore-point.ts';
import { publishRestorePoint } from '../../../runtime/state/restore-point-catalog.ts';
import { temporaryDirectory } from '../../runtime/temporary-directory.ts';
import { MemoryStore } from '../../state/memory-store.ts';
import { VirtualClock } from '../../state/virtual-clock.ts';
import { specification } from '../job/cluster-fixture.ts';
import { FlinkServer } from '../job/flink-server.ts';

export const JOB = 'reviews';
export const PLAN = 'f'.repeat(64);
export const SETTINGS = { ttl: 240, renew: 30, skew: 20 };
const OLD_ID = 'a'.repeat(32);

export interface Region {
  readonly name: string;
  readonly flink: FlinkServer;
  readonly store: MemoryStore;
  /** A process of this region, as its supervisor or a command. */
  process(): { readonly owner: Owner; readonly shared: SharedJob };
  jobOf(held?: HeldLease): JobContext;
}

/** A lease's clock that stands still while this process does: a busy machine loses none. */
function tickingClock(): VirtualClock {
  const clock = new VirtualClock();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const tick = async () => {
    while (!stop.signal.aborted) {
      await sleep(5);
      await clock.advance(5);
    }
  };
  void tick();
  return clock;
}

/** Two regions with a Flink and a store each; the leases lie in the standby's store. Times are a hundredth of real ones. */
export async function twoRegions() {
  const clock = tickingClock();
  const stores = { us: new MemoryStore('us'), eu: new MemoryStore('eu') };
  const said: string[] = [];
  const jar = join(temporaryDirectory(), 'headrace-bridge.jar');
  writeFileSync(jar, 'the bridge');
  const region = async (name: 'us' | 'eu', role: 'active' | 'standby'): Promise<Region> => {
    const store = stores[name];
    const flink = new FlinkServer(store);
    const rest = await flink.start();
    onTestFinished(() => flink.stop());
    const places = statePlaces(store.uri, JOB, await rest.configuration());
    return {
      ...{ name, flink, store },
      process() {
        const shared: SharedJob = {
          ...{ name: JOB, leases: stores.eu, store, settings: SETTINGS, automatic: false, overlap: 1_000 },
          region: { name, role } as RegionModel,
          standbys: role === 'active' ? ['eu'] : [],
        };
        const owner = new Owner({ shared, say: (line) => said.push(`${name}: ${line}`), onLost: () => {}, clock });
        onTestFinished(() => owner.detach());
        return { shared, owner };
      },
      jobOf: (held) => ({
        ...{ name: JOB, rest, store, places, wait: 10_000, pollMs: 2, settle: 0 },
        signal: held?.signal ?? new AbortController().signal,
        nextEpoch: held && (() => held.advance()),
        say: (line) => said.push(`${name}: ${line}`),
        progress: () => {},
      }),
    };
  };
  return { us: await region('us', 'active'), eu: await region('eu', 'standby'), said, jar };
}

/** Publishes a restore point whose files are there. */
export async function restorePoint(
  store: ObjectStore,
  checkpoint: number,
  options: { epoch?: number; plan?: string; directory?: string } = {},
): Promise<string> {
  const { epoch = 1, plan = PLAN, directory = `checkpoints/${JOB}/${OLD_ID}/chk-${checkpoint}` } = options;
  const file = async (key: string, content: string) => ({ key, ...(await store.put(key, Buffer.from(content))) });
  const files = [
    await file(`${directory}/own`, `own ${checkpoint}`),
    await file(`${directory}/_metadata`, `metadata ${checkpoint}`),
  ];
  await store.put(
    restorePointKey(JOB, checkpoint, epoch),
    encodeRestorePoint({
      ...{ format: 1, job: JOB, checkpoint, epoch, engine: 'flink', planHash: plan, files },
      ...{ triggeredAt: Date.now() - 3_000, completedAt: 0, origin: 'us', copiedBy: 'eu', copiedAt: 0 },
      flink: { version: '2.3.0', directory, savepoint: false, positions: [] },
    }),
  );
  await publishRestorePoint(store, JOB, { checkpoint, epoch }, 10);
  return directory;
}

/** Moves the job to a region, by a new process of it. */
export function move(to: Region, jar: string, more: Partial<FailoverOptions> = {}) {
  const { owner, shared } = to.process();
  return runFailover({
    ...{ owner, shared, jar, planned: false, planHash: PLAN, wait: 15_000 },
    specification: specification({ region: to.name }),
    jobOf: async (held) => to.jobOf(held),
    signal: new AbortController().signal,
    say: () => {},
    ...more,
  });
}

/** A supervisor of a region: does what its duty is until it is told to end. */
export async function supervise(region: Region, jar: string, signal: AbortSignal): Promise<void> {
  const { owner, shared } = region.process();
  while (!signal.aborted) {
    if (await owner.mustStandDown()) await owner.standDown(region.jobOf().rest);
    const { duty, failover } = await owner.duty();
    if (duty.kind === 'acquire' || duty.kind === 'adopt') await owner.take(duty.kind);
    else if (duty.kind === 'stand-by' && duty.cancels) await owner.standDown(region.jobOf().rest);
    else if (duty.kind === 'give-up') {
      await giveUp(region.jobOf());
      await owner.release();
    } else if (duty.kind === 'hand-over' && failover) {
      await handOver(region.jobOf(owner.held), shared.leases, failover);
      await owner.release();
    } else if (duty.kind === 'supervise') {
      const context = region.jobOf(owner.held);
      await submit(context, {
        specification: guarded(specification({ region: region.name }), context),
        jar,
        retryFailed: false,
      });
    }
    await sleep(20);
  }
  await owner.detach();
}

export const leaseOf = (store: MemoryStore) => decodeLease('', store.objects.get(leaseKey(JOB))?.data ?? Buffer.of());

/** Ends a supervisor as a kill does. */
export function running(region: Region, jar: string) {
  const stop = new AbortController();
  const ended = supervise(region, jar, stop.signal);
  const end = async () => {
    stop.abort();
    await ended;
  };
  onTestFinished(end);
  return end;
}
