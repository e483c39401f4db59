import { App, type TerraformStack, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { type DeploymentModel, VERSIONS } from '../../config/index.ts';
import { buildApp } from '../../stacks/app.ts';
import { GlobalStack } from '../../stacks/global-stack.ts';
import { ASIA, active, deployment, EU, US } from './aws/deployments.ts';

const synthesized = (stack: TerraformStack) => JSON.parse(Testing.synth(stack, true));
const backends = (more: string[]) =>
  deployment({ regions: [`${US}, role: active`, `${EU}, role: standby`, `${ASIA}, role: standby`], more });

/** Terraform's own block of each stack, by the stack's id. */
async function settings(model: DeploymentModel) {
  const { app } = await buildApp(model);
  const stacks = app.node.children.filter((child): child is TerraformStack => 'prepareStack' in child);
  return Object.fromEntries(stacks.map((stack) => [stack.node.id, synthesized(stack).terraform]));
}

describe('providers', () => {
  it('may be any newer minor version than the one that the bindings were made from', async () => {
    const found = await settings(active());
    expect(found['reviews-us'].required_providers.aws.version).toBe(VERSIONS.providers.aws);
    expect(found['reviews-eu'].required_providers.azurerm.version).toBe(VERSIONS.providers.azure);
    expect(found['reviews-asia'].required_providers.google.version).toBe(VERSIONS.providers.gcp);
    for (const range of Object.values(VERSIONS.providers)) expect(range).toMatch(/^~> \d+\.\d+$/);
  });
});

describe('the state of Terraform', () => {
  it("is in S3 encrypted, under S3's own lock", async () => {
    const found = await settings(
      backends(['terraform: { backend: { aws: { bucket: tf-state, region: us-east-1 } } }']),
    );
    expect(found['reviews-us'].backend).toEqual({
      s3: {
        bucket: 'tf-state',
        region: 'us-east-1',
        key: 'reviews/reviews-us.tfstate',
        encrypt: true,
        use_lockfile: true,
      },
    });
  });

  it('is in Azure by identity rather than by account key', async () => {
    const found = await settings(
      backends([
        'terraform: { backend: { azure: { resourceGroup: rg, storageAccount: tfstate1, container: tf-state } } }',
      ]),
    );
    expect(found['reviews-eu'].backend.azurerm).toMatchObject({
      container_name: 'tf-state',
      key: 'reviews/reviews-eu.tfstate',
      use_azuread_auth: true,
    });
  });

  it("is in Google's store under a prefix of the stack's own", async () => {
    const found = await settings(backends(['terraform: { backend: { gcp: { bucket: tf-state } } }']));
    expect(found['reviews-asia'].backend).toEqual({ gcs: { bucket: 'tf-state', prefix: 'reviews/reviews-asia' } });
  });

  it('is a file of its own beside the project where the file says nothing', async () => {
    const found = await settings(active());
    const paths = Object.values(found).map(({ backend }) => backend.local.path);
    expect(new Set(paths).size).toBe(4);
    for (const path of paths) expect(path).toMatch(/^\.\.\/\.\.\/\.\.\/terraform\.reviews-\w+\.tfstate$/);
  });
});

describe('the global stack', () => {
  it("puts out the regions with their roles, and the lease's root", async () => {
    const model = active();
    const { output } = synthesized(await GlobalStack.create(new App({ stackTraces: false }), model));
    expect(output.regions.value.us).toEqual({ cloud: 'aws', region: 'us-east-1', role: 'active' });
    const lease = model.regions.find((region) => region.name === model.leaseRegion);
    expect(lease?.stateRoot.uri).toMatch(/^[a-z0-9]+:\/\//);
    expect(output.lease_store.value).toBe(lease?.stateRoot.uri);
  });
});
