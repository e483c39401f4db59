// What waits for what in a region on Google Cloud.
import { expect, test } from 'vitest';
import { everything } from './deployments.ts';
import { synthesize } from './synthesized.ts';

const CLUSTER = 'google_container_cluster';
const POOL = 'google_container_node_pool';
const BUCKET = 'google_storage_bucket';
const pools = ['pool-system', 'pool-flink', 'pool-worker'];

test('every key is granted before its consumer uses it', () => {
  const { one } = synthesize(everything());
  const waits: [type: string, name: string, key: string][] = [
    [CLUSTER, 'cluster', 'cluster'],
    [CLUSTER, 'cluster', 'disks'],
    ...pools.map((pool): [string, string, string] => [POOL, pool, 'disks']),
    [BUCKET, 'state', 'state'],
    ['google_secret_manager_secret', 'secret-openai-key', 'secrets'],
    ['google_artifact_registry_repository', 'images', 'registry'],
    ['google_logging_project_bucket_config', 'logs', 'logs'],
    ['google_gke_backup_backup_plan', 'backup-plan', 'backup'],
    ['google_managed_kafka_cluster', 'kafka', 'kafka'],
  ];
  for (const [type, name, key] of waits) {
    expect(one(type, name)['depends_on']).toContain(`google_kms_crypto_key_iam_member.key-${key}-agent`);
  }
});

test('nodes start only behind the egress rules', () => {
  const { one } = synthesize(everything());
  for (const pool of pools) {
    expect(one(POOL, pool)['depends_on']).toContain(
      'google_compute_network_firewall_policy_association.egress-association',
    );
  }
});

test('an agent is granted its key once its service is enabled', () => {
  const { all } = synthesize(everything());
  const services = Object.entries(all('google_kms_crypto_key_iam_member')).map(([name, one]) => [
    name.replace(/^key-(.*)-agent$/, '$1'),
    ...(one['depends_on'] as string[]).map((address) => address.replace('google_project_service.api-', '')),
  ]);
  expect(services.sort()).toEqual([
    ['backup', 'gkebackup'],
    ['cluster', 'container'],
    ['disks', 'compute'],
    ['kafka', 'managedkafka'],
    ['logs', 'logging'],
    ['registry', 'artifactregistry'],
    ['secrets', 'secretmanager'],
    ['state', 'storage'],
  ]);
});
