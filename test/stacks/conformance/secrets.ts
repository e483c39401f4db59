// X and R: what a region's secrets and its images promise.
import { names } from '../../../config/index.ts';
import { ref } from './expectation.ts';
import { kept, keptBut, need, never, type Promised } from './promise.ts';

const SECRETS = ['openai-key', 'store-password'];
const REGISTRY = 'azurerm_container_registry';
const REPOSITORY = 'google_artifact_registry_repository';

export const SECRETS_AND_IMAGES: readonly Promised[] = [
  {
    id: 'X1',
    sentence: 'encrypts secrets with an own key',
    aws: kept(need('aws_secretsmanager_secret', 2, { kms_key_id: ref('aws_kms_key.key-secrets.arn') })),
    azure: keptBut(
      'in a premium vault, under the vault’s own key in hardware: secrets of a vault take no key of a customer',
      need('azurerm_key_vault', 'vault', { sku_name: 'premium' }),
    ),
    gcp: kept(
      need('google_secret_manager_secret', 2, {
        'replication.user_managed.replicas.customer_managed_encryption.kms_key_name': ref(
          'google_kms_crypto_key.key-secrets.id',
        ),
      }),
    ),
  },
  {
    id: 'X2',
    sentence: 'has its secrets in the standby’s region as well',
    aws: keptBut(
      'as entries of each region under its own key, all written by one command: a replica’s name would be that of the lost region',
      ...SECRETS.map((id) =>
        need('standby:aws_secretsmanager_secret', `secret-${id}`, {
          name: `reviews-west-${id}`,
          kms_key_id: ref('aws_kms_key.key-secrets.arn'),
        }),
      ),
    ),
    azure: keptBut(
      'as entries of each region’s own vault, all written by one command',
      need('standby:azurerm_key_vault', 'vault', { location: 'northeurope' }),
      ...SECRETS.map((id) =>
        need(
          'standby:azurerm_role_assignment',
          `worker-secret-${id}`,
          { scope: `${ref('azurerm_key_vault.vault.id')}/secrets/reviews-north-${id}` },
          'rights of others',
        ),
      ),
    ),
    gcp: keptBut(
      'as entries of each region under its own key, all written by one command',
      ...SECRETS.map((id) =>
        need('standby:google_secret_manager_secret', `secret-${id}`, {
          secret_id: `reviews-tokyo-${id}`,
          'replication.user_managed.replicas.location': 'asia-northeast1',
        }),
      ),
    ),
  },
  {
    id: 'X3',
    sentence: 'keeps values of secrets out of Terraform’s state',
    aws: kept(never('aws_secretsmanager_secret_version'), need('aws_secretsmanager_secret', 2)),
    azure: kept(never('azurerm_key_vault_secret')),
    gcp: kept(never('google_secret_manager_secret_version'), need('google_secret_manager_secret', 2)),
  },
  {
    id: 'X4',
    sentence: 'can bring a deleted secret back, and hands secrets to pods by identity',
    aws: kept(
      need('aws_secretsmanager_secret', 2, { recovery_window_in_days: 30 }),
      need(
        'aws_eks_addon',
        'addon-aws-secrets-store-csi-driver-provider',
        { addon_name: 'aws-secrets-store-csi-driver-provider' },
        'other add-ons',
      ),
    ),
    azure: kept(
      need('azurerm_key_vault', 'vault', { soft_delete_retention_days: 90, purge_protection_enabled: true }),
      need('azurerm_kubernetes_cluster', 'cluster', { 'key_vault_secrets_provider.secret_rotation_enabled': true }),
    ),
    gcp: kept(
      need('google_secret_manager_secret', 2, { version_destroy_ttl: '2592000s', deletion_protection: true }),
      need('google_container_cluster', 'cluster', { 'secret_manager_config.enabled': true }),
    ),
  },
  {
    id: 'R1',
    sentence: 'has images whose tags do not move and that are scanned',
    aws: kept(
      need('aws_ecr_repository', 4, {
        image_tag_mutability: 'IMMUTABLE',
        'image_scanning_configuration.scan_on_push': true,
      }),
      need('aws_ecr_registry_scanning_configuration', 'image-scanning', {
        scan_type: 'ENHANCED',
        'rule.scan_frequency': 'CONTINUOUS_SCAN',
      }),
    ),
    azure: keptBut(
      'azurerm has no attribute that holds a tag: name images by digest where that matters; they are scanned where accounts: dedicated',
      need(
        'azurerm_security_center_subscription_pricing',
        'defender-containers',
        { resource_type: 'Containers', tier: 'Standard' },
        'other plans',
      ),
    ),
    gcp: kept(
      need(REPOSITORY, 'images', {
        'docker_config.immutable_tags': true,
        'vulnerability_scanning_config.enablement_config': 'INHERITED',
      }),
      need('google_container_cluster', 'cluster', {
        'binary_authorization.evaluation_mode': 'PROJECT_SINGLETON_POLICY_ENFORCE',
      }),
    ),
  },
  {
    id: 'R2',
    sentence: 'has a private registry under an own key, without anonymous or administrator’s pull',
    aws: kept(
      need('aws_ecr_repository', 4, {
        'encryption_configuration.encryption_type': 'KMS',
        'encryption_configuration.kms_key': ref('aws_kms_key.key-registry.arn'),
      }),
      need('aws_ecr_repository_policy', 4, {
        'policy.#OnlyOwnAccounts.Effect': 'Deny',
        'policy.#OnlyOwnAccounts.Principal': '*',
        'policy.#OnlyOwnAccounts.Action': ['ecr:*'],
        'policy.#OnlyOwnAccounts.Condition': {
          StringNotEquals: { 'aws:PrincipalAccount': ['111111111111'] },
          Bool: { 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    ),
    azure: kept(
      need(REGISTRY, 'images', {
        sku: 'Premium',
        public_network_access_enabled: false,
        anonymous_pull_enabled: false,
        admin_enabled: false,
        export_policy_enabled: false,
        'encryption.key_vault_key_id': ref('azurerm_key_vault_key.key-registry.versionless_id'),
      }),
    ),
    gcp: kept(
      need(REPOSITORY, 'images', { kms_key_name: ref('google_kms_crypto_key.key-registry.id') }),
      need('google_artifact_registry_repository_iam_member', 1, { role: 'roles/artifactregistry.reader' }),
    ),
  },
  {
    id: 'R3',
    sentence: 'has its images in every region, and expires old ones',
    aws: keptBut(
      'copied by the registry where accounts: dedicated, since a registry has one such setting; otherwise pushed to each region',
      need('aws_ecr_replication_configuration', 'image-copies', {
        'replication_configuration.rule.destination': [{ region: 'us-west-2', registry_id: '111111111111' }],
        'replication_configuration.rule.repository_filter': [
          { filter: 'reviews-5c1a9e/', filter_type: 'PREFIX_MATCH' },
        ],
      }),
      ...Object.entries(names.images).map(([kind, repository]) =>
        need('standby:aws_ecr_repository', `image-${kind}`, { name: `reviews-5c1a9e/${repository}` }),
      ),
      need('aws_ecr_lifecycle_policy', 4, {
        'policy.#.rules.selection.tagStatus': 'untagged',
        'policy.#.rules.action.type': 'expire',
      }),
    ),
    azure: kept(
      need(REGISTRY, 'images', {
        'georeplications.location': 'northeurope',
        'georeplications.zone_redundancy_enabled': true,
        retention_policy_in_days: 30,
      }),
    ),
    gcp: keptBut(
      'a registry of each region, pushed to one by one: Artifact Registry copies nothing',
      need(REPOSITORY, 'images', {
        cleanup_policy_dry_run: false,
        'cleanup_policies.[id=delete-untagged].action': 'DELETE',
        'cleanup_policies.[id=keep-recent].action': 'KEEP',
      }),
      need('standby:google_artifact_registry_repository', 'images', { location: 'asia-northeast1' }),
    ),
  },
];
