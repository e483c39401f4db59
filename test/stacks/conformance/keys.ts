// K: what a region's keys promise.
import { ref } from './expectation.ts';
import { kept, keptBut, need, type Promised } from './promise.ts';

const AWS = [
  'alarms',
  'audit',
  'backup',
  'cluster',
  'disks',
  'kafka',
  'logs',
  'metrics',
  'registry',
  'secrets',
  'state',
];
const AZURE = ['disks', 'kafka', 'registry', 'state'];
const GCP = {
  backup: 'gcp-sa-gkebackup',
  cluster: 'container-engine-robot',
  disks: 'compute-system',
  kafka: 'gcp-sa-managedkafka',
  registry: 'gcp-sa-artifactregistry',
  secrets: 'gcp-sa-secretmanager',
};
const NUMBER = ref('data.google_project.project.number');
const via = (...services: string[]) => ({
  StringEquals: { 'kms:CallerAccount': '111111111111', 'kms:ViaService': services },
});
const US = 'us-east-1.amazonaws.com';
const WEST = 'us-west-2.amazonaws.com';
/** Services through which alone a key is used. */
const USE: Readonly<Record<string, readonly string[]>> = {
  alarms: [`sns.${US}`],
  audit: [`s3.${US}`],
  backup: [`backup.${US}`, `backup.${WEST}`, `ec2.${US}`, `ec2.${WEST}`],
  disks: [`ec2.${US}`],
  kafka: [`kafka.${US}`],
  metrics: [`aps.${US}`],
  registry: [`ecr.${US}`],
  secrets: [`secretsmanager.${US}`],
  state: [`s3.${US}`, `s3.${WEST}`],
};

