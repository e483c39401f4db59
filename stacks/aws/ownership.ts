import type { DeploymentModel, RegionModel } from '../../config/index.ts';

const sameAccount = (a: RegionModel, b: RegionModel) =>
  a.cloud === 'aws' && b.cloud === 'aws' && a.account === b.account;

/** Whether this region's stack makes what exists once an account: the first region of the file in that account. */
export const ownsAccount = (deployment: DeploymentModel, region: RegionModel): boolean =>
  deployment.regions.find((other) => sameAccount(other, region))?.name === region.name;

/** Whether this region's stack makes what exists once an account and cloud region. */
export const ownsAccountRegion = (deployment: DeploymentModel, region: RegionModel): boolean =>
  deployment.regions.find((other) => sameAccount(other, region) && other.region === region.region)?.name ===
  region.name;

/** AWS regions of the file that share the account. */
export const regionsOfAccount = (deployment: DeploymentModel, region: RegionModel): RegionModel[] =>
  deployment.regions.filter((other) => sameAccount(other, region));
