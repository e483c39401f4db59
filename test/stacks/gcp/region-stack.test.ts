// What differs between deployments: role, endpoint, spot, zones, size, deletion protection, own registry.
import { describe, expect, test } from 'vitest';
import { REGION_OUTPUTS, type Size, sizing } from '../../../config/index.ts';
import { active, deployment, everything, GCP_ASIA, restricted, standby } from './deployments.ts';
import { at, ref, synthesize } from './synthesized.ts';

const CLUSTER = 'google_container_cluster';
const POOL = 'google_container_node_pool';
const lone = (region: string, ...more: string[]) =>
  deployment({ regions: [`${GCP_ASIA}, role: active, ${region}`], more: ['dr: { mode: none }', ...more] });

test('every output that the charts consume is there under its name', () => {
  const outputs = Object.keys(synthesize(standby()).json['output'] as object);
  expect(outputs).toEqual(expect.arrayContaining(REGION_OUTPUTS));
  expect(outputs.filter((name) => !(REGION_OUTPUTS as string[]).includes(name))).toEqual([
    'egress_addresses',
    'lease_audiences',
  ]);
});

test('addresses that traffic leaves from are told', () => {
  const { json } = synthesize(standby());
  expect(at(json, 'output.egress_addresses.value')).toEqual([
    ref('google_compute_address.nat-address-0.address'),
    ref('google_compute_address.nat-address-1.address'),
  ]);
});

test('replicators of other clouds are told the audience of their token', () => {
  const audiences = at(synthesize(active()).json, 'output.replica_audiences.value') as Record<string, string>;
  expect(Object.keys(audiences).sort()).toEqual(['us', 'west']);
  expect(audiences['us']).toBe(
    `https://iam.googleapis.com/${ref('google_iam_workload_identity_pool.replica-pool.name')}/providers/peer-us`,
  );
});

test('outputs that the file decides are literal and equal the contract', () => {
  const { json, stack } = synthesize(everything());
  const output = (name: string) => at(json, `output.${name}.value`);
  expect(output('state_root')).toBe('gs://reviews-asia-state-5c1a9e/reviews');
  expect(stack.contract.stateRoot).toBe(output('state_root'));
  expect(output('namespace')).toBe(stack.contract.namespace);
  expect(output('secret_names')).toEqual(stack.contract.secretNames);
  expect(output('secret_store')).toBe('streams-prod');
  expect(output('registry')).toBe('asia-southeast1-docker.pkg.dev/streams-prod/reviews-asia');
  expect(output('kafka_bootstrap')).toBe(
    'bootstrap.reviews-asia.asia-southeast1.managedkafka.streams-prod.cloud.goog:9092',
  );
  expect(output('oidc_issuer')).toBe(
    `https://container.googleapis.com/v1/${ref('google_container_cluster.cluster.id')}`,
  );
});

test('without an account the project is the one of the credentials', () => {
  const { json, one } = synthesize(standby());
  const id = ref('data.google_project.project.project_id');
  expect(at(json, 'provider.google.project')).toBeUndefined();
  expect(at(json, 'output.secret_store.value')).toBe(id);
  expect(at(one(CLUSTER, 'cluster'), 'workload_identity_config.workload_pool')).toBe(`${id}.svc.id.goog`);
});

test('a restricted endpoint is public for the named ranges alone', () => {
  const cluster = synthesize(restricted()).one(CLUSTER, 'cluster');
  expect(at(cluster, 'private_cluster_config.enable_private_endpoint')).toBe(false);
  expect(at(cluster, 'private_cluster_config.enable_private_nodes')).toBe(true);
  expect(at(cluster, 'master_authorized_networks_config.cidr_blocks')).toEqual([
    { cidr_block: '203.0.113.0/24', display_name: 'authorized-0' },
  ]);
  expect(at(cluster, 'master_authorized_networks_config.gcp_public_cidrs_access_enabled')).toBe(false);
});

test('spot capacity is for workers only', () => {
  const { one } = synthesize(restricted());
  const spot = ['system', 'flink', 'worker'].map((pool) => at(one(POOL, `pool-${pool}`), 'node_config.spot'));
  expect(spot).toEqual([false, false, true]);
  expect(at(one(POOL, 'pool-worker'), 'autoscaling.location_policy')).toBe('ANY');
  expect(at(one(POOL, 'pool-flink'), 'autoscaling.location_policy')).toBe('BALANCED');
});

test('zones of the file bind the cluster and its pools; without them Google chooses three', () => {
  const zones = ['asia-southeast1-a', 'asia-southeast1-b', 'asia-southeast1-c'];
  const named = synthesize(restricted());
  expect(named.one(CLUSTER, 'cluster')['node_locations']).toEqual(zones);
  expect(named.one(POOL, 'pool-flink')['node_locations']).toEqual(zones);
  expect(synthesize(standby()).one(CLUSTER, 'cluster')['node_locations']).toBeUndefined();
});

