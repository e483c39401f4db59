import type { TerraformStack } from 'cdktf';
import { type DeploymentModel, names, type RegionModel } from '../../config/index.ts';
import { type Place, partitionOf } from './place.ts';
import { AwsProvider, DataAwsCallerIdentity } from './provider.ts';

/** What every part of a region's stack is built on. */
export interface AwsRegion {
  readonly stack: TerraformStack;
  readonly deployment: DeploymentModel;
  readonly region: RegionModel;
  /** Cluster, and the prefix of the region's resources. */
  readonly name: string;
  readonly place: Place;
}

/** Declares the provider and finds out the account. */
export function openAccount(stack: TerraformStack, deployment: DeploymentModel, region: RegionModel): AwsRegion {
  new AwsProvider(stack, 'aws', {
    region: region.region,
    // Credentials of another account than the file's stop here instead of building there.
    ...(region.account ? { allowedAccountIds: [region.account] } : {}),
    defaultTags: [{ tags: tagsOf(deployment, region) }],
  });
  const caller = new DataAwsCallerIdentity(stack, 'caller');
  return {
    stack,
    deployment,
    region,
    name: names.region(region.parts),
    place: {
      partition: partitionOf(region.region),
      region: region.region,
      account: region.account ?? caller.accountId,
    },
  };
}

/** Tags of everything in a region; with underscores, since cdktf turns dashes in a provider's keys into them. */
export const tagsOf = (deployment: Pick<DeploymentModel, 'name'>, region: Pick<RegionModel, 'name' | 'parts'>) => ({
  headrace_deployment: deployment.name,
  headrace_region: region.name,
  headrace_cluster: names.region(region.parts),
});
