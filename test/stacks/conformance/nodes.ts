// P: what a region's nodes promise.
import { absent, including, matching, ref } from './expectation.ts';
import { exception, kept, keptBut, need, type Promised } from './promise.ts';

const GROUPS = 'aws_eks_node_group';
const TEMPLATES = 'aws_launch_template';
const AKS = 'azurerm_kubernetes_cluster';
const AKS_POOLS = 'azurerm_kubernetes_cluster_node_pool';
const GKE_POOLS = 'google_container_node_pool';
const workloads = ['flink', 'worker'];
const ownPool = 'the system pool takes what tolerates nothing';

export const NODES: readonly Promised[] = [
  {
    id: 'P1',
    sentence: 'hardens the metadata service, so that pods cannot borrow the identity of their node',
    aws: kept(
      need(TEMPLATES, 3, {
        'metadata_options.http_endpoint': 'enabled',
        'metadata_options.http_tokens': 'required',
        'metadata_options.http_put_response_hop_limit': 1,
      }),
      need(GROUPS, 3, { 'launch_template.id': matching(/^\$\{aws_launch_template\.template-\w+\.id\}$/) }),
      need('aws_ec2_instance_metadata_defaults', 'metadata-defaults', {
        http_tokens: 'required',
        http_put_response_hop_limit: 1,
      }),
    ),
    azure: exception(
      'azurerm has no attribute for it: the charts’ network policies deny every address that is not named, and so 169.254.169.254',
    ),
    gcp: kept(
      need(GKE_POOLS, 3, {
        'node_config.workload_metadata_config.mode': 'GKE_METADATA',
        'node_config.metadata.disable-legacy-endpoints': 'true',
      }),
    ),
  },
  {
    id: 'P2',
    sentence: 'encrypts the disks of nodes with an own key',
    aws: kept(
      need(TEMPLATES, 3, {
        'block_device_mappings.0.ebs.encrypted': 'true',
        'block_device_mappings.0.ebs.kms_key_id': ref('aws_kms_key.key-disks.arn'),
        'block_device_mappings.1.ebs.encrypted': 'true',
        'block_device_mappings.1.ebs.kms_key_id': ref('aws_kms_key.key-disks.arn'),
      }),
      need('aws_kms_key', 'key-disks', {
        'policy.#KeyOfAutoScaling.Condition': {
          StringEquals: { 'kms:CallerAccount': '111111111111' },
          ArnEquals: {
            'aws:PrincipalArn':
              'arn:aws:iam::111111111111:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling',
          },
        },
      }),
      need('aws_ebs_encryption_by_default', 'disk-encryption', { enabled: true }),
      need('aws_ebs_default_kms_key', 'disk-key', { key_arn: ref('aws_kms_key.key-disks.arn') }),
    ),
    azure: kept(
      need(AKS, 'cluster', {
        disk_encryption_set_id: ref('azurerm_disk_encryption_set.disks.id'),
        'default_node_pool.host_encryption_enabled': true,
      }),
      need(AKS_POOLS, 2, { host_encryption_enabled: true }),
      need('azurerm_disk_encryption_set', 'disks', {
        auto_key_rotation_enabled: true,
        key_vault_key_id: ref('azurerm_key_vault_key.key-disks.versionless_id'),
      }),
    ),
    gcp: kept(need(GKE_POOLS, 3, { 'node_config.boot_disk_kms_key': ref('google_kms_crypto_key.key-disks.id') })),
  },
  {
    id: 'P3',
    sentence: 'gives nodes an identity that can join, log and pull images only',
    aws: kept(
      need(GROUPS, 3, { node_role_arn: ref('aws_iam_role.node-role.arn') }),
      need(
        'aws_iam_role_policy_attachment',
        'node-role-AmazonEKSWorkerNodePolicy',
        { policy_arn: 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy' },
        'the others are of other roles',
      ),
      need(
        'aws_iam_role_policy_attachment',
        'node-role-AmazonEC2ContainerRegistryPullOnly',
        { policy_arn: 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly' },
        'the others are of other roles',
      ),
      need(
        'aws_eks_addon',
        'addon-vpc-cni',
        { 'pod_identity_association.role_arn': ref('aws_iam_role.vpc-cni-role.arn') },
        'the others have roles of their own',
      ),
    ),
    azure: kept(
      need(AKS, 'cluster', {
        'kubelet_identity.user_assigned_identity_id': ref('azurerm_user_assigned_identity.kubelet.id'),
      }),
      need(
        'azurerm_role_assignment',
        'kubelet-images',
        {
          role_definition_name: 'AcrPull',
          scope: ref('azurerm_container_registry.images.id'),
          principal_id: ref('azurerm_user_assigned_identity.kubelet.principal_id'),
        },
        'the others are of other identities',
      ),
      need(
        'azurerm_role_assignment',
        'control-plane-kubelet',
        { role_definition_name: 'Managed Identity Operator', scope: ref('azurerm_user_assigned_identity.kubelet.id') },
        'the others are of other identities',
      ),
    ),
    gcp: kept(
      need(GKE_POOLS, 3, { 'node_config.service_account': ref('google_service_account.node-account.email') }),
      need(
        'google_project_iam_member',
        'node-account-role',
        {
          role: 'roles/container.defaultNodeServiceAccount',
          member: ref('google_service_account.node-account.member'),
        },
        'the others are of other identities',
      ),
      need('google_artifact_registry_repository_iam_member', 'images-nodes', {
        role: 'roles/artifactregistry.reader',
        member: ref('google_service_account.node-account.member'),
      }),
    ),
  },
  {
    id: 'P4',
    sentence: 'runs Flink and workers on tainted pools of their own, apart from system pods',
    aws: kept(
      ...workloads.map((pool) =>
        need(
          GROUPS,
          `pool-${pool}`,
          {
            taint: [{ key: 'headrace.dev/pool', value: pool, effect: 'NO_SCHEDULE' }],
            labels: { 'headrace.dev/pool': pool },
            capacity_type: 'ON_DEMAND',
          },
          ownPool,
        ),
      ),
      need(GROUPS, 'pool-system', { taint: absent }),
    ),
    azure: kept(
      ...workloads.map((pool) =>
        need(AKS_POOLS, `pool-${pool}`, {
          mode: 'User',
          node_taints: [`headrace.dev/pool=${pool}:NoSchedule`],
          node_labels: { 'headrace.dev/pool': pool },
          priority: absent,
        }),
      ),
      need(AKS, 'cluster', { 'default_node_pool.only_critical_addons_enabled': true }),
    ),
    gcp: kept(
      ...workloads.map((pool) =>
        need(
          GKE_POOLS,
          `pool-${pool}`,
          {
            'node_config.taint': [{ key: 'headrace.dev/pool', value: pool, effect: 'NO_SCHEDULE' }],
            'node_config.labels': { 'headrace.dev/pool': pool },
            'node_config.spot': false,
          },
          ownPool,
        ),
      ),
      need('google_container_cluster', 'cluster', { remove_default_node_pool: true, initial_node_count: 1 }),
    ),
  },
  {
    id: 'P5',
    sentence: 'bounds its pools and leaves their current size to the autoscaler',
    aws: keptBut(
      'EKS runs no autoscaler: the stack makes the Cluster Autoscaler’s identity, kube-system/cluster-autoscaler, and whoever runs the cluster installs its chart',
      need(GROUPS, 'pool-flink', { 'scaling_config.min_size': 3, 'scaling_config.max_size': 6 }),
      need(GROUPS, 'pool-worker', { 'scaling_config.min_size': 3, 'scaling_config.max_size': 9 }),
      need(GROUPS, 'pool-system', { 'scaling_config.min_size': 3, 'scaling_config.max_size': 6 }),
      need(GROUPS, 3, { 'lifecycle.ignore_changes': ['scaling_config[0].desired_size'] }),
      need(
        'aws_eks_pod_identity_association',
        'autoscaler-of',
        {
          namespace: 'kube-system',
          service_account: 'cluster-autoscaler',
          role_arn: ref('aws_iam_role.autoscaler.arn'),
        },
        'the others are of workloads',
      ),
      need('aws_iam_role_policy', 'autoscaler-policy', {
        'policy.#ScaleOwnGroups.Condition': {
          StringEquals: { 'aws:ResourceTag/k8s.io/cluster-autoscaler/reviews-us': 'owned' },
        },
        'policy.#ScaleOwnGroups.Action': including('autoscaling:SetDesiredCapacity'),
      }),
    ),
    azure: kept(
      need(AKS, 'cluster', {
        'default_node_pool.auto_scaling_enabled': true,
        'auto_scaler_profile.skip_nodes_with_local_storage': true,
        'lifecycle.ignore_changes': including('default_node_pool[0].node_count'),
      }),
      need(AKS_POOLS, 2, { auto_scaling_enabled: true, 'lifecycle.ignore_changes': including('node_count') }),
      need(AKS_POOLS, 'pool-flink', { min_count: 3, max_count: 6 }),
      need(AKS_POOLS, 'pool-worker', { min_count: 3, max_count: 9 }),
    ),
    gcp: kept(
      need(GKE_POOLS, 'pool-flink', {
        'autoscaling.total_min_node_count': 3,
        'autoscaling.total_max_node_count': 6,
      }),
      need(GKE_POOLS, 'pool-worker', {
        'autoscaling.total_min_node_count': 3,
        'autoscaling.total_max_node_count': 9,
      }),
      need(GKE_POOLS, 'pool-system', {
        'autoscaling.total_min_node_count': 3,
        'autoscaling.total_max_node_count': 6,
      }),
      need(GKE_POOLS, 3, { 'autoscaling.max_node_count': absent, 'lifecycle.ignore_changes': ['initial_node_count'] }),
    ),
  },
  {
    id: 'P6',
    sentence: 'repairs broken nodes, keeps capacity while upgrading and verifies what boots',
    aws: kept(
      need(GROUPS, 3, {
        'node_repair_config.enabled': true,
        'update_config.max_unavailable': 1,
        ami_type: 'BOTTLEROCKET_x86_64',
      }),
    ),
    azure: keptBut(
      'azurerm has no attribute for a verified boot of node pools; broken nodes are repaired by AKS itself',
      need(AKS_POOLS, 2, {
        'upgrade_settings.max_surge': '33%',
        'upgrade_settings.drain_timeout_in_minutes': 30,
        'upgrade_settings.node_soak_duration_in_minutes': 5,
      }),
      need(AKS, 'cluster', { 'default_node_pool.upgrade_settings.max_surge': '33%' }),
    ),
    gcp: kept(
      need(GKE_POOLS, 3, {
        'management.auto_repair': true,
        'management.auto_upgrade': true,
        'upgrade_settings.max_surge': 1,
        'upgrade_settings.max_unavailable': 0,
        'node_config.shielded_instance_config.enable_secure_boot': true,
        'node_config.shielded_instance_config.enable_integrity_monitoring': true,
        'node_config.kubelet_config.insecure_kubelet_readonly_port_enabled': 'FALSE',
      }),
      need('google_container_cluster', 'cluster', { enable_shielded_nodes: true }),
    ),
  },
];