describe.each(['small', 'medium', 'large'] satisfies Size[])('size %s', (size) => {
  test.each(['system', 'flink', 'worker'] as const)('decides the pool %s', (pool) => {
    const node = synthesize(lone(`size: ${size}`)).one(POOL, `pool-${pool}`);
    const expected = sizing(size).pools[pool];
    expect(at(node, 'node_config.machine_type')).toBe(expected.instance.gcp);
    expect(at(node, 'node_config.disk_size_gb')).toBe(expected.diskGiB);
    expect(at(node, 'autoscaling.total_min_node_count')).toBe(expected.min);
    expect(at(node, 'autoscaling.total_max_node_count')).toBe(expected.max);
  });
});

test('without deletion protection a test deployment can be torn down', () => {
  const { one } = synthesize(restricted());
  expect(one(CLUSTER, 'cluster')['deletion_protection']).toBe(false);
  expect(one('google_secret_manager_secret', 'secret-openai-key')['deletion_protection']).toBe(false);
  expect(at(one('google_storage_bucket', 'state'), 'lifecycle.prevent_destroy')).toBe(false);
  expect(at(one('google_kms_crypto_key', 'key-state'), 'lifecycle.prevent_destroy')).toBe(false);
});

test('a registry of the file replaces the own one', () => {
  const { json, types } = synthesize(lone('size: small', 'images: { registry: ghcr.io/acme }'));
  expect(at(json, 'output.registry.value')).toBe('ghcr.io/acme');
  expect(types).not.toContain('google_artifact_registry_repository');
  expect(types).not.toContain('google_artifact_registry_repository_iam_member');
});

test('brokers of the file need no managed Kafka', () => {
  const { json, types } = synthesize(standby());
  expect(types).not.toContain('google_managed_kafka_cluster');
  expect(at(json, 'output.kafka_bootstrap.value')).toBe('');
});

test('a standby is not alarmed by its own silence', () => {
  expect(synthesize(standby()).types).not.toContain('google_monitoring_alert_policy');
  expect(synthesize(active()).types).toContain('google_monitoring_alert_policy');
});

test('no budget of the file, no budget', () => {
  expect(synthesize(active()).types).not.toContain('google_billing_budget');
});

test('a budget without alarm addresses has no channel to name', () => {
  const model = lone('size: small', 'observability: { monthlyBudget: 100 }');
  const budget = synthesize(model).one('google_billing_budget', 'budget');
  expect(budget['all_updates_rule']).toBeUndefined();
  expect(at(budget, 'threshold_rules.3.spend_basis')).toBe('FORECASTED_SPEND');
});

test('a budget names five channels at most', () => {
  const alarms = Array.from({ length: 7 }, (_, i) => `a${i}@example.com`).join(', ');
  const model = lone('size: small', `observability: { monthlyBudget: 100, alarms: [${alarms}] }`);
  const { one, all } = synthesize(model);
  expect(Object.keys(all('google_monitoring_notification_channel'))).toHaveLength(7);
  expect(at(one('google_billing_budget', 'budget'), 'all_updates_rule.monitoring_notification_channels')).toHaveLength(
    5,
  );
});

test('topics may have every character that Kafka allows', () => {
  const model = deployment({
    regions: [`${GCP_ASIA}, role: active`],
    topic: 'reviews.v1_raw',
    more: ['dr: { mode: none }'],
  });
  const topics = Object.values(synthesize(model).all('google_managed_kafka_topic'));
  expect(topics.map((topic) => topic['topic_id'])).toEqual(['ratings', 'ratings.dead-letter', 'reviews.v1_raw']);
});

test('what exists once a project is declared by its first region alone', () => {
  const second = everything();
  expect(synthesize(active(), 'eu').types).not.toContain('google_project_iam_audit_config');
  expect(synthesize(second, 'eu').types).toContain('google_project_iam_audit_config');
});

test('nodes, pods and services have ranges that do not overlap', () => {
  const subnet = synthesize(restricted()).one('google_compute_subnetwork', 'subnetwork');
  expect(subnet['ip_cidr_range']).toBe('10.40.0.0/22');
  expect(subnet['secondary_ip_range']).toEqual([
    { range_name: 'pods', ip_cidr_range: '100.64.0.0/14' },
    { range_name: 'services', ip_cidr_range: '172.20.0.0/16' },
  ]);
});

test('the state of a stack goes where the file says', () => {
  const model = lone('size: small', 'terraform: { backend: { gcp: { bucket: acme-terraform, key: streams } } }');
  expect(at(synthesize(model).json, 'terraform.backend.gcs')).toEqual({
    bucket: 'acme-terraform',
    prefix: 'streams/reviews-asia',
  });
});
