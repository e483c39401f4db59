// S: what a region's state store promises.
import { absent, ref } from './expectation.ts';
import { exception, kept, keptBut, need, type Promised } from './promise.ts';

const BUCKETS = ['state', 'state-copy-west', 'audit'];
const BLOB = 'azurerm_storage_account';
const GCS = 'google_storage_bucket';
const RULE = ['aws_s3_bucket_replication_configuration', 'state-copies'] as const;
const refusals = {
  'policy.#NoPlainHttp.Effect': 'Deny',
  'policy.#NoPlainHttp.Action': ['s3:*'],
  'policy.#NoPlainHttp.Principal': '*',
  'policy.#NoPlainHttp.Condition': { Bool: { 'aws:SecureTransport': 'false' } },
  'policy.#NoOldTls.Effect': 'Deny',
  'policy.#NoOldTls.Action': ['s3:*'],
  'policy.#NoOldTls.Principal': '*',
  'policy.#NoOldTls.Condition': { NumericLessThan: { 's3:TlsVersion': '1.2' } },
};
const FLOWS = 'flow logs are no state';

export const STATE: readonly Promised[] = [
  {
    id: 'S1',
    sentence: 'has a state store that refuses plain HTTP and old TLS',
    aws: kept(need('aws_s3_bucket_policy', 3, refusals)),
    azure: kept(need(BLOB, 2, { https_traffic_only_enabled: true, min_tls_version: 'TLS1_2' })),
    gcp: keptBut(
      'buckets have no such attribute, and their clients speak TLS alone; the XML interface is closed to plain HTTP by a constraint of the project, which needs accounts: dedicated',
      need(
        'google_org_policy_policy',
        'constraint-storage-securehttptransport',
        {
          'spec.rules.enforce': 'TRUE',
          parent: 'projects/streams-prod',
        },
        'other constraints',
      ),
    ),
  },
  {
    id: 'S2',
    sentence: 'has a state store that is not public',
    aws: kept(
      need('aws_s3_bucket_public_access_block', 3, {
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      }),
      need('aws_s3_bucket_ownership_controls', 3, { 'rule.object_ownership': 'BucketOwnerEnforced' }),
    ),
    azure: keptBut(
      'open to the fixed addresses of regions that copy from it, once they are deployed: private links between clouds do not exist',
      need(BLOB, 2, { allow_nested_items_to_be_public: false, cross_tenant_replication_enabled: false }),
      need(BLOB, 'state', {
        public_network_access_enabled: ref('(length(concat(var.addresses_north, var.addresses_asia)) >= 1)'),
        'network_rules.ip_rules': ref('concat(var.addresses_north, var.addresses_asia)'),
      }),
      need('standby:azurerm_storage_account', 'state', { public_network_access_enabled: false }),
      need('azurerm_storage_container', 2, { container_access_type: 'private' }),
    ),
    gcp: kept(need(GCS, 'state', { public_access_prevention: 'enforced', uniform_bucket_level_access: true })),
  },
  {
    id: 'S3',
    sentence: 'encrypts state with an own key',
    aws: kept(
      need('aws_s3_bucket_server_side_encryption_configuration', 3, {
        'rule.apply_server_side_encryption_by_default.sse_algorithm': 'aws:kms',
        'rule.bucket_key_enabled': true,
      }),
      ...(
        [
          ['state', 'aws_kms_key.key-state'],
          ['state-copy-west', 'aws_kms_replica_key.key-state-west'],
          ['audit', 'aws_kms_key.key-audit'],
        ] as const
      ).map(([bucket, key]) =>
        need('aws_s3_bucket_server_side_encryption_configuration', `${bucket}-encryption`, {
          'rule.apply_server_side_encryption_by_default.kms_master_key_id': ref(`${key}.arn`),
        }),
      ),
    ),
    azure: kept(
      need(BLOB, 'state', {
        'customer_managed_key.key_vault_key_id': ref('azurerm_key_vault_key.key-state.versionless_id'),
        'customer_managed_key.user_assigned_identity_id': ref('azurerm_user_assigned_identity.key-user-state.id'),
        'identity.type': 'UserAssigned',
      }),
      need(BLOB, 2, { infrastructure_encryption_enabled: true }),
    ),
    gcp: kept(need(GCS, 'state', { 'encryption.default_kms_key_name': ref('google_kms_crypto_key.key-state.id') })),
  },
  {
    id: 'S4',
    sentence: 'can restore overwritten or deleted state for as long as the file says',
    aws: kept(need('aws_s3_bucket_versioning', 3, { 'versioning_configuration.status': 'Enabled' })),
    azure: keptBut(
      'by versions alone: Flink’s abfss:// is refused with 409 where blobs are deleted softly',
      need(BLOB, 'state', {
        'blob_properties.versioning_enabled': true,
        'blob_properties.delete_retention_policy': absent,
        is_hns_enabled: false,
      }),
      need(BLOB, 'state', { 'blob_properties.container_delete_retention_policy.days': 30 }, FLOWS),
    ),
    gcp: keptBut(
      'by versions alone: soft delete would bill every checkpoint twice',
      need(GCS, 'state', {
        'versioning.enabled': true,
        'soft_delete_policy.retention_duration_seconds': 0,
      }),
    ),
  },
  {
    id: 'S5',
    sentence: 'expires old versions and aborted uploads, and never a live object',
    aws: kept(
      need(
        'aws_s3_bucket_lifecycle_configuration',
        BUCKETS.map((id) => `${id}-lifecycle`),
        {
          'rule.[id=old-versions].status': 'Enabled',
          'rule.[id=old-versions].noncurrent_version_expiration.noncurrent_days': 30,
          'rule.[id=old-versions].abort_incomplete_multipart_upload.days_after_initiation': 7,
          'rule.[id=old-versions].expiration.expired_object_delete_marker': true,
        },
      ),
      need('aws_s3_bucket_lifecycle_configuration', ['state-lifecycle', 'state-copy-west-lifecycle'], {
        'rule.[id=old-versions].expiration.days': absent,
        'rule.1': absent,
      }),
    ),
    azure: kept(
      need('azurerm_storage_management_policy', 'state-life-cycle', {
        'rule.enabled': true,
        'rule.actions.version.delete_after_days_since_creation': 30,
        'rule.actions.snapshot.delete_after_days_since_creation_greater_than': 30,
        'rule.actions.base_blob': absent,
        'rule.filters.blob_types': ['blockBlob'],
      }),
    ),
    gcp: kept(
      need(GCS, 'state', {
        lifecycle_rule: [
          { action: { type: 'Delete' }, condition: { days_since_noncurrent_time: 30, with_state: 'ARCHIVED' } },
          { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 7 } },
        ],
      }),
    ),
  },
  {
    id: 'S6',
    sentence: 'has its state copied to the standby’s region by the cloud as well',
    aws: kept(
      need(...RULE, {
        role: ref('aws_iam_role.copier.arn'),
        'rule.status': 'Enabled',
        'rule.filter.prefix': '',
        'rule.destination.bucket': ref('aws_s3_bucket.state-copy-west.arn'),
        'rule.delete_marker_replication.status': 'Disabled',
      }),
      need('aws_s3_bucket', 'state-copy-west', { region: 'us-west-2' }),
    ),
    azure: kept(
      need('azurerm_storage_object_replication', 'copy-to-north', {
        source_storage_account_id: ref('azurerm_storage_account.state.id'),
        'rules.source_container_name': ref('azurerm_storage_container.state-container.name'),
        'rules.destination_container_name': 'copy-eu',
        'rules.copy_blobs_created_after': 'Everything',
      }),
      need(BLOB, 'state', { 'blob_properties.change_feed_enabled': true, 'blob_properties.versioning_enabled': true }),
      need('standby:azurerm_storage_account', 'state', { 'blob_properties.versioning_enabled': true }),
      need(
        'standby:azurerm_storage_container',
        'copies-eu',
        { container_access_type: 'private', name: 'copy-eu' },
        'others',
      ),
    ),
    gcp: keptBut(
      'where the file says state.googleBuckets: dual-region, which is fixed once a bucket exists and stays on one continent; otherwise the replicator alone copies',
      need(GCS, 'state', {
        location: 'ASIA',
        'custom_placement_config.data_locations': ['ASIA-SOUTHEAST1', 'ASIA-NORTHEAST1'],
      }),
    ),
  },
  {
    id: 'S7',
    sentence: 'bounds the lag of that copy and can watch it',
    aws: kept(
      need(...RULE, {
        'rule.destination.replication_time.status': 'Enabled',
        'rule.destination.replication_time.time.minutes': 15,
        'rule.destination.metrics.status': 'Enabled',
        'rule.destination.metrics.event_threshold.minutes': 15,
      }),
    ),
    azure: exception(
      'azurerm has no attribute for the priority or the metrics of object replication: the replicator measures its own lag, and only its copies are restored from',
    ),
    gcp: keptBut('with state.googleBuckets: dual-region', need(GCS, 'state', { rpo: 'ASYNC_TURBO' })),
  },
  {
    id: 'S8',
    sentence: 'keeps that copy under a key that lives in its region',
    aws: kept(
      need(...RULE, {
        'rule.source_selection_criteria.sse_kms_encrypted_objects.status': 'Enabled',
        'rule.destination.encryption_configuration.replica_kms_key_id': ref('aws_kms_replica_key.key-state-west.arn'),
      }),
      need('aws_iam_role_policy', 'copier-policy', {
        'policy.#CopySourceKey.Action': ['kms:Decrypt'],
        'policy.#CopyTargetKey0.Action': ['kms:Encrypt', 'kms:GenerateDataKey'],
        'policy.#CopyTargetKey0.Resource': ref('aws_kms_replica_key.key-state-west.arn'),
      }),
    ),
    azure: kept(
      need(
        'standby:azurerm_storage_account',
        'state',
        {
          'customer_managed_key.key_vault_key_id': ref('azurerm_key_vault_key.key-state.versionless_id'),
          location: 'northeurope',
        },
        FLOWS,
      ),
    ),
    gcp: kept(
      need(GCS, 'state', { 'encryption.default_kms_key_name': ref('google_kms_crypto_key.key-state.id') }),
      need('google_kms_crypto_key', 'key-state', { key_ring: ref('google_kms_key_ring.state-keys.id') }, 'other keys'),
      need('google_kms_key_ring', 'state-keys', { location: 'asia' }, 'the other rings'),
      need('standby:google_storage_bucket', 'state', {
        'encryption.default_kms_key_name': ref('google_kms_crypto_key.key-state.id'),
      }),
    ),
  },
  {
    id: 'S9',
    sentence: 'has a state store that no plan destroys and only its network reaches',
    aws: kept(
      need('aws_s3_bucket', 3, { force_destroy: false, 'lifecycle.prevent_destroy': true }),
      need('aws_s3_bucket_policy', 'state-policy', {
        'policy.#OnlyFromTheNetwork.Effect': 'Deny',
        'policy.#OnlyFromTheNetwork.Principal': '*',
        'policy.#OnlyFromTheNetwork.Resource': 'arn:aws:s3:::reviews-us-state-5c1a9e/*',
        'policy.#OnlyFromTheNetwork.Condition': {
          StringNotEquals: { 'aws:SourceVpce': ref('aws_vpc_endpoint.endpoint-s3.id') },
          Bool: { 'aws:PrincipalIsAWSService': 'false', 'aws:ViaAWSService': 'false' },
          ArnNotEquals: {
            'aws:PrincipalArn': [
              'arn:aws:iam::111111111111:role/reviews-us-s3-copy',
              'arn:aws:iam::111111111111:role/reviews-west-replicator',
              'arn:aws:iam::111111111111:role/reviews-us-reader-asia',
              'arn:aws:iam::111111111111:role/admins',
            ],
          },
        },
      }),
    ),
    azure: kept(
      need(
        'azurerm_management_lock',
        'lock-state',
        {
          lock_level: 'CanNotDelete',
          scope: ref('azurerm_storage_account.state.id'),
        },
        'locks of others',
      ),
      need(BLOB, 2, { 'network_rules.default_action': 'Deny', 'network_rules.bypass': ['AzureServices'] }),
    ),
    gcp: keptBut(
      'reached by named identities alone, from any network: a bucket’s address filter refuses everybody else’s buckets calls too, the replicators of regions whose addresses are not known yet and the deployer among them',
      need(GCS, 'state', { force_destroy: false, 'lifecycle.prevent_destroy': true }),
    ),
  },
];
