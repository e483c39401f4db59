import { AzurermBackend, GcsBackend, LocalBackend, S3Backend, type TerraformStack } from 'cdktf';
import type { Cloud, DeploymentModel } from '../config/index.ts';

/**
 * Puts a stack's Terraform state where the deployment file says for its cloud; into a local file where it says nothing.
 * The local path is relative to the stack's own folder under `cdktf.out/stacks`, so that it lands beside `cdktf.json`
 * and the synthesized bytes do not depend on where the project lies.
 */
export function useBackend(stack: TerraformStack, deployment: DeploymentModel, cloud: Cloud): void {
  const { backend } = deployment.terraform;
  const stateKey = (prefix: string | undefined) => `${prefix ?? deployment.name}/${stack.node.id}.tfstate`;
  if (cloud === 'aws' && backend.aws) {
    const { bucket, region, kmsKeyId, key } = backend.aws;
    new S3Backend(stack, { bucket, region, key: stateKey(key), encrypt: true, ...(kmsKeyId ? { kmsKeyId } : {}) });
    // S3's own lock; the typed backend predates it (Terraform 1.10, "S3 backend: use_lockfile").
    stack.addOverride('terraform.backend.s3.use_lockfile', true);
  } else if (cloud === 'azure' && backend.azure) {
    const { resourceGroup, storageAccount, container, key } = backend.azure;
    new AzurermBackend(stack, {
      resourceGroupName: resourceGroup,
      storageAccountName: storageAccount,
      containerName: container,
      key: stateKey(key),
      useAzureadAuth: true,
    });
  } else if (cloud === 'gcp' && backend.gcp) {
    const { bucket, key } = backend.gcp;
    new GcsBackend(stack, { bucket, prefix: `${key ?? deployment.name}/${stack.node.id}` });
  } else {
    new LocalBackend(stack, { path: `../../../terraform.${stack.node.id}.tfstate` });
  }
}
