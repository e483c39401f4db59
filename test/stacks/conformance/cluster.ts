// C: what a region's cluster promises.
import { absent, including, ref } from './expectation.ts';
import { kept, keptBut, need, type Promised } from './promise.ts';

const EKS = 'aws_eks_cluster';
const AKS = 'azurerm_kubernetes_cluster';
const GKE = 'google_container_cluster';

export const CLUSTER: readonly Promised[] = [
  {
    id: 'C1',
    sentence: 'has a cluster endpoint that only its network reaches',
    aws: kept(
      need(EKS, 'cluster', {
        'vpc_config.endpoint_private_access': true,
        'vpc_config.endpoint_public_access': false,
        'vpc_config.public_access_cidrs': absent,
      }),
    ),
    azure: kept(
      need(AKS, 'cluster', {
        private_cluster_enabled: true,
        private_cluster_public_fqdn_enabled: false,
        private_dns_zone_id: ref('azurerm_private_dns_zone.zone-api.id'),
        run_command_enabled: false,
        'api_server_access_profile.authorized_ip_ranges': absent,
      }),
    ),
    gcp: kept(
      need(GKE, 'cluster', {
        'private_cluster_config.enable_private_endpoint': true,
        'master_authorized_networks_config.cidr_blocks.cidr_block': '10.16.0.0/16',
        'master_authorized_networks_config.gcp_public_cidrs_access_enabled': false,
        'control_plane_endpoints_config.dns_endpoint_config.allow_external_traffic': false,
      }),
    ),
  },
  {
    id: 'C2',
    sentence: 'encrypts secrets in etcd with an own key',
    aws: kept(
      need(EKS, 'cluster', {
        'encryption_config.resources': ['secrets'],
        'encryption_config.provider.key_arn': ref('aws_kms_key.key-cluster.arn'),
      }),
    ),
    azure: kept(
      need(AKS, 'cluster', {
        'key_management_service.key_vault_key_id': ref('azurerm_key_vault_key.key-cluster.id'),
        'key_management_service.key_vault_network_access': 'Private',
        'api_server_access_profile.virtual_network_integration_enabled': true,
      }),
    ),
    gcp: kept(
      need(GKE, 'cluster', {
        'database_encryption.state': 'ENCRYPTED',
        'database_encryption.key_name': ref('google_kms_crypto_key.key-cluster.id'),
      }),
    ),
  },
  {
    id: 'C3',
    sentence: 'is administered by cloud identities alone',
    aws: kept(
      need(EKS, 'cluster', {
        'access_config.authentication_mode': 'API',
        'access_config.bootstrap_cluster_creator_admin_permissions': false,
      }),
      need('aws_eks_access_entry', 'administrator-0', { principal_arn: 'arn:aws:iam::111111111111:role/admins' }),
      need('aws_eks_access_policy_association', 'administrator-0-policy', {
        policy_arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
        'access_scope.type': 'cluster',
        principal_arn: ref('aws_eks_access_entry.administrator-0.principal_arn'),
      }),
    ),
    azure: kept(
      need(AKS, 'cluster', {
        local_account_disabled: true,
        role_based_access_control_enabled: true,
        'azure_active_directory_role_based_access_control.azure_rbac_enabled': true,
        'azure_active_directory_role_based_access_control.admin_group_object_ids': [
          '11111111-2222-4333-8444-555555555555',
        ],
      }),
    ),
    gcp: kept(
      need(GKE, 'cluster', {
        'master_auth.client_certificate_config.issue_client_certificate': false,
        enable_legacy_abac: false,
        'authenticator_groups_config.security_group': 'gke-security-groups@example.com',
        'anonymous_authentication_config.mode': 'LIMITED',
        'rbac_binding_config.enable_insecure_binding_system_unauthenticated': false,
        'rbac_binding_config.enable_insecure_binding_system_authenticated': false,
      }),
    ),
  },
  {
    id: 'C4',
    sentence: 'logs what its control plane is asked',
    aws: kept(
      need(EKS, 'cluster', {
        enabled_cluster_log_types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
        depends_on: including('aws_cloudwatch_log_group.log-cluster'),
      }),
      need(
        'aws_cloudwatch_log_group',
        'log-cluster',
        { name: '/aws/eks/reviews-us/cluster' },
        'the others are of other services',
      ),
    ),
    azure: kept(
      need(
        'azurerm_monitor_diagnostic_setting',
        'audit-cluster',
        {
          target_resource_id: ref('azurerm_kubernetes_cluster.cluster.id'),
          'enabled_log.[category=kube-audit-admin].category': 'kube-audit-admin',
          'enabled_log.[category=guard].category': 'guard',
          'enabled_log.[category=kube-apiserver].category': 'kube-apiserver',
          'enabled_log.[category=kube-controller-manager].category': 'kube-controller-manager',
          'enabled_log.[category=cluster-autoscaler].category': 'cluster-autoscaler',
          log_analytics_destination_type: 'Dedicated',
        },
        'the others are of other services',
      ),
    ),
    gcp: kept(
      need(GKE, 'cluster', {
        'logging_config.enable_components': including(
          'SYSTEM_COMPONENTS',
          'APISERVER',
          'CONTROLLER_MANAGER',
          'SCHEDULER',
        ),
      }),
    ),
  },
  {
    id: 'C5',
    sentence: 'spreads its control plane over zones and has an SLA for it',
    aws: kept(
      need(EKS, 'cluster', {
        'vpc_config.subnet_ids': [0, 1, 2].map((i) => ref(`aws_subnet.inner-${i}.id`)),
        'zonal_shift_config.enabled': true,
      }),
      ...[0, 1, 2].map((i) =>
        need(
          'aws_subnet',
          `inner-${i}`,
          { availability_zone: ref(`element(data.aws_availability_zones.zones.names, ${i})`) },
          'the others are of nodes',
        ),
      ),
    ),
    azure: kept(
      need(AKS, 'cluster', { sku_tier: 'Standard', 'default_node_pool.zones': ['1', '2', '3'] }),
      need('azurerm_kubernetes_cluster_node_pool', 2, { zones: ['1', '2', '3'] }),
    ),
    gcp: kept(need(GKE, 'cluster', { location: 'asia-southeast1' })),
  },
  {
    id: 'C6',
    sentence: 'runs a supported version and upgrades in a window only',
    aws: keptBut(
      'EKS upgrades nothing by itself and has no window: versions change with cluster.kubernetes of the file, and a version out of support is upgraded by AWS instead of billed',
      need(EKS, 'cluster', { version: '1.34', 'upgrade_policy.support_type': 'STANDARD' }),
      need('aws_eks_node_group', 3, { version: '1.34' }),
    ),
    azure: kept(
      need(AKS, 'cluster', {
        kubernetes_version: '1.34',
        automatic_upgrade_channel: 'patch',
        node_os_upgrade_channel: 'NodeImage',
        'maintenance_window_auto_upgrade.duration': 4,
        'maintenance_window_auto_upgrade.day_of_week': 'Sunday',
        'maintenance_window_node_os.duration': 4,
        'maintenance_window_node_os.day_of_week': 'Sunday',
      }),
      need('standby:azurerm_kubernetes_cluster', 'cluster', {
        'maintenance_window_auto_upgrade.day_of_week': 'Thursday',
        'maintenance_window_node_os.day_of_week': 'Thursday',
      }),
    ),
    gcp: keptBut(
      'no exclusion of minor versions, which has to name an end: releases of the channel are taken in the weekly window',
      need(GKE, 'cluster', {
        min_master_version: '1.34',
        'release_channel.channel': 'REGULAR',
        'maintenance_policy.recurring_window.recurrence': 'FREQ=WEEKLY;BYDAY=SA,SU',
      }),
      need('standby:google_container_cluster', 'cluster', {
        'maintenance_policy.recurring_window.recurrence': 'FREQ=WEEKLY;BYDAY=TU,WE',
      }),
    ),
  },
  {
    id: 'C7',
    sentence: 'keeps its cluster when a destroy is run by mistake',
    aws: kept(need(EKS, 'cluster', { deletion_protection: true })),
    azure: kept(
      need(
        'azurerm_management_lock',
        'lock-cluster',
        { lock_level: 'CanNotDelete', scope: ref('azurerm_kubernetes_cluster.cluster.id') },
        'the others lock other things',
      ),
    ),
    gcp: keptBut(
      'by Terraform alone: GKE itself has no such lock, so that the console still deletes',
      need(GKE, 'cluster', { deletion_protection: true }),
    ),
  },
];
