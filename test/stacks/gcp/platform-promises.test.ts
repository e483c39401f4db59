// What a region's network (N), cluster (C), nodes (P), identities (I) and keys (K) promise, field by field.
import { CLUSTER, everyKey, everyPool, type Field, KEY, keeps, keyOf, keys, NAT, POOL, SUBNET } from './promised.ts';
import { ref } from './synthesized.ts';

const GRANT = 'google_kms_crypto_key_iam_member';
const NUMBER = 'data.google_project.project.number';
const STORAGE_AGENT = 'data.google_storage_project_service_account.storage-agent';
const LOGGING_AGENT = 'data.google_logging_project_cmek_settings.logging-agent';

keeps([
  {
    id: 'N1',
    promise: 'nodes and pods have no public address',
    fields: [
      [CLUSTER, 'cluster', 'private_cluster_config.enable_private_nodes', true],
      ...everyPool('network_config.enable_private_nodes', true),
    ],
  },
  {
    id: 'N2',
    promise: 'outbound traffic leaves from fixed addresses with enough ports',
    fields: [
      [NAT, 'nat', 'nat_ip_allocate_option', 'MANUAL_ONLY'],
      [
        NAT,
        'nat',
        'nat_ips',
        [ref('google_compute_address.nat-address-0.self_link'), ref('google_compute_address.nat-address-1.self_link')],
      ],
      [NAT, 'nat', 'enable_dynamic_port_allocation', true],
      [NAT, 'nat', 'enable_endpoint_independent_mapping', false],
      [NAT, 'nat', 'min_ports_per_vm', 128],
      [NAT, 'nat', 'source_subnetwork_ip_ranges_to_nat', 'LIST_OF_SUBNETWORKS'],
    ],
  },
  {
    id: 'N3',
    promise: 'egress passes to names of the allow list only',
    fields: [
      ['google_compute_network_firewall_policy_rule', 'egress-deny', 'action', 'deny'],
      ['google_compute_network_firewall_policy_rule', 'egress-deny', 'direction', 'EGRESS'],
      ['google_compute_network_firewall_policy_rule', 'egress-deny', 'match.dest_ip_ranges', ['0.0.0.0/0']],
      ['google_compute_network_firewall_policy_rule', 'egress-deny', 'match.layer4_configs.ip_protocol', 'all'],
      ['google_compute_network_firewall_policy_rule', 'egress-deny', 'enable_logging', true],
      [
        'google_compute_network_firewall_policy_association',
        'egress-association',
        'attachment_target',
        ref('google_compute_network.network.id'),
      ],
      [CLUSTER, 'cluster', 'enable_fqdn_network_policy', true],
    ],
  },
  {
    id: 'N4',
    promise: 'policies between pods are enforced by the data plane',
    fields: [
      [CLUSTER, 'cluster', 'datapath_provider', 'ADVANCED_DATAPATH'],
      [CLUSTER, 'cluster', 'network_policy', undefined],
    ],
  },
  {
    id: 'N5',
    promise: 'Google services are reached without the Internet',
    fields: [
      [SUBNET, 'subnetwork', 'private_ip_google_access', true],
      ...['googleapis-com', 'pkg-dev', 'gcr-io'].map(
        (zone): Field => ['google_dns_managed_zone', `zone-${zone}`, 'visibility', 'private'],
      ),
      [
        'google_dns_record_set',
        'zone-googleapis-com-address',
        'rrdatas',
        ['199.36.153.8', '199.36.153.9', '199.36.153.10', '199.36.153.11'],
      ],
      ['google_dns_record_set', 'zone-googleapis-com-wildcard', 'rrdatas', ['private.googleapis.com.']],
      ['google_dns_record_set', 'zone-pkg-dev-wildcard', 'rrdatas', ['pkg.dev.']],
    ],
  },
  {
    id: 'N6',
    promise: 'flows are logged and what is not admitted is denied',
    fields: [
      ['google_compute_network', 'network', 'auto_create_subnetworks', false],
      [SUBNET, 'subnetwork', 'log_config.flow_sampling', 0.5],
      [NAT, 'nat', 'log_config.filter', 'ERRORS_ONLY'],
      ['google_compute_firewall', 'deny-ingress', 'deny.protocol', 'all'],
      ['google_compute_firewall', 'deny-ingress', 'direction', 'INGRESS'],
      ['google_compute_firewall', 'deny-ingress', 'source_ranges', ['0.0.0.0/0']],
    ],
  },
  {
    id: 'C1',
    promise: 'the cluster endpoint is private',
    fields: [
      [CLUSTER, 'cluster', 'private_cluster_config.enable_private_endpoint', true],
      [CLUSTER, 'cluster', 'master_authorized_networks_config.cidr_blocks.cidr_block', '10.16.0.0/16'],
      [CLUSTER, 'cluster', 'master_authorized_networks_config.gcp_public_cidrs_access_enabled', false],
      [CLUSTER, 'cluster', 'master_authorized_networks_config.private_endpoint_enforcement_enabled', true],
      [CLUSTER, 'cluster', 'control_plane_endpoints_config.dns_endpoint_config.allow_external_traffic', false],
    ],
  },
  {
    id: 'C2',
    promise: 'secrets in the cluster are encrypted with an own key',
    fields: [
      [CLUSTER, 'cluster', 'database_encryption.state', 'ENCRYPTED'],
      [CLUSTER, 'cluster', 'database_encryption.key_name', keyOf('cluster')],
    ],
  },
  {
    id: 'C3',
    promise: 'only cloud identities administer the cluster',
    fields: [
      [CLUSTER, 'cluster', 'master_auth.client_certificate_config.issue_client_certificate', false],
      [CLUSTER, 'cluster', 'enable_legacy_abac', false],
      [CLUSTER, 'cluster', 'authenticator_groups_config.security_group', 'gke-security-groups@example.com'],
      [CLUSTER, 'cluster', 'anonymous_authentication_config.mode', 'LIMITED'],
      [CLUSTER, 'cluster', 'rbac_binding_config.enable_insecure_binding_system_unauthenticated', false],
      [CLUSTER, 'cluster', 'rbac_binding_config.enable_insecure_binding_system_authenticated', false],
    ],
  },
  {
    id: 'C4',
    promise: 'the control plane is logged',
    fields: [
      [
        CLUSTER,
        'cluster',
        'logging_config.enable_components',
        ['SYSTEM_COMPONENTS', 'APISERVER', 'CONTROLLER_MANAGER', 'SCHEDULER', 'WORKLOADS'],
      ],
    ],
  },
  {
    id: 'C5',
    promise: 'the control plane spans the zones of the region',
    fields: [[CLUSTER, 'cluster', 'location', 'asia-southeast1']],
  },
  {
    id: 'C6',
    promise: 'the version is the one of the file and upgrades keep to a window',
    fields: [
      [CLUSTER, 'cluster', 'min_master_version', '1.34'],
      [CLUSTER, 'cluster', 'release_channel.channel', 'REGULAR'],
      [CLUSTER, 'cluster', 'maintenance_policy.recurring_window.recurrence', 'FREQ=WEEKLY;BYDAY=SA,SU'],
    ],
  },
  {
    id: 'C7',
    promise: 'a destroy does not take the cluster by mistake',
    fields: [[CLUSTER, 'cluster', 'deletion_protection', true]],
  },
  {
    id: 'P1',
    promise: 'pods cannot borrow the identity of their node',
    fields: [
      ...everyPool('node_config.workload_metadata_config.mode', 'GKE_METADATA'),
      ...everyPool('node_config.metadata.disable-legacy-endpoints', 'true'),
    ],
  },
  {
    id: 'P2',
    promise: 'node disks are encrypted with an own key, also those of the default pool',
    fields: [
      ...everyPool('node_config.boot_disk_kms_key', keyOf('disks')),
      [CLUSTER, 'cluster', 'node_config.boot_disk_kms_key', keyOf('disks')],
    ],
  },
  {
    id: 'P3',
    promise: 'nodes have an identity of their own that joins, logs and pulls images',
    fields: [
      ...everyPool('node_config.service_account', ref('google_service_account.node-account.email')),
      ['google_project_iam_member', 'node-account-role', 'role', 'roles/container.defaultNodeServiceAccount'],
      ['google_artifact_registry_repository_iam_member', 'images-nodes', 'role', 'roles/artifactregistry.reader'],
    ],
  },
  {
    id: 'P4',
    promise: 'Flink and workers run on pools of their own',
    fields: [
      ...(['flink', 'worker'] as const).flatMap((name): Field[] => [
        [POOL, `pool-${name}`, 'node_config.labels', { 'headrace.dev/pool': name }],
        [POOL, `pool-${name}`, 'node_config.taint', [{ key: 'headrace.dev/pool', value: name, effect: 'NO_SCHEDULE' }]],
      ]),
      [POOL, 'pool-system', 'node_config.labels', { 'headrace.dev/pool': 'system' }],
      [CLUSTER, 'cluster', 'remove_default_node_pool', true],
      [CLUSTER, 'cluster', 'initial_node_count', 1],
    ],
  },
  {
    id: 'P5',
    promise: 'pools are bounded over all zones and the autoscaler owns their size',
    fields: [
      [POOL, 'pool-flink', 'autoscaling.total_min_node_count', 3],
      [POOL, 'pool-flink', 'autoscaling.total_max_node_count', 6],
      ...everyPool('autoscaling.max_node_count', undefined),
      ...everyPool('lifecycle.ignore_changes', ['initial_node_count']),
    ],
  },
  {
    id: 'P6',
    promise: 'broken nodes are repaired, upgrades keep capacity, boot is verified',
    fields: [
      ...everyPool('management.auto_repair', true),
      ...everyPool('management.auto_upgrade', true),
      ...everyPool('upgrade_settings.max_surge', 1),
      ...everyPool('upgrade_settings.max_unavailable', 0),
      ...everyPool('node_config.shielded_instance_config.enable_secure_boot', true),
      ...everyPool('node_config.shielded_instance_config.enable_integrity_monitoring', true),
      ...everyPool('node_config.kubelet_config.insecure_kubelet_readonly_port_enabled', 'FALSE'),
      [CLUSTER, 'cluster', 'enable_shielded_nodes', true],
    ],
  },
  {
    id: 'I1',
    promise: 'workloads have cloud identities of their own',
    fields: [[CLUSTER, 'cluster', 'workload_identity_config.workload_pool', 'streams-prod.svc.id.goog']],
  },
  {
    id: 'K1',
    promise: 'each purpose has its own key, in hardware and rotated',
    fields: [
      ...everyKey('rotation_period', '7776000s'),
      ...everyKey('version_template.protection_level', 'HSM'),
      ...keys.map((key): Field => [KEY, `key-${key}`, 'name', key]),
    ],
  },
  {
    id: 'K2',
    promise: 'destroying a key takes 30 days and no plan does it',
    fields: [...everyKey('destroy_scheduled_duration', '2592000s'), ...everyKey('lifecycle.prevent_destroy', true)],
  },
  {
    id: 'K3',
    promise: 'a key is granted to the one service that uses it',
    fields: (
      [
        ['cluster', 'container-engine-robot.iam.gserviceaccount.com'],
        ['disks', 'compute-system.iam.gserviceaccount.com'],
        ['secrets', 'gcp-sa-secretmanager.iam.gserviceaccount.com'],
        ['registry', 'gcp-sa-artifactregistry.iam.gserviceaccount.com'],
        ['backup', 'gcp-sa-gkebackup.iam.gserviceaccount.com'],
        ['kafka', 'gcp-sa-managedkafka.iam.gserviceaccount.com'],
      ] as const
    )
      .flatMap(([key, agent]): Field[] => [
        [GRANT, `key-${key}-agent`, 'member', `serviceAccount:service-${ref(NUMBER)}@${agent}`],
        [GRANT, `key-${key}-agent`, 'crypto_key_id', keyOf(key)],
      ])
      .concat([
        [GRANT, 'key-state-agent', 'member', `serviceAccount:${ref(`${STORAGE_AGENT}.email_address`)}`],
        [GRANT, 'key-logs-agent', 'member', `serviceAccount:${ref(`${LOGGING_AGENT}.service_account_id`)}`],
      ]),
  },
  {
    id: 'K4',
    promise: 'keys live where their data does',
    fields: [
      ['google_kms_key_ring', 'keys', 'location', 'asia-southeast1'],
      ['google_kms_key_ring', 'backup-keys', 'location', 'europe-west4'],
      [KEY, 'key-backup', 'key_ring', ref('google_kms_key_ring.backup-keys.id')],
      [KEY, 'key-state', 'key_ring', ref('google_kms_key_ring.keys.id')],
    ],
  },
]);
