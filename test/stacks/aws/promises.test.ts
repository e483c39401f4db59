// What a region on AWS promises, field by field, of a deployment with everything that the file can switch on.
import { describe, expect, test } from 'vitest';
import { everything } from './deployments.ts';
import { at, ref, synthesize } from './synthesized.ts';

type Field = readonly [type: string, name: string, path: string, value: unknown];
interface Promised {
  readonly id: string;
  readonly promise: string;
  readonly fields: readonly Field[];
}

const zones = [0, 1, 2];
const pools = ['system', 'flink', 'worker'];
const KEYS = ['cluster', 'disks', 'state', 'secrets', 'registry', 'logs', 'alarms', 'backup', 'kafka'];
const keyOf = (purpose: string) => ref(`aws_kms_key.key-${purpose}.arn`);
const everyKey = (path: string, value: unknown): Field[] =>
  KEYS.map((key) => ['aws_kms_key', `key-${key}`, path, value]);
const everyPool = (path: string, value: unknown): Field[] =>
  pools.map((pool) => ['aws_eks_node_group', `pool-${pool}`, path, value]);
const everyTemplate = (path: string, value: unknown): Field[] =>
  pools.map((pool) => ['aws_launch_template', `template-${pool}`, path, value]);
const CLUSTER = ['aws_eks_cluster', 'cluster'] as const;
const KAFKA = ['aws_msk_cluster', 'kafka'] as const;
const RULE = ['aws_s3_bucket_replication_configuration', 'state-copies'] as const;

