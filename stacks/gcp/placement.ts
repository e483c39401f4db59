import { type DeploymentModel, type RegionModel, subnet } from '../../config/index.ts';

const DAY_MS = 86_400_000;

/** Whole days that cover a duration in milliseconds. */
export const wholeDays = (ms: number) => Math.ceil(ms / DAY_MS);

/** Whole seconds that cover a duration in milliseconds. */
export const wholeSeconds = (ms: number) => Math.ceil(ms / 1000);

/**
 * Cloud region that keeps a cluster's backups: that of another Google region of the deployment, so that they outlive
 * this one; this region's own when it is the only one.
 */
export const backupLocation = (deployment: DeploymentModel, region: RegionModel): string =>
  deployment.regions.find((other) => other.cloud === 'gcp' && other.region !== region.region)?.region ?? region.region;

/**
 * Whether this region's stack makes what exists once a project (audit configuration, which is authoritative): the
 * first Google region of the file that names the project.
 */
export const ownsProject = (deployment: DeploymentModel, region: RegionModel): boolean =>
  deployment.regions.find((other) => other.cloud === 'gcp' && other.account === region.account)?.name === region.name;

/** Addresses of nodes, internal load balancers and service endpoints: the first quarter, the rest is kept for growth. */
export const nodeRange = (region: Pick<RegionModel, 'cidr'>) =>
  subnet(region.cidr, Number(region.cidr.split('/')[1]) + 2, 0);

/** GKE takes Service ranges of /16 at most (GKE, "Limits for cluster primary and secondary ranges"). */
export const serviceRange = (serviceCidr: string) =>
  Number(serviceCidr.split('/')[1]) < 16 ? subnet(serviceCidr, 16, 0) : serviceCidr;

/** A weekly window for upgrades, in RFC 5545 and UTC. */
export interface MaintenanceWindow {
  readonly startTime: string;
  readonly endTime: string;
  readonly recurrence: string;
}

/**
 * Two days of eight hours a week, as GKE asks for 48 hours in any 32 days. Neighbours in the file get different days,
 * so that a region and its standby are never upgraded at once.
 */
export const maintenanceWindow = (region: Pick<RegionModel, 'index'>): MaintenanceWindow =>
  region.index % 2 === 0
    ? {
        startTime: '2025-01-04T00:00:00Z',
        endTime: '2025-01-04T08:00:00Z',
        recurrence: 'FREQ=WEEKLY;BYDAY=SA,SU',
      }
    : {
        startTime: '2025-01-07T00:00:00Z',
        endTime: '2025-01-07T08:00:00Z',
        recurrence: 'FREQ=WEEKLY;BYDAY=TU,WE',
      };
