import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeLease, leaseKey } from '../../runtime/state/lease-record.ts';
import type { ObjectStore } from '../../runtime/state/object-store.ts';
import { spoil } from './damage.ts';
import type { ModelService } from './model-service.ts';
import type { RegionChild } from './region-child.ts';
import type { RegionSettings } from './region-settings.ts';
import type { Scenario } from './scenarios.ts';
import { type Happening, is } from './timeline.ts';

const DAY_MS = 86_400_000;

/** What a fault has to work with. */
export interface Victims {
  readonly work: string;
  readonly settings: RegionSettings;
  readonly primary: RegionChild;
  readonly standby: RegionChild;
  /** The stores as the orchestrator reaches them. */
  readonly stores: Readonly<Record<'standby' | 'lease', ObjectStore>>;
  /** Whether the primary's state root is a directory of the drill, which can be lost with its region. */
  readonly ownDirectories: boolean;
  /** Starts a second process of the primary's region, which asks for the lease. */
  readonly startSecond: () => Promise<void>;
  /** Starts the standby's process again. */
  readonly startStandby: () => Promise<void>;
  /** @param at when it happened. Default: now. */
  readonly write: (happening: Happening, at?: number) => void;
  /** Of a scenario that has one. */
  readonly service: ModelService | undefined;
  readonly signal: AbortSignal;
}

/** What must be there before a region starts. */
export async function prepare({ fault }: Scenario, settings: RegionSettings, lease: ObjectStore): Promise<void> {
  if (fault.kind !== 'stale-lease') return;
  const { job, region, times } = settings;
  const at = Date.now() - 86_400_000;
  const record = { format: 1, job, epoch: 4, owner: region, holder: `${region}-0`, state: 'held', renewal: 7 } as const;
  const { ttl, skew } = times.lease;
  await lease.putIfAbsent(leaseKey(job), encodeLease({ ...record, acquiredAt: at, renewedAt: at, ttl, skew }));
}

/** Does what the scenario says, up to the instant from which it counts. What it calls for later is left to `aftermath`. */
export async function strike(scenario: Scenario, victims: Victims): Promise<void> {
  const { fault, happened } = scenario;
  const { primary, standby, settings, stores, write, signal } = victims;
  const begin = (at?: number) => write({ kind: 'fault', what: happened.short }, at);
  switch (fault.kind) {
    case 'kill':
      if (fault.damage) {
        // A restore point that comes after the damage would be whole, and a good choice.
        await standby.switch({ order: 'replication', on: false }, signal);
        await spoil(stores.standby, settings.job, fault.damage);
      }
      begin();
      await primary.kill(fault.signal);
      loseDirectories(victims);
      return standby.switch({ order: 'cut', stores: ['primary'] }, signal);
    case 'freeze':
      begin();
      primary.pause(fault.signal);
      // The signal stops the process some instants later; what it writes until then is not the standby's.
      return sleep(20, undefined, { signal });
    case 'partition':
      begin();
      await primary.switch({ order: 'cut', stores: ['lease', 'standby'] }, signal);
      return standby.switch({ order: 'cut', stores: ['primary'] }, signal);
    case 'lose-store':
      begin();
      await primary.switch({ order: 'cut', stores: ['primary'] }, signal);
      return standby.switch({ order: 'cut', stores: ['primary'] }, signal);
    case 'stop-replication':
      begin();
      return standby.switch({ order: 'replication', on: false }, signal);
    case 'two-primaries':
      begin();
      await primary.switch({ order: 'deaf' }, signal);
      return primary.switch({ order: 'cut', stores: ['lease'] }, signal);
    case 'model-outage':
      begin();
      return primary.switch({ order: 'models', on: false }, signal);
    case 'expired-certificate': {
      // Certificates know whole seconds.
      const end = Math.floor((Date.now() + fault.left) / 1000) * 1000;
      await victims.service?.present(new Date(end));
      await sleep(Math.max(0, end - Date.now()), undefined, { signal });
      return begin(end);
    }
    case 'stale-lease':
      return begin();
  }
}

/** What a scenario does after its fault. */
export async function aftermath({ fault }: Scenario, victims: Victims): Promise<void> {
  const { primary, standby, startSecond, startStandby, write, signal } = victims;
  switch (fault.kind) {
    case 'kill':
      if (fault.standbyDiesAfter === undefined) return;
      await standby.until(is('lease-taken'), signal);
      await sleep(fault.standbyDiesAfter, undefined, { signal });
      await standby.kill(fault.signal);
      return startStandby();
    case 'freeze':
      await standby.until(is('restored'), signal);
      write({ kind: 'woken', pid: primary.pid });
      primary.pause('SIGCONT');
      await primary.until(is('lease-lost'), signal);
      return;
    case 'two-primaries':
      await standby.until(is('lease-taken'), signal);
      return startSecond();
    case 'stop-replication':
      await sleep(fault.for, undefined, { signal });
      write({ kind: 'healed', what: 'replication goes on' });
      return standby.switch({ order: 'replication', on: true }, signal);
    case 'model-outage':
      await sleep(fault.for, undefined, { signal });
      write({ kind: 'healed', what: 'models answer again' });
      return primary.switch({ order: 'models', on: true }, signal);
    case 'expired-certificate':
      await sleep(fault.for, undefined, { signal });
      await victims.service?.present(new Date(Date.now() + DAY_MS));
      return write({ kind: 'healed', what: 'the certificate is renewed' });
    default:
      return;
  }
}

/** A region that is gone takes its store along: the standby must live on what it has copied. */
function loseDirectories({ work, settings, ownDirectories }: Victims): void {
  for (const kept of ownDirectories ? ['state', 'journal'] : ['journal']) {
    renameSync(join(work, kept, settings.region), join(work, kept, `${settings.region}.lost`));
  }
}
