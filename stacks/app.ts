import { App } from 'cdktf';
import type { DeploymentModel, RegionContract, RegionModel } from '../config/index.ts';
import { GlobalStack } from './global-stack.ts';
import { allowProvider } from './provider-version.ts';

/** The cdktf app of a deployment, not yet synthesized, with what its stacks promise to the charts. */
export interface DeploymentApp {
  readonly app: App;
  /** One a region, in the file's order. */
  readonly contracts: readonly RegionContract[];
  /** Stack ids in the order in which to deploy them. */
  readonly stacks: readonly string[];
}

/**
 * Builds one stack a region and the global one.
 * @param outdir where `app.synth()` writes. Default: `CDKTF_OUTDIR`, else `cdktf.out`, as cdktf's command expects.
 */
export async function buildApp(deployment: DeploymentModel, outdir?: string): Promise<DeploymentApp> {
  const app = new App({ stackTraces: false, ...(outdir ? { outdir } : {}) });
  const contracts: RegionContract[] = [];
  const stacks: string[] = [];
  for (const region of deployment.regions) {
    const stack = await regionStack(app, deployment, region);
    allowProvider(stack, region.cloud);
    contracts.push(stack.contract);
    stacks.push(stack.node.id);
  }
  const global = await GlobalStack.create(app, deployment);
  return { app, contracts, stacks: [...stacks, global.node.id] };
}

/** Loads only the clouds that the file names. */
async function regionStack(app: App, deployment: DeploymentModel, region: RegionModel) {
  switch (region.cloud) {
    case 'aws':
      return new (await import('./aws/region-stack.ts')).AwsRegionStack(app, deployment, region);
    case 'azure':
      return new (await import('./azure/region-stack.ts')).AzureRegionStack(app, deployment, region);
    case 'gcp':
      return new (await import('./gcp/region-stack.ts')).GcpRegionStack(app, deployment, region);
  }
}
