// What a region's state store (S), secrets (X), registry (R), Kafka (F), backups (B), logs and alarms (O), costs and
// teardown (Z) promise, field by field.
import { expect, test } from 'vitest';
import { everything } from './deployments.ts';
import { BUCKET, CLUSTER, type Field, keeps, keyOf, POOL, pools } from './promised.ts';
import { at, ref, synthesize } from './synthesized.ts';

keeps([
  {
    id: 'S2',
    promise: 'the state store is not public',
    fields: [
      [BUCKET, 'state', 'public_access_prevention', 'enforced'],
      [BUCKET, 'state', 'uniform_bucket_level_access', true],
    ],
  },
  {
    id: 'S3',
    promise: 'state is encrypted with an own key',
    fields: [[BUCKET, 'state', 'encryption.default_kms_key_name', keyOf('state')]],
  },
  {
    id: 'S4',
    promise: 'overwritten and deleted state can be restored, and is billed once',
    fields: [
      [BUCKET, 'state', 'versioning.enabled', true],
      [BUCKET, 'state', 'soft_delete_policy.retention_duration_seconds', 0],
    ],
  },
  {
    id: 'S5',
    promise: 'old versions and aborted uploads expire, live objects never',
    fields: [
      [
        BUCKET,
        'state',
        'lifecycle_rule',
        [
          { action: { type: 'Delete' }, condition: { with_state: 'ARCHIVED', days_since_noncurrent_time: 14 } },
          { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 7 } },
        ],
      ],
    ],
  },
  {
    id: 'S9',
    promise: 'no plan destroys the state store',
    fields: [
      [BUCKET, 'state', 'force_destroy', false],
      [BUCKET, 'state', 'lifecycle.prevent_destroy', true],
    ],
  },
  {
    id: 'X1',
    promise: 'secrets are encrypted with an own key in their own region',
    fields: [
      [
        'google_secret_manager_secret',
        'secret-openai-key',
        'replication.user_managed.replicas',
        [{ location: 'asia-southeast1', customer_managed_encryption: { kms_key_name: keyOf('secrets') } }],
      ],
      ['google_secret_manager_secret', 'secret-openai-key', 'secret_id', 'reviews-asia-openai-key'],
    ],
  },
  {
    id: 'X4',
    promise: 'a deleted secret can be brought back and pods get it by identity',
    fields: [
      ['google_secret_manager_secret', 'secret-store-password', 'version_destroy_ttl', '2592000s'],
      ['google_secret_manager_secret', 'secret-store-password', 'deletion_protection', true],
      [CLUSTER, 'cluster', 'secret_manager_config.enabled', true],
    ],
  },
  {
    id: 'R1',
    promise: 'tags cannot be moved, images are scanned and admitted by policy',
    fields: [
      ['google_artifact_registry_repository', 'images', 'docker_config.immutable_tags', true],
      ['google_artifact_registry_repository', 'images', 'vulnerability_scanning_config.enablement_config', 'INHERITED'],
      [CLUSTER, 'cluster', 'binary_authorization.evaluation_mode', 'PROJECT_SINGLETON_POLICY_ENFORCE'],
    ],
  },
  {
    id: 'R2',
    promise: 'images are encrypted with an own key',
    fields: [['google_artifact_registry_repository', 'images', 'kms_key_name', keyOf('registry')]],
  },
  {
    id: 'R3',
    promise: 'every region has its own images and old ones go',
    fields: [
      ['google_artifact_registry_repository', 'images', 'location', 'asia-southeast1'],
      ['google_artifact_registry_repository', 'images', 'cleanup_policy_dry_run', false],
      ['google_artifact_registry_repository', 'images', 'cleanup_policies.0.action', 'DELETE'],
      ['google_artifact_registry_repository', 'images', 'cleanup_policies.0.condition.tag_state', 'UNTAGGED'],
    ],
  },
  {
    id: 'F2',
    promise: 'brokers are inside the network and use an own key',
    fields: [
      ['google_managed_kafka_cluster', 'kafka', 'gcp_config.kms_key', keyOf('kafka')],
      [
        'google_managed_kafka_cluster',
        'kafka',
        'gcp_config.access_config.network_configs.subnet',
        ref('google_compute_subnetwork.subnetwork.id'),
      ],
    ],
  },
  {
    id: 'F3',
    promise: 'the loss of a broker loses no acknowledged record',
    fields: ['topic-reviews', 'topic-ratings'].flatMap((topic): Field[] => [
      ['google_managed_kafka_topic', topic, 'replication_factor', 3],
      ['google_managed_kafka_topic', topic, 'configs', { 'min.insync.replicas': '2' }],
      ['google_managed_kafka_topic', topic, 'partition_count', 8],
      ['google_managed_kafka_topic', topic, 'lifecycle.prevent_destroy', true],
    ]),
  },
  {
    id: 'B2',
    promise: 'cluster objects and volumes are backed up every day',
    fields: [
      [CLUSTER, 'cluster', 'addons_config.gke_backup_agent_config.enabled', true],
      ['google_gke_backup_backup_plan', 'backup-plan', 'backup_schedule.cron_schedule', '0 3 * * *'],
      ['google_gke_backup_backup_plan', 'backup-plan', 'backup_config.include_volume_data', true],
      ['google_gke_backup_backup_plan', 'backup-plan', 'backup_config.include_secrets', true],
      [
        'google_gke_backup_backup_plan',
        'backup-plan',
        'backup_config.encryption_key.gcp_kms_encryption_key',
        keyOf('backup'),
      ],
    ],
  },
  {
    id: 'B3',
    promise: 'backups leave the region',
    fields: [['google_gke_backup_backup_plan', 'backup-plan', 'location', 'europe-west4']],
  },
  {
    id: 'B4',
    promise: 'young backups cannot be deleted',
    fields: [['google_gke_backup_backup_plan', 'backup-plan', 'retention_policy.backup_delete_lock_days', 7]],
  },
  {
    id: 'O1',
    promise: 'logs are kept as long as the file says, with an own key',
    fields: [
      ['google_logging_project_bucket_config', 'logs', 'retention_days', 400],
      ['google_logging_project_bucket_config', 'logs', 'cmek_settings.kms_key_name', keyOf('logs')],
      [
        'google_logging_project_sink',
        'logs-sink',
        'filter',
        'resource.labels.cluster_name="reviews-asia" AND resource.labels.location="asia-southeast1"',
      ],
    ],
  },
  {
    id: 'O2',
    promise: 'silence and failed checkpoints page somebody',
    fields: [
      [CLUSTER, 'cluster', 'monitoring_config.managed_prometheus.enabled', true],
      ['google_monitoring_notification_channel', 'alarm-0', 'labels.email_address', 'oncall@example.com'],
      ...['alert-silence', 'alert-checkpoints'].map(
        (alert): Field => [
          'google_monitoring_alert_policy',
          alert,
          'notification_channels',
          [ref('google_monitoring_notification_channel.alarm-0.name')],
        ],
      ),
    ],
  },
  {
    id: 'O3',
    promise: 'every use of data, secrets and keys is recorded',
    fields: [
      ...['storage', 'secretmanager', 'cloudkms'].map(
        (service): Field => [
          'google_project_iam_audit_config',
          `audit-${service}`,
          'audit_log_config',
          [{ log_type: 'ADMIN_READ' }, { log_type: 'DATA_READ' }, { log_type: 'DATA_WRITE' }],
        ],
      ),
      [CLUSTER, 'cluster', 'security_posture_config.mode', 'BASIC'],
    ],
  },
  {
    id: 'Z1',
    promise: 'spending is announced and split by namespace',
    fields: [
      ['google_billing_budget', 'budget', 'amount.specified_amount.units', '1250'],
      ['google_billing_budget', 'budget', 'amount.specified_amount.nanos', 500_000_000],
      ['google_billing_budget', 'budget', 'budget_filter.labels', { headrace_region: 'asia' }],
      [CLUSTER, 'cluster', 'cost_management_config.enabled', true],
    ],
  },
  {
    id: 'Z2',
    promise: 'a teardown leaves shared services on',
    fields: ['compute', 'container', 'cloudkms', 'storage', 'managedkafka', 'billingbudgets'].map(
      (api): Field => ['google_project_service', `api-${api}`, 'disable_on_destroy', false],
    ),
  },
]);

test('everything made carries the labels of the deployment and the region', () => {
  const provider = synthesize(everything()).json['provider'];
  expect(at(provider, 'google.default_labels')).toEqual({ headrace_deployment: 'reviews', headrace_region: 'asia' });
});

test('no long-lived key and no secret value exists', () => {
  const { types } = synthesize(everything());
  for (const type of ['google_service_account_key', 'google_storage_hmac_key', 'google_secret_manager_secret_version'])
    expect(types).not.toContain(type);
});

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