const promises: Promised[] = [
  {
    id: 'N1',
    promise: 'nodes and pods have no public address',
    fields: zones.map((i) => ['aws_subnet', `nodes-${i}`, 'map_public_ip_on_launch', false]),
  },
  {
    id: 'N2',
    promise: 'outbound traffic leaves from a fixed address a zone',
    fields: zones.flatMap((i): Field[] => [
      ['aws_nat_gateway', `nat-${i}`, 'subnet_id', ref(`aws_subnet.outer-${i}.id`)],
      ['aws_nat_gateway', `nat-${i}`, 'allocation_id', ref(`aws_eip.nat-address-${i}.allocation_id`)],
      ['aws_route', `out-of-firewall-${i}`, 'nat_gateway_id', ref(`aws_nat_gateway.nat-${i}.id`)],
    ]),
  },
  {
    id: 'N3',
    promise: 'egress passes to allow-listed names only',
    fields: [
      [
        'aws_networkfirewall_rule_group',
        'egress-names',
        'rule_group.rules_source.rules_source_list.generated_rules_type',
        'ALLOWLIST',
      ],
      [
        'aws_networkfirewall_rule_group',
        'egress-names',
        'rule_group.rules_source.rules_source_list.target_types',
        ['TLS_SNI', 'HTTP_HOST'],
      ],
      [
        'aws_networkfirewall_firewall_policy',
        'egress-policy',
        'firewall_policy.stateful_engine_options.rule_order',
        'STRICT_ORDER',
      ],
      [
        'aws_networkfirewall_firewall_policy',
        'egress-policy',
        'firewall_policy.stateful_default_actions',
        ['aws:drop_established', 'aws:alert_established'],
      ],
    ],
  },
  {
    id: 'N4',
    promise: 'policies between pods are enforced',
    fields: [
      [
        'aws_eks_addon',
        'addon-vpc-cni',
        'configuration_values',
        JSON.stringify({
          enableNetworkPolicy: 'true',
          env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' },
        }),
      ],
    ],
  },
  {
    id: 'N5',
    promise: 'cloud APIs are reached without the Internet',
    fields: [
      ['aws_vpc_endpoint', 'endpoint-s3', 'vpc_endpoint_type', 'Gateway'],
      ...['sts', 'ecr-api', 'ecr-dkr', 'secretsmanager', 'kms', 'logs', 'ec2', 'eks', 'eks-auth'].flatMap(
        (service): Field[] => [
          ['aws_vpc_endpoint', `endpoint-${service}`, 'vpc_endpoint_type', 'Interface'],
          ['aws_vpc_endpoint', `endpoint-${service}`, 'private_dns_enabled', true],
        ],
      ),
    ],
  },
  {
    id: 'N6',
    promise: 'flows are logged and the default group admits nobody',
    fields: [
      ['aws_flow_log', 'flow-log', 'traffic_type', 'ALL'],
      ['aws_default_security_group', 'default-security-group', 'ingress', undefined],
      ['aws_default_security_group', 'default-security-group', 'egress', undefined],
    ],
  },
  {
    id: 'C1-C7',
    promise: 'the cluster is private, encrypted, logged, supported and protected',
    fields: [
      [...CLUSTER, 'vpc_config.endpoint_private_access', true],
      [...CLUSTER, 'vpc_config.endpoint_public_access', false],
      [...CLUSTER, 'encryption_config.resources', ['secrets']],
      [...CLUSTER, 'encryption_config.provider.key_arn', keyOf('cluster')],
      [...CLUSTER, 'access_config.authentication_mode', 'API'],
      [...CLUSTER, 'access_config.bootstrap_cluster_creator_admin_permissions', false],
      [...CLUSTER, 'enabled_cluster_log_types', ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']],
      [...CLUSTER, 'vpc_config.subnet_ids', zones.map((i) => ref(`aws_subnet.inner-${i}.id`))],
      [...CLUSTER, 'version', '1.34'],
      [...CLUSTER, 'upgrade_policy.support_type', 'STANDARD'],
      [...CLUSTER, 'zonal_shift_config.enabled', true],
      [...CLUSTER, 'deletion_protection', true],
      [...CLUSTER, 'bootstrap_self_managed_addons', false],
      ['aws_cloudwatch_log_group', 'log-cluster', 'name', '/aws/eks/reviews-us/cluster'],
      ['aws_eks_access_entry', 'administrator-0', 'principal_arn', 'arn:aws:iam::111111111111:role/admins'],
      ['aws_eks_access_policy_association', 'administrator-0-policy', 'access_scope.type', 'cluster'],
    ],
  },
  {
    id: 'P1-P6',
    promise: 'nodes are hardened, encrypted, bounded and repaired',
    fields: [
      ...everyTemplate('metadata_options.http_tokens', 'required'),
      ...everyTemplate('metadata_options.http_put_response_hop_limit', 1),
      ...everyTemplate('block_device_mappings.0.ebs.encrypted', 'true'),
      ...everyTemplate('block_device_mappings.1.ebs.encrypted', 'true'),
      ...everyTemplate('block_device_mappings.1.ebs.kms_key_id', keyOf('disks')),
      ...everyPool('node_repair_config.enabled', true),
      ...everyPool('update_config.max_unavailable', 1),
      ...everyPool('ami_type', 'BOTTLEROCKET_x86_64'),
      ...everyPool('capacity_type', 'ON_DEMAND'),
      ...everyPool('lifecycle.ignore_changes', ['scaling_config[0].desired_size']),
      ['aws_eks_node_group', 'pool-system', 'taint', undefined],
      ...['flink', 'worker'].flatMap((pool): Field[] => [
        [
          'aws_eks_node_group',
          `pool-${pool}`,
          'taint.0',
          { key: 'headrace.dev/pool', value: pool, effect: 'NO_SCHEDULE' },
        ],
        ['aws_eks_node_group', `pool-${pool}`, 'labels', { 'headrace.dev/pool': pool }],
      ]),
    ],
  },
  {
    id: 'I1',
    promise: 'each workload has its own role for its own service account',
    fields: ['flink', 'worker', 'replicator'].flatMap((workload): Field[] => {
      const association = ['aws_eks_pod_identity_association', `identity-${workload}-of`] as const;
      return [
        [...association, 'service_account', `${workload}-us`],
        [...association, 'namespace', 'reviews'],
        [...association, 'role_arn', ref(`aws_iam_role.identity-${workload}.arn`)],
      ];
    }),
  },
  {
    id: 'K1-K2',
    promise: 'keys are rotated, and deleted slowly',
    fields: [
      ...everyKey('enable_key_rotation', true),
      ...everyKey('rotation_period_in_days', 365),
      ...everyKey('deletion_window_in_days', 30),
      ...everyKey('lifecycle.prevent_destroy', true),
    ],
  },
  {
    id: 'K4',
    promise: 'what is copied to a second region can be opened there without the first',
    fields: [
      ['aws_kms_key', 'key-state', 'multi_region', true],
      ['aws_kms_replica_key', 'key-state-west', 'region', 'us-west-2'],
      ['aws_kms_replica_key', 'key-state-west', 'primary_key_arn', keyOf('state')],
    ],
  },
  {
    id: 'S2-S5, S9',
    promise: 'state and its copy are private, encrypted, versioned and never expire while live',
    fields: ['state', 'state-copy-west'].flatMap((id): Field[] => [
      ['aws_s3_bucket', id, 'force_destroy', false],
      ['aws_s3_bucket', id, 'lifecycle.prevent_destroy', true],
      ['aws_s3_bucket_public_access_block', `${id}-private`, 'block_public_acls', true],
      ['aws_s3_bucket_public_access_block', `${id}-private`, 'block_public_policy', true],
      ['aws_s3_bucket_public_access_block', `${id}-private`, 'ignore_public_acls', true],
      ['aws_s3_bucket_public_access_block', `${id}-private`, 'restrict_public_buckets', true],
      ['aws_s3_bucket_ownership_controls', `${id}-ownership`, 'rule.object_ownership', 'BucketOwnerEnforced'],
      ['aws_s3_bucket_server_side_encryption_configuration', `${id}-encryption`, 'rule.bucket_key_enabled', true],
      ['aws_s3_bucket_versioning', `${id}-versions`, 'versioning_configuration.status', 'Enabled'],
      [
        'aws_s3_bucket_lifecycle_configuration',
        `${id}-lifecycle`,
        'rule.noncurrent_version_expiration.noncurrent_days',
        14,
      ],
      [
        'aws_s3_bucket_lifecycle_configuration',
        `${id}-lifecycle`,
        'rule.abort_incomplete_multipart_upload.days_after_initiation',
        7,
      ],
      [
        'aws_s3_bucket_lifecycle_configuration',
        `${id}-lifecycle`,
        'rule.expiration',
        [{ expired_object_delete_marker: true }],
      ],
    ]),
  },
  {
    id: 'S6-S8',
    promise: 'S3 copies state to the second region, watched and under a key of that region',
    fields: [
      [...RULE, 'rule.status', 'Enabled'],
      [...RULE, 'rule.delete_marker_replication.status', 'Disabled'],
      [...RULE, 'rule.source_selection_criteria.sse_kms_encrypted_objects.status', 'Enabled'],
      [
        ...RULE,
        'rule.destination.encryption_configuration.replica_kms_key_id',
        ref('aws_kms_replica_key.key-state-west.arn'),
      ],
      [...RULE, 'rule.destination.replication_time.time.minutes', 15],
      [...RULE, 'rule.destination.metrics.status', 'Enabled'],
      ['aws_cloudwatch_metric_alarm', 'alarm-copy-lag-west', 'treat_missing_data', 'breaching'],
    ],
  },
  {
    id: 'X1-X4',
    promise: 'secrets are names under an own key that can be recovered',
    fields: [
      ['aws_secretsmanager_secret', 'secret-openai-key', 'name', 'reviews-us-openai-key'],
      ['aws_secretsmanager_secret', 'secret-openai-key', 'kms_key_id', keyOf('secrets')],
      ['aws_secretsmanager_secret', 'secret-openai-key', 'recovery_window_in_days', 30],
    ],
  },
  {
    id: 'R1-R2',
    promise: 'tags cannot be moved, images are scanned and under an own key',
    fields: ['flink', 'worker'].flatMap((image): Field[] => [
      ['aws_ecr_repository', `image-${image}`, 'image_tag_mutability', 'IMMUTABLE'],
      ['aws_ecr_repository', `image-${image}`, 'image_scanning_configuration.scan_on_push', true],
      [
        'aws_ecr_repository',
        `image-${image}`,
        'encryption_configuration.0',
        { encryption_type: 'KMS', kms_key: keyOf('registry') },
      ],
    ]),
  },
  {
    id: 'F1-F2',
    promise: 'Kafka speaks TLS to identities of IAM alone, privately, under an own key',
    fields: [
      [...KAFKA, 'encryption_info.encryption_in_transit', { client_broker: 'TLS', in_cluster: true }],
      [...KAFKA, 'client_authentication.unauthenticated', false],
      [...KAFKA, 'client_authentication.sasl', { iam: true, scram: false }],
      [...KAFKA, 'encryption_info.encryption_at_rest_kms_key_arn', keyOf('kafka')],
      [...KAFKA, 'broker_node_group_info.connectivity_info.public_access.type', 'DISABLED'],
    ],
  },
  {
    id: 'B2-B4',
    promise: 'volumes are backed up nightly, elsewhere too, and kept for their time',
    fields: [
      ['aws_backup_plan', 'backup-plan', 'rule.schedule', 'cron(0 3 * * ? *)'],
      [
        'aws_backup_plan',
        'backup-plan',
        'rule.copy_action.destination_vault_arn',
        ref('aws_backup_vault.backup-west.arn'),
      ],
      ['aws_backup_vault_lock_configuration', 'backup-lock', 'min_retention_days', 7],
      ['aws_backup_vault_lock_configuration', 'backup-lock', 'changeable_for_days', undefined],
    ],
  },
  {
    id: 'O1, Z1, Z2',
    promise: 'logs are kept and encrypted, spend alarms, all is tagged',
    fields: [
      ...['log-cluster', 'log-flows', 'log-firewall', 'log-brokers'].flatMap((log): Field[] => [
        ['aws_cloudwatch_log_group', log, 'retention_in_days', 120],
        ['aws_cloudwatch_log_group', log, 'kms_key_id', keyOf('logs')],
      ]),
      ['aws_budgets_budget', 'budget', 'limit_amount', '1250.5'],
      ['aws_budgets_budget', 'budget', 'cost_filter.values', ['user:headrace_cluster$reviews-us']],
      ['aws_sns_topic_subscription', 'alarms-to-0', 'endpoint', 'oncall@example.com'],
    ],
  },
];

describe.each(promises)('$id: $promise', ({ fields }) => {
  test.each(fields)('%s.%s %s', (type, name, path, value) => {
    expect(at(synthesize(everything()).one(type, name), path)).toEqual(value);
  });
});

test('I5, X3: no key of a user and no value of a secret is ever made', () => {
  const { types } = synthesize(everything());
  expect(types).not.toContain('aws_iam_access_key');
  expect(types).not.toContain('aws_iam_user');
  expect(types).not.toContain('aws_secretsmanager_secret_version');
});

test('F3: a record that counts is on two of three brokers', () => {
  const properties = synthesize(everything()).one('aws_msk_configuration', 'broker-configuration')['server_properties'];
  expect(String(properties).split('\n')).toEqual([
    'auto.create.topics.enable=false',
    'default.replication.factor=3',
    'min.insync.replicas=2',
    'unclean.leader.election.enable=false',
  ]);
});
