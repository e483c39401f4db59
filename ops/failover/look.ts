import type { ToolMode } from '../../runtime/api/index.ts';
import { Lease } from '../../runtime/state/lease.ts';
import { findRestorePoint } from '../../runtime/state/restore-point-catalog.ts';
import type { PassedOver } from '../../runtime/state/restore-point-choice.ts';
import type { SharedJob } from './places.ts';
import { type FailoverStep, hasEnded, readFailover } from './record.ts';

/** What a failover would find. */
export interface FailoverLook {
  readonly outcome: 'looked';
  readonly job: string;
  readonly to: string;
  /** Whether tools do what they are for in the deployment that is installed there. */
  readonly tools: ToolMode;
  /** Null before the first. */
  readonly lease: { readonly owner: string; readonly epoch: number; readonly state: 'held' | 'released' } | null;
  /** Step of a failover that has not ended. */
  readonly underWay: FailoverStep | null;
  /** The newest whole one of the region; every file of it was read. */
  readonly restorePoint: {
    readonly key: string;
    readonly checkpoint: number;
    readonly epoch: number;
    /** Milliseconds since 1970. */
    readonly triggeredAt: number;
    /** Milliseconds. */
    readonly age: number;
    readonly passedOver: readonly PassedOver[];
  } | null;
}

/**
 * Looks at what a failover to a region needs, and changes nothing.
 * @throws StateError HR-STATE-006, HR-STATE-007 without a restore point to go on from, where one is needed.
 */
export async function lookAtFailover(
  { name, leases, store, region, settings }: SharedJob,
  { planHash, tools }: { readonly planHash: string; readonly tools: ToolMode },
): Promise<FailoverLook> {
  const lease = await new Lease({ store: leases, job: name, region: region.name, holder: 'a look', settings }).look();
  const failover = (await readFailover(leases, name))?.value;
  const about = {
    outcome: 'looked',
    job: name,
    to: region.name,
    tools,
    lease: lease ? { owner: lease.owner, epoch: lease.epoch, state: lease.state } : null,
    underWay: failover && !hasEnded(failover) ? failover.step : null,
  } as const;
  if (lease?.owner === region.name) return { ...about, restorePoint: null };
  const { key, point, passedOver } = await findRestorePoint(store, name, planHash);
  const { checkpoint, epoch, triggeredAt } = point;
  return { ...about, restorePoint: { key, checkpoint, epoch, triggeredAt, age: Date.now() - triggeredAt, passedOver } };
}

export function lookLines({ job, to, lease, underWay, restorePoint: point }: FailoverLook): string[] {
  const owner = lease
    ? `region ${lease.owner} ${lease.state === 'held' ? 'has' : 'had'} it, epoch ${lease.epoch}`
    : 'no region has it yet';
  return [
    `job ${job}: ${owner}; nothing was changed`,
    ...(underWay ? [`  a failover is under way: it is ${underWay}`] : []),
    ...(point
      ? [
          `  region ${to} would go on from checkpoint ${point.checkpoint} of epoch ${point.epoch}, ${(point.age / 1000).toFixed(1)} s old`,
          ...point.passedOver.map(({ key, reason }) => `  passed over ${key}: ${reason}`),
        ]
      : []),
  ];
}