export const KEYS: readonly Promised[] = [
  {
    id: 'K1',
    sentence: 'has a key for each purpose, rotated by the service',
    aws: kept(
      need('aws_kms_key', AWS.length, { enable_key_rotation: true, rotation_period_in_days: 365 }),
      ...AWS.map((purpose) =>
        need('aws_kms_alias', `alias-${purpose}`, { name: `alias/reviews-us-${purpose}` }, 'aliases of replicas'),
      ),
      ...AWS.map((purpose) =>
        need(
          'aws_kms_alias',
          `alias-${purpose}`,
          { target_key_id: ref(`aws_kms_key.key-${purpose}.key_id`) },
          'aliases of replicas',
        ),
      ),
    ),
    azure: keptBut(
      'the key of etcd is rotated a year after it was made and never expires, since AKS names a version of it and does not follow a rotation',
      need('azurerm_key_vault_key', 5, { key_type: 'RSA-HSM' }),
      need(
        'azurerm_key_vault_key',
        AZURE.map((purpose) => `key-${purpose}`),
        {
          'rotation_policy.automatic.time_before_expiry': 'P30D',
          'rotation_policy.expire_after': 'P1Y',
          expiration_date: ref('timeadd(plantimestamp(), "8760h")'),
          'lifecycle.ignore_changes': ['expiration_date'],
        },
      ),
      need('azurerm_key_vault_key', 'key-cluster', { 'rotation_policy.automatic.time_after_creation': 'P1Y' }),
    ),
    gcp: kept(
      need('google_kms_crypto_key', 8, {
        rotation_period: '7776000s',
        'version_template.protection_level': 'HSM',
        purpose: 'ENCRYPT_DECRYPT',
      }),
    ),
  },
  {
    id: 'K2',
    sentence: 'deletes a key slowly, so that it can be brought back',
    aws: kept(
      need('aws_kms_key', AWS.length, {
        deletion_window_in_days: 30,
        bypass_policy_lockout_safety_check: false,
        'lifecycle.prevent_destroy': true,
      }),
      need('aws_kms_replica_key', 2, {
        deletion_window_in_days: 30,
        bypass_policy_lockout_safety_check: false,
        'lifecycle.prevent_destroy': true,
      }),
    ),
    azure: kept(
      need('azurerm_key_vault', 'vault', { purge_protection_enabled: true, soft_delete_retention_days: 90 }),
      need('provider.azurerm', '0', {
        'features.key_vault.purge_soft_delete_on_destroy': false,
        'features.key_vault.purge_soft_deleted_keys_on_destroy': false,
      }),
      need('azurerm_management_lock', 'lock-vault', { scope: ref('azurerm_key_vault.vault.id') }, 'locks of others'),
    ),
    gcp: kept(
      need('google_kms_crypto_key', 8, {
        destroy_scheduled_duration: '2592000s',
        'lifecycle.prevent_destroy': true,
      }),
    ),
  },
  {
    id: 'K3',
    sentence: 'grants the use of a key to its consumer, not to an account',
    aws: kept(
      ...Object.entries(USE).map(([purpose, services]) =>
        need('aws_kms_key', `key-${purpose}`, {
          'policy.#KeyUse.Condition': via(...services),
          'policy.#KeyGrants.Condition': { ...via(...services), Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        }),
      ),
      need('aws_kms_key', 'key-cluster', {
        'policy.#KeyOfControlPlane.Condition': { StringEquals: { 'kms:CallerAccount': '111111111111' } },
      }),
      need('aws_kms_key', 'key-logs', {
        'policy.#KeyOfService.Condition': {
          ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:us-east-1:111111111111:log-group:*' },
        },
      }),
      need('aws_kms_key', 'key-audit', {
        'policy.#KeyOfService.Condition': {
          StringEquals: { 'aws:SourceAccount': '111111111111' },
          ArnLike: { 'aws:SourceArn': 'arn:aws:cloudtrail:*:111111111111:trail/*' },
        },
      }),
      need('aws_kms_key', 'key-alarms', {
        'policy.#KeyOfService.Condition': { StringEquals: { 'aws:SourceAccount': '111111111111' } },
      }),
    ),
    azure: kept(
      need('azurerm_key_vault', 'vault', {
        rbac_authorization_enabled: true,
        'network_acls.default_action': 'Deny',
        'network_acls.bypass': 'AzureServices',
      }),
      ...AZURE.map((purpose) =>
        need(
          'azurerm_role_assignment',
          `key-user-${purpose}-role`,
          {
            role_definition_name: 'Key Vault Crypto Service Encryption User',
            scope: ref(`azurerm_key_vault_key.key-${purpose}.resource_versionless_id`),
            principal_id: ref(`azurerm_user_assigned_identity.key-user-${purpose}.principal_id`),
          },
          'rights of others',
        ),
      ),
    ),
    gcp: kept(
      need('google_kms_crypto_key_iam_member', 8, { role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter' }),
      ...Object.entries(GCP).map(([purpose, agent]) =>
        need('google_kms_crypto_key_iam_member', `key-${purpose}-agent`, {
          member: `serviceAccount:service-${NUMBER}@${agent}.iam.gserviceaccount.com`,
          crypto_key_id: ref(`google_kms_crypto_key.key-${purpose}.id`),
        }),
      ),
      need('google_kms_crypto_key_iam_member', 'key-state-agent', {
        member: `serviceAccount:${ref('data.google_storage_project_service_account.storage-agent.email_address')}`,
        crypto_key_id: ref('google_kms_crypto_key.key-state.id'),
      }),
      need('google_kms_crypto_key_iam_member', 'key-logs-agent', {
        member: `serviceAccount:${ref('data.google_logging_project_cmek_settings.logging-agent.service_account_id')}`,
        crypto_key_id: ref('google_kms_crypto_key.key-logs.id'),
      }),
    ),
  },
  {
    id: 'K4',
    sentence: 'lets what is copied to its standby be opened there without it',
    aws: kept(
      need('aws_kms_key', ['key-state', 'key-backup'], { multi_region: true }, 'what they protect stays in the region'),
      ...['state', 'backup'].map((purpose) =>
        need('aws_kms_replica_key', `key-${purpose}-west`, {
          region: 'us-west-2',
          primary_key_arn: ref(`aws_kms_key.key-${purpose}.arn`),
        }),
      ),
    ),
    azure: kept(
      need('standby:azurerm_key_vault', 'vault', { location: 'northeurope' }),
      need('standby:azurerm_key_vault_key', 5, { key_vault_id: ref('azurerm_key_vault.vault.id') }),
    ),
    gcp: kept(
      need('google_kms_key_ring', 'state-keys', { location: 'asia' }, 'the other rings are of regional things'),
      need('google_storage_bucket', 'state', { location: 'ASIA' }),
      need('google_kms_crypto_key', 'key-state', { key_ring: ref('google_kms_key_ring.state-keys.id') }, 'other keys'),
      need(
        'google_kms_crypto_key',
        'key-backup',
        { key_ring: ref('google_kms_key_ring.backup-keys.id') },
        'other keys',
      ),
      need('google_kms_key_ring', 'backup-keys', { location: 'asia-northeast1' }, 'the other rings'),
    ),
  },
];
