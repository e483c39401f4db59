import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import { CommandError } from '../errors.ts';

/** Times in milliseconds that a drill on one machine runs with. */
export interface DrillTimes {
  readonly checkpoint: number;
  readonly replication: number;
  readonly lease: { readonly ttl: number; readonly renew: number; readonly skew: number; readonly poll: number };
  /** Time over which the source is spread. */
  readonly stream: number;
  /** After which a store that does not answer is given up, as a vendor's client does. */
  readonly patience: number;
  /** First wait between two tries of a call; doubles. */
  readonly backoff: number;
}

/** Default time over which a drill spreads the source, in milliseconds. */
export const STREAM_MS = 8_000;

/**
 * The file's times where they are shorter, so that a drill is over in seconds: RTO follows from the lease's ttl.
 * @param pace what the stream and the lease are multiplied by. Default: 1.
 */
export function drillTimes({ state, dr, agent }: DeploymentModel, stream = STREAM_MS, pace = 1): DrillTimes {
  const ttl = Math.min(dr.lease.ttl, 1_000 * pace);
  return {
    checkpoint: Math.min(state.checkpoint.interval, 300),
    replication: Math.min(dr.replication.every, 100),
    lease: {
      ttl,
      renew: Math.min(dr.lease.renew, Math.floor(ttl / 5)),
      skew: Math.min(dr.lease.skew, Math.floor(ttl / 10)),
      poll: Math.floor(ttl / 20),
    },
    stream: stream * pace,
    patience: Math.floor(ttl / 2),
    backoff: Math.min(agent.retry.initialBackoff, 200),
  };
}

/** Who plays which part. */
export interface Cast {
  readonly primary: RegionModel;
  readonly standby: RegionModel;
  /** Region whose store keeps the lease. */
  readonly lease: RegionModel;
}

/**
 * The first active region, its first standby, and the lease's region.
 * @throws CommandError HR-DRILL-001 without two such regions, -007 when the lease would die with the active region.
 */
export function castOf(deployment: DeploymentModel): Cast {
  const primary = deployment.regions.find(({ role }) => role === 'active');
  const standby = deployment.regions.find(({ role }) => role === 'standby');
  const lease = deployment.regions.find(({ name }) => name === deployment.leaseRegion);
  if (lease && lease.name === primary?.name) {
    throw new CommandError(
      'HR-DRILL-007',
      'dr.lease.region',
      `${lease.name} is the active region: its loss takes the lease along`,
      {
        mend: 'name another region, or leave it out',
      },
    );
  }
  if (primary && standby && lease && deployment.dr.mode === 'active-standby') return { primary, standby, lease };
  throw new CommandError('HR-DRILL-001', 'regions', 'a failover drill needs an active region and a standby', {
    mend: 'add a region with role: standby, and set dr.mode: active-standby',
  });
}
