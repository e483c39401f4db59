import type { TerraformStack } from 'cdktf';
import { type DeploymentModel, names, type RegionModel } from '../../config/index.ts';
import { type Api, apisOf } from './apis.ts';
import { DataGoogleProject, GoogleProvider, ProjectService } from './provider.ts';

/** What every part of a region's stack is built on. */
export interface GcpRegion {
  readonly stack: TerraformStack;
  readonly deployment: DeploymentModel;
  readonly region: RegionModel;
  /** Cluster, and the prefix of the region's resources. */
  readonly name: string;
  readonly project: {
    /** Project id: the file's, else a token for that of the credentials. */
    readonly id: string;
    /** Project number, a token: principals and service agents are named by it. */
    readonly number: string;
    /** Billing account, a token. */
    readonly billingAccount: string;
  };
  /** The enabled service that a resource depends on. */
  api(name: Api): ProjectService;
}

/** Declares the provider, looks the project up and enables the services that the region needs. */
export function openProject(stack: TerraformStack, deployment: DeploymentModel, region: RegionModel): GcpRegion {
  const { account } = region;
  new GoogleProvider(stack, 'google', {
    region: region.region,
    ...(account ? { project: account } : {}),
    // The budget service answers only with a quota project (Cloud Billing Budget API, "quota project not set").
    ...(account && deployment.observability.monthlyBudget
      ? { userProjectOverride: true, billingProject: account }
      : {}),
    defaultLabels: labels(deployment, region),
  });
  const project = new DataGoogleProject(stack, 'project', account ? { projectId: account } : {});
  const services = new Map<Api, ProjectService>();
  for (const name of apisOf(deployment, region)) {
    // Destroying a stack must not switch a service off for everything else in the project.
    services.set(
      name,
      new ProjectService(stack, `api-${name}`, { service: `${name}.googleapis.com`, disableOnDestroy: false }),
    );
  }
  return {
    stack,
    deployment,
    region,
    name: names.region(region.parts),
    project: { id: account ?? project.projectId, number: project.number, billingAccount: project.billingAccount },
    api(name) {
      const service = services.get(name);
      if (!service) throw new Error(`${name} is missing in apisOf()`);
      return service;
    },
  };
}

/** Labels that every resource of a region carries; with underscores, since cdktf turns dashes in a provider's keys into them. */
export const labels = (deployment: Pick<DeploymentModel, 'name'>, region: Pick<RegionModel, 'name'>) => ({
  headrace_deployment: deployment.name,
  headrace_region: region.name,
});
