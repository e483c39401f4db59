// The lease lies in one region's container: who may write it there, and that they may nothing else.
import { expect, test } from 'vitest';
import { leaseCondition } from '../../../stacks/azure/lease-condition.ts';
import { AWS_US, AZURE_EU, AZURE_NORTH, active, deployment, GCP_ASIA, restricted, standby } from './deployments.ts';
import { at, type Json, ref, synthesize } from './synthesized.ts';

/** Kept on Azure by an active region that copies nothing, with peers of every cloud. */
const keeper = () =>
  deployment({
    regions: [
      `${AZURE_EU}, role: active`,
      `${AZURE_NORTH}, role: standby`,
      `${GCP_ASIA}, role: standby`,
      `${AWS_US}, role: standby`,
    ],
    more: ['dr: { lease: { region: eu } }'],
  });

const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs';

test.each(['north-1', 'asia', 'us'])('region %s writes leases with an identity that its two workloads take', (peer) => {
  const { one, json } = synthesize(keeper());
  expect(one('role_assignment', `lease-${peer}-state`)).toMatchObject({
    scope: ref('azurerm_storage_container.state-container.id'),
    role_definition_name: 'Storage Blob Data Contributor',
    principal_id: ref(`azurerm_user_assigned_identity.lease-${peer}.principal_id`),
    condition: leaseCondition('reviews/leases/'),
    condition_version: '2.0',
  });
  for (const workload of ['flink', 'replicator']) {
    expect(one('federated_identity_credential', `lease-${peer}-trust-${workload}`)).toMatchObject({
      count: ref(`(length(var.issuer_${peer.replace('-', '_')}) >= 1) ? 1 : 0`),
      subject: `system:serviceaccount:reviews:${workload}-${peer}`,
      parent_id: ref(`azurerm_user_assigned_identity.lease-${peer}.id`),
    });
  }
  expect(at(json, `output.lease_writers.value.${peer}`)).toBe(
    ref(`azurerm_user_assigned_identity.lease-${peer}.client_id`),
  );
});

test('the condition holds for everything that the role may do to blobs', () => {
  const condition = leaseCondition('reviews/leases/');
  for (const action of ['read', 'write', 'add/action', 'delete', 'move/action']) {
    expect(condition).toContain(`!(ActionMatches{'${BLOBS}/${action}'})`);
  }
  expect(condition).toContain(`OR (@Resource[${BLOBS}:path] StringLike 'reviews/leases/*')`);
});

test('the region’s own replicator, which copies nothing, may write leases alone', () => {
  const { one } = synthesize(keeper());
  expect(one('role_assignment', 'replicator-lease')['condition']).toBe(leaseCondition('reviews/leases/'));
  expect(() => one('role_assignment', 'replicator-state')).toThrow();
});

test('the state opens to the addresses of writers once, though they copy it as well', () => {
  expect(at(synthesize(keeper()).one('storage_account', 'state'), 'network_rules.ip_rules')).toBe(
    ref('concat(var.addresses_north_1, var.addresses_asia, var.addresses_us)'),
  );
});

test('a role without a limit has no condition', () => {
  const { one } = synthesize(standby());
  expect(one('role_assignment', 'replicator-state')['condition']).toBeUndefined();
});

test.each([
  ['a region that another cloud keeps the lease for', active],
  ['a region alone', restricted],
])('%s grants nothing about it', (_, model) => {
  const { json } = synthesize(model());
  expect(JSON.stringify(json)).not.toContain('/leases/');
  expect((json['output'] as Json)['lease_writers']).toBeUndefined();
});
