import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import { CommandError } from '../errors.ts';

/** What a drill does to the running deployment. Data, so that a report can show it and a schedule can name it. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What happened to the active region, as reports say it: `us was …` and `us … at`. */
  readonly happened: { readonly told: string; readonly short: string };
  readonly fault: /** The process dies, and the region's state root and journal go with it. */
    | { readonly kind: 'kill'; readonly signal: 'SIGKILL' }
    /** The process stops in the middle of what it does and wakes up when the standby has taken over. */
    | { readonly kind: 'freeze'; readonly signal: 'SIGSTOP' };
}

export const SCENARIOS = {
  'kill-region': {
    name: 'kill-region',
    title: 'The active region dies without notice',
    happened: { told: 'was killed with SIGKILL and its store lost', short: 'killed' },
    fault: { kind: 'kill', signal: 'SIGKILL' },
  },
  'freeze-region': {
    name: 'freeze-region',
    title: 'The active region freezes and wakes up after the takeover',
    happened: { told: 'was stopped with SIGSTOP, and woken after the takeover,', short: 'frozen' },
    fault: { kind: 'freeze', signal: 'SIGSTOP' },
  },
} as const satisfies Record<string, Scenario>;
export type ScenarioName = keyof typeof SCENARIOS;

/** Times in milliseconds that a drill on one machine runs with. */
export interface DrillTimes {
  readonly checkpoint: number;
  readonly replication: number;
  readonly lease: { readonly ttl: number; readonly renew: number; readonly skew: number; readonly poll: number };
  /** Time over which the source is spread. */
  readonly stream: number;
}

/** The file's times where they are shorter, so that a drill is over in seconds: RTO follows from the lease's ttl. */
export function drillTimes({ state, dr }: DeploymentModel): DrillTimes {
  const ttl = Math.min(dr.lease.ttl, 1_000);
  return {
    checkpoint: Math.min(state.checkpoint.interval, 300),
    replication: Math.min(dr.replication.every, 100),
    lease: {
      ttl,
      renew: Math.min(dr.lease.renew, Math.floor(ttl / 5)),
      skew: Math.min(dr.lease.skew, Math.floor(ttl / 10)),
      poll: Math.floor(ttl / 20),
    },
    stream: 8_000,
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
 * @throws CommandError HR-DRILL-001 without two such regions, -007 when the lease would die with the active region, -008
 * when outputs do not wait for the standby.
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
  if (deployment.dr.commit !== 'replicated') {
    throw new CommandError(
      'HR-DRILL-008',
      'dr.commit',
      'the drill shows that nothing is repeated, which needs replicated',
      {
        mend: 'set dr.commit: replicated, in a profile if you like',
      },
    );
  }
  if (primary && standby && lease && deployment.dr.mode === 'active-standby') return { primary, standby, lease };
  throw new CommandError('HR-DRILL-001', 'regions', 'a failover drill needs an active region and a standby', {
    mend: 'add a region with role: standby, and set dr.mode: active-standby',
  });
}
