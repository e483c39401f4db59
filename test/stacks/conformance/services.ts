// F, B and D: what a region's Kafka, its backups and its names promise.
import { absent, including, matching, ref } from './expectation.ts';
import { exception, kept, keptBut, need, type Promised } from './promise.ts';

const BROKERS = matching(
  /^(?=[\s\S]*auto\.create\.topics\.enable=false)(?=[\s\S]*default\.replication\.factor=3)(?=[\s\S]*min\.insync\.replicas=2)(?=[\s\S]*unclean\.leader\.election\.enable=false)/,
);
const AKS_BACKUP = 'azurerm_data_protection_backup_instance_kubernetes_cluster';
const VAULT = 'azurerm_data_protection_backup_vault';
const PLAN = 'google_gke_backup_backup_plan';

export const SERVICES: readonly Promised[] = [
  {
    id: 'F1',
    sentence: 'lets clients reach Kafka over TLS and by cloud identity only',
    aws: kept(
      need('aws_msk_cluster', 'kafka', {
        'encryption_info.encryption_in_transit.client_broker': 'TLS',
        'encryption_info.encryption_in_transit.in_cluster': true,
        'client_authentication.unauthenticated': false,
        'client_authentication.sasl.iam': true,
        'client_authentication.sasl.scram': false,
      }),
    ),
    azure: kept(
      need('azurerm_eventhub_namespace', 'kafka', {
        minimum_tls_version: '1.2',
        local_authentication_enabled: false,
        sku: 'Premium',
      }),
    ),
    gcp: keptBut(
      'brokers always speak TLS and take Google’s identities alone, without an attribute for either; a role of the project lets flink connect',
      need(
        'google_project_iam_member',
        'flink-managedkafka-client',
        { role: 'roles/managedkafka.client', member: matching(/\/subject\/ns\/reviews\/sa\/flink-asia$/) },
        'rights of others',
      ),
    ),
  },
  {
    id: 'F2',
    sentence: 'has private brokers under an own key',
    aws: kept(
      need('aws_msk_cluster', 'kafka', {
        'encryption_info.encryption_at_rest_kms_key_arn': ref('aws_kms_key.key-kafka.arn'),
        'broker_node_group_info.connectivity_info.public_access.type': 'DISABLED',
        'broker_node_group_info.client_subnets': [0, 1, 2].map((i) => ref(`aws_subnet.inner-${i}.id`)),
      }),
    ),
    azure: kept(
      need('azurerm_eventhub_namespace', 'kafka', { public_network_access_enabled: false }),
      need('azurerm_eventhub_namespace_customer_managed_key', 'kafka-key', {
        key_vault_key_ids: [ref('azurerm_key_vault_key.key-kafka.versionless_id')],
      }),
      need(
        'azurerm_private_endpoint',
        'endpoint-namespace',
        { 'private_service_connection.subresource_names': ['namespace'] },
        'endpoints of others',
      ),
    ),
    gcp: kept(
      need('google_managed_kafka_cluster', 'kafka', {
        'gcp_config.kms_key': ref('google_kms_crypto_key.key-kafka.id'),
        'gcp_config.access_config.network_configs.subnet': ref('google_compute_subnetwork.subnetwork.id'),
      }),
    ),
  },
  {
    id: 'F3',
    sentence: 'loses no acknowledged record with a broker or a zone',
    aws: kept(
      need('aws_msk_configuration', 'broker-configuration', { server_properties: BROKERS }),
      need('aws_msk_cluster', 'kafka', {
        'configuration_info.arn': ref('aws_msk_configuration.broker-configuration.arn'),
        number_of_broker_nodes: 3,
      }),
    ),
    azure: keptBut(
      'brokers, zones and their copies are the service’s own: only partitions and retention have attributes',
      need('azurerm_eventhub', 3, {
        partition_count: 8,
        retention_description: { cleanup_policy: 'Delete', retention_time_in_hours: 720 },
      }),
    ),
    gcp: kept(
      need('google_managed_kafka_topic', 3, { replication_factor: 3, configs: { 'min.insync.replicas': '2' } }),
    ),
  },
  {
    id: 'F4',
    sentence: 'has the source’s records copied to the standby',
    aws: kept(
      need('standby:aws_msk_replicator', 'kafka-copy-us', {
        'replication_info_list.source_kafka_cluster_arn': ref('var.kafka_us.cluster'),
        'replication_info_list.target_kafka_cluster_arn': ref('aws_msk_cluster.kafka.arn'),
        'replication_info_list.consumer_group_replication.synchronise_consumer_group_offsets': true,
        'replication_info_list.topic_replication.topic_name_configuration.type': 'IDENTICAL',
        'replication_info_list.topic_replication.topics_to_replicate': ['reviews'],
      }),
      need('aws_msk_cluster_policy', 'kafka-policy', {
        'policy.#CopyTopics.Principal': { Service: 'kafka.amazonaws.com' },
        'policy.#CopyTopics.Action': [
          'kafka:CreateVpcConnection',
          'kafka:DescribeClusterV2',
          'kafka:GetBootstrapBrokers',
        ],
      }),
      need('aws_msk_cluster', 'kafka', {
        'broker_node_group_info.connectivity_info.vpc_connectivity.client_authentication.sasl.iam': true,
      }),
    ),
    azure: exception(
      'azurerm’s geo-pairing of Event Hubs copies names and no records: let producers write to both regions, or run MirrorMaker 2',
    ),
    gcp: exception(
      'Managed Service for Apache Kafka copies nothing, and google has no resource for it: let producers write to both regions, or run MirrorMaker 2',
    ),
  },
  {
    id: 'B1',
    sentence: 'encrypts volumes with an own key',
    aws: keptBut(
      'by the account’s default key where accounts: dedicated; otherwise by AWS’s own key unless the storage class names one',
      need('aws_ebs_encryption_by_default', 'disk-encryption', { enabled: true }),
      need('aws_ebs_default_kms_key', 'disk-key', { key_arn: ref('aws_kms_key.key-disks.arn') }),
      need('aws_ebs_snapshot_block_public_access', 'snapshots-private', { state: 'block-all-sharing' }),
      need('aws_iam_role_policy', 'aws-ebs-csi-driver-key', {
        'policy.#VolumesKey.Resource': ref('aws_kms_key.key-disks.arn'),
        'policy.#VolumesKey.Action': including('kms:CreateGrant', 'kms:GenerateDataKeyWithoutPlaintext'),
      }),
    ),
    azure: kept(
      need('azurerm_kubernetes_cluster', 'cluster', {
        disk_encryption_set_id: ref('azurerm_disk_encryption_set.disks.id'),
      }),
      need('azurerm_disk_encryption_set', 'disks', {
        key_vault_key_id: ref('azurerm_key_vault_key.key-disks.versionless_id'),
      }),
    ),
    gcp: keptBut(
      'nodes’ disks; a volume is under Google’s own key unless its storage class names the region’s, which its agent may use',
      need('google_container_node_pool', 3, {
        'node_config.boot_disk_kms_key': ref('google_kms_crypto_key.key-disks.id'),
      }),
      need(
        'google_kms_crypto_key_iam_member',
        'key-disks-agent',
        { member: matching(/@compute-system\.iam\.gserviceaccount\.com$/) },
        'agents of others',
      ),
    ),
  },
  {
    id: 'B2',
    sentence: 'backs its volumes, and objects of the cluster where the cloud can, up by schedule',
    aws: keptBut(
      'volumes: AWS Backup knows no objects of a cluster, which are in charts',
      need('aws_backup_plan', 'backup-plan', {
        'rule.schedule': 'cron(0 3 * * ? *)',
        'rule.lifecycle.delete_after': 35,
        'rule.target_vault_name': ref('aws_backup_vault.backup.name'),
      }),
      need('aws_backup_selection', 'backup-volumes', {
        'selection_tag.key': 'headrace_backup',
        'selection_tag.value': 'reviews-us',
        iam_role_arn: ref('aws_iam_role.backup-role.arn'),
      }),
      need('aws_eks_addon', 'addon-aws-ebs-csi-driver', {
        'configuration_values.#.controller.extraVolumeTags': { headrace_backup: 'reviews-us' },
      }),
    ),
    azure: kept(
      need('azurerm_data_protection_backup_policy_kubernetes_cluster', 'backup-policy', {
        backup_repeating_time_intervals: ['R/2024-01-07T01:00:00+00:00/P1D'],
      }),
      need(AKS_BACKUP, 'backup', { 'backup_datasource_parameters.volume_snapshot_enabled': true }),
      need('azurerm_kubernetes_cluster_extension', 'backup-extension', {
        extension_type: 'microsoft.dataprotection.kubernetes',
      }),
      need('azurerm_kubernetes_cluster_trusted_access_role_binding', 'backup-trust', {
        roles: ['Microsoft.DataProtection/backupVaults/backup-operator'],
      }),
    ),
    gcp: kept(
      need('google_container_cluster', 'cluster', { 'addons_config.gke_backup_agent_config.enabled': true }),
      need(PLAN, 'backup-plan', {
        'backup_schedule.cron_schedule': '0 3 * * *',
        'backup_config.include_volume_data': true,
        'backup_config.include_secrets': true,
        'backup_config.encryption_key.gcp_kms_encryption_key': ref('google_kms_crypto_key.key-backup.id'),
      }),
    ),
  },
  {
    id: 'B3',
    sentence: 'has its backups in another region',
    aws: kept(
      need('aws_backup_plan', 'backup-plan', {
        'rule.copy_action.destination_vault_arn': ref('aws_backup_vault.backup-west.arn'),
        'rule.copy_action.lifecycle.delete_after': 35,
      }),
      need(
        'aws_backup_vault',
        'backup-west',
        {
          region: 'us-west-2',
          kms_key_arn: ref('aws_kms_replica_key.key-backup-west.arn'),
        },
        'the vault of the region itself',
      ),
    ),
    azure: keptBut(
      'the vault is geo-redundant, but azurerm’s policy for clusters knows the operational tier alone, whose snapshots stay in the region',
      need(VAULT, 'backup-vault', { redundancy: 'GeoRedundant', cross_region_restore_enabled: true }),
    ),
    gcp: kept(need(PLAN, 'backup-plan', { location: 'asia-northeast1' })),
  },
  {
    id: 'B4',
    sentence: 'keeps backups from being removed before their time',
    aws: keptBut(
      'in governance mode: whoever may change the lock can lift it, and otherwise nobody ever could',
      need('aws_backup_vault_lock_configuration', 2, { min_retention_days: 7, changeable_for_days: absent }),
      need('aws_backup_vault', 'backup', { kms_key_arn: ref('aws_kms_key.key-backup.arn') }, 'the copy’s vault'),
    ),
    azure: kept(
      need(VAULT, 'backup-vault', { immutability: 'Locked', soft_delete: 'AlwaysOn', retention_duration_in_days: 30 }),
    ),
    gcp: keptBut(
      'seven days, by a plan that an administrator can change: a locked plan can never be',
      need(PLAN, 'backup-plan', {
        'retention_policy.backup_delete_lock_days': 7,
        'retention_policy.backup_retain_days': 30,
      }),
    ),
  },
];
