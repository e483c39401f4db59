// What keeps Terraform's own state in each cloud, field by field.
import { App, Testing } from 'cdktf';
import { describe, expect, test } from 'vitest';
import { type Cloud, parseDeployment } from '../../config/index.ts';
import { backendClouds, storeIsMissing } from '../../ops/deploy/bootstrap.ts';
import { BootstrapStack } from '../../stacks/bootstrap/bootstrap-stack.ts';
import { at, type Json, lookups, ref } from './synthesized.ts';

const deployment = (aws = 'bucket: terraform-states, region: us-east-1') =>
  parseDeployment(
    'headrace.yaml',
    [
      'version: 1',
      'name: reviews',
      'id: 5c1a9e',
      'agent: { entry: ./agent.ts }',
      'regions:',
      '  - { name: us, cloud: aws, region: us-east-1, role: active }',
      '  - { name: eu, cloud: azure, region: westeurope, role: standby }',
      '  - { name: asia, cloud: gcp, region: asia-southeast1, role: standby, account: streams }',
      'source: { kafka: { topic: reviews, bootstrap: managed } }',
      'sink: { kafka: { topic: ratings, bootstrap: managed } }',
      'terraform:',
      '  backend:',
      `    aws: { ${aws} }`,
      '    azure: { resourceGroup: terraform, storageAccount: terraformstates, container: states }',
      '    gcp: { bucket: terraform-states }',
    ].join('\n'),
  );

async function synthesize(cloud: Cloud, model = deployment()) {
  const stack = await BootstrapStack.create(new App({ stackTraces: false }), model, cloud);
  const json = JSON.parse(Testing.synth(stack, true)) as Json;
  return { json, ...lookups(json) };
}

test('aws: a private, versioned bucket that no plan destroys, under a key of its own', async () => {
  const { one, json } = await synthesize('aws');
  expect(one('aws_s3_bucket', 'states')).toMatchObject({ bucket: 'terraform-states', force_destroy: false });
  expect(at(one('aws_s3_bucket', 'states'), 'lifecycle.prevent_destroy')).toBe(true);
  expect(one('aws_s3_bucket_public_access_block', 'states-private')).toMatchObject({
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  });
  expect(at(one('aws_s3_bucket_versioning', 'states-versions'), 'versioning_configuration.status')).toBe('Enabled');
  expect(
    at(
      one('aws_s3_bucket_server_side_encryption_configuration', 'states-encryption'),
      'rule.apply_server_side_encryption_by_default.kms_master_key_id',
    ),
  ).toBe(ref('aws_kms_key.states-key.arn'));
  expect(one('aws_kms_key', 'states-key')).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
  expect(String(one('aws_s3_bucket_policy', 'states-policy')['policy'])).toContain('NoPlainHttp');
  // Its own state lies there as well.
  expect(at(json, 'terraform.backend.s3')).toMatchObject({
    bucket: 'terraform-states',
    key: 'reviews/reviews-bootstrap-aws.tfstate',
    use_lockfile: true,
  });
});

test('aws: an alias of the file is made, a key of somebody else is used', async () => {
  const alias = await synthesize('aws', deployment('bucket: states, region: us-east-1, kmsKeyId: alias/terraform'));
  expect(alias.one('aws_kms_alias', 'states-key-alias')['name']).toBe('alias/terraform');
  const arn = 'arn:aws:kms:us-east-1:111111111111:key/1';
  const theirs = await synthesize('aws', deployment(`bucket: states, region: us-east-1, kmsKeyId: "${arn}"`));
  expect(theirs.types).not.toContain('aws_kms_key');
  expect(JSON.stringify(theirs.json)).toContain(arn);
});

test('azure: an account without keys, versioned, locked, and open to the deployer by role', async () => {
  const { one } = await synthesize('azure');
  expect(one('azurerm_storage_account', 'states')).toMatchObject({
    name: 'terraformstates',
    shared_access_key_enabled: false,
    allow_nested_items_to_be_public: false,
    min_tls_version: 'TLS1_2',
    account_replication_type: 'GZRS',
  });
  expect(at(one('azurerm_storage_account', 'states'), 'blob_properties.versioning_enabled')).toBe(true);
  expect(one('azurerm_storage_container', 'container')).toMatchObject({
    name: 'states',
    container_access_type: 'private',
  });
  expect(one('azurerm_management_lock', 'lock')['lock_level']).toBe('CanNotDelete');
  expect(one('azurerm_role_assignment', 'deployer')['scope']).toBe(ref('azurerm_storage_container.container.id'));
});

test('gcp: a private, versioned bucket under a key in hardware, which its service may use first', async () => {
  const { one } = await synthesize('gcp');
  expect(one('google_storage_bucket', 'states')).toMatchObject({
    name: 'terraform-states',
    public_access_prevention: 'enforced',
    uniform_bucket_level_access: true,
    force_destroy: false,
    depends_on: ['google_kms_crypto_key_iam_member.states-key-agent'],
  });
  expect(at(one('google_storage_bucket', 'states'), 'versioning.enabled')).toBe(true);
  expect(at(one('google_kms_crypto_key', 'states-key'), 'version_template.protection_level')).toBe('HSM');
});

test('only clouds whose store the file names are looked at', () => {
  expect(backendClouds(deployment())).toEqual([
    ['aws', 'terraform-states'],
    ['azure', 'terraformstates'],
    ['gcp', 'terraform-states'],
  ]);
  const { terraform: _, ...rest } = deployment();
  expect(backendClouds({ ...rest, terraform: { backend: {} } })).toEqual([]);
});

describe('a store that is missing', () => {
  test.each([
    'Error: Failed to get existing workspaces: S3 bucket "terraform-states" does not exist.',
    "Error: Failed to get existing workspaces: querying Cloud Storage failed: storage: bucket doesn't exist",
    'Code="ResourceGroupNotFound" Message="Resource group \'terraform\' could not be found."',
  ])('is told by %s', (message) => expect(storeIsMissing(message)).toBe(true));

  test.each([
    'Error: No valid credential sources found',
    'AccessDenied: User is not authorized to perform: s3:ListBucket',
    'Failed to query available provider packages',
  ])('is not told by %s', (message) => expect(storeIsMissing(message)).toBe(false));
});
