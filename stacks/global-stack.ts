import { TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import type { DeploymentModel } from '../config/index.ts';
import { useBackend } from './backend.ts';
import { allowProvider } from './provider-version.ts';

/** What exists once for all regions: the names that a failover moves, served by one cloud. */
export class GlobalStack extends TerraformStack {
  private constructor(scope: Construct, deployment: DeploymentModel) {
    super(scope, globalStackId(deployment));
    useBackend(this, deployment, deployment.dnsAuthority);
    new TerraformOutput(this, 'regions', {
      description: 'Cloud, cloud region and role by region name.',
      value: Object.fromEntries(
        deployment.regions.map((r) => [r.name, { cloud: r.cloud, region: r.region, role: r.role }]),
      ),
    });
    new TerraformOutput(this, 'lease_store', {
      description: 'State root that keeps the lease of the job.',
      value: deployment.regions.find((r) => r.name === deployment.leaseRegion)?.stateRoot.uri ?? '',
    });
  }

  /** Loads only the cloud that serves the zone: a provider's bindings cost time. */
  static async create(scope: Construct, deployment: DeploymentModel): Promise<GlobalStack> {
    const stack = new GlobalStack(scope, deployment);
    if (!deployment.dns) return stack;
    allowProvider(stack, deployment.dnsAuthority);
    switch (deployment.dnsAuthority) {
      case 'aws':
        (await import('./aws/dns.ts')).awsGlobalDns(stack, deployment);
        break;
      case 'azure':
        (await import('./azure/dns.ts')).azureGlobalDns(stack, deployment);
        break;
      case 'gcp':
        (await import('./gcp/dns.ts')).gcpGlobalDns(stack, deployment);
        break;
    }
    new TerraformOutput(stack, DNS_VARIABLES, {
      description: 'Variables of the last apply. Headrace tells the next one the same, so that no deploy undoes them.',
      value: Object.fromEntries(
        stack.node.children.flatMap((child) =>
          child instanceof TerraformVariable ? [[child.friendlyUniqueId, child.value]] : [],
        ),
      ),
    });
    return stack;
  }
}

/** Output that holds the stack's own variables. */
export const DNS_VARIABLES = 'dns_variables';

export const globalStackId = (deployment: Pick<DeploymentModel, 'name'>) => `${deployment.name}-global`;
