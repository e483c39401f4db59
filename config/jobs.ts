import type { DeploymentModel, RegionModel } from './model.ts';
import { REGION_PLACEHOLDER } from './schema/streams.ts';

/** Regions that have a job of their own: every active one. */
export const homes = ({ regions }: DeploymentModel): RegionModel[] => regions.filter(({ role }) => role === 'active');

/** Whether each active region has a job of its own, rather than all regions one. */
export const isActiveActive = ({ dr }: DeploymentModel): boolean => dr.mode === 'active-active';

/** Name of the job that is a region's own: the deployment's, and in active-active that of its region as well. */
export const jobNameOf = (deployment: DeploymentModel, home: RegionModel): string =>
  isActiveActive(deployment) ? `${deployment.name}-${home.name}` : deployment.name;

/** Whether another region can tell a region's inputs from its own. */
export const canBeAdopted = ({ source }: DeploymentModel): boolean =>
  JSON.stringify(source).includes(REGION_PLACEHOLDER);

/** Jobs that a region has TaskManagers for: in active-active another region's beside its own. The operator's clusters run one. */
export const jobsOf = (deployment: DeploymentModel): number =>
  isActiveActive(deployment) && deployment.flink.manager === 'standalone' ? 2 : 1;

/**
 * A deployment as it is for one job of an active-active one: that of active-standby with the job's own region active and every
 * other one a standby, which takes the job beside its own. `{region}` in source and sink is the job's region wherever it runs.
 * Other deployments are as they were.
 */
export function deploymentOfJob(deployment: DeploymentModel, home: RegionModel): DeploymentModel {
  if (!isActiveActive(deployment)) return deployment;
  const { dr } = deployment;
  return {
    ...deployment,
    name: jobNameOf(deployment, home),
    dr: { ...dr, mode: 'active-standby', failover: canBeAdopted(deployment) ? dr.failover : 'manual' },
    regions: deployment.regions.map((region) => ({
      ...region,
      role: region.name === home.name ? ('active' as const) : ('standby' as const),
    })),
    source: inRegion(deployment.source, home.name),
    sink: inRegion(deployment.sink, home.name),
  };
}

/** A copy with the region in place of every placeholder. */
function inRegion<T>(value: T, region: string): T {
  if (typeof value === 'string') return value.replaceAll(REGION_PLACEHOLDER, region) as T;
  if (Array.isArray(value)) return value.map((one) => inRegion(one, region)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inRegion(one, region)])) as T;
}
