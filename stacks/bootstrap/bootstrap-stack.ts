import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Cloud, DeploymentModel } from '../../config/index.ts';
import { useBackend } from '../backend.ts';
import { allowProvider } from '../provider-version.ts';

export const bootstrapStackId = (deployment: Pick<DeploymentModel, 'name'>, cloud: Cloud) =>
  `${deployment.name}-bootstrap-${cloud}`;

/** What keeps Terraform's own state in one cloud, as `terraform.backend` of the file names it. Its own state goes there as well. */
export class BootstrapStack extends TerraformStack {
  private constructor(scope: Construct, deployment: DeploymentModel, cloud: Cloud) {
    super(scope, bootstrapStackId(deployment, cloud));
    useBackend(this, deployment, cloud);
    allowProvider(this, cloud);
  }

  /** Loads only the cloud that is asked for: a provider's bindings cost time. */
  static async create(scope: Construct, deployment: DeploymentModel, cloud: Cloud): Promise<BootstrapStack> {
    const stack = new BootstrapStack(scope, deployment, cloud);
    switch (cloud) {
      case 'aws':
        (await import('./aws.ts')).bootstrapAws(stack, deployment);
        break;
      case 'azure':
        (await import('./azure.ts')).bootstrapAzure(stack, deployment);
        break;
      case 'gcp':
        (await import('./gcp.ts')).bootstrapGcp(stack, deployment);
        break;
    }
    return stack;
  }
}
