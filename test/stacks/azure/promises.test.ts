// Every promise of a region on Azure that an attribute can keep, at the attribute that keeps it.
import { describe, expect, it } from 'vitest';
import { active, everything, restricted, standby } from './deployments.ts';
import { CLUSTER, check, STATE } from './promise-rows.ts';
import { COMPUTE } from './promised-compute.ts';
import { DATA } from './promised-data.ts';
import { at, ref, synthesize } from './synthesized.ts';

describe('a private standby of an active region on AWS', () => {
  check(standby, COMPUTE);
  check(standby, DATA);
});

describe('an active region that others copy from', () => {
  check(active, [
    ['C6', 'is upgraded after its standbys', CLUSTER, 'maintenance_window_auto_upgrade.day_of_week', 'Sunday'],
    [
      'S2',
      'opens once replicas are deployed',
      STATE,
      'public_network_access_enabled',
      ref('(length(concat(var.addresses_north_1, var.addresses_asia)) >= 1)'),
    ],
    [
      'S2',
      'to their addresses alone',
      STATE,
      'network_rules.ip_rules',
      ref('concat(var.addresses_north_1, var.addresses_asia)'),
    ],
    ['S2', 'and denies all others', STATE, 'network_rules.default_action', 'Deny'],
    [
      'S6',
      'Azure copies it to the other Azure region',
      'storage_object_replication.copy-to-north-1',
      'rules.copy_blobs_created_after',
      'Everything',
    ],
    [
      'S6',
      'to a container of its own',
      'storage_object_replication.copy-to-north-1',
      'rules.destination_container_name',
      'copy-eu',
    ],
    [
      'S6',
      'once that is deployed',
      'storage_object_replication.copy-to-north-1',
      'count',
      ref('(length(var.issuer_north_1) >= 1) ? 1 : 0'),
    ],
    ['S6', 'with the change feed that it needs', STATE, 'blob_properties.change_feed_enabled', true],
    [
      'R3',
      'images are where the other region is',
      'container_registry.images',
      'georeplications.location',
      'northeurope',
    ],
    ['O2', 'silence pages somebody', 'monitor_alert_prometheus_rule_group.job-alerts', 'rule.0.alert', 'silence'],
    [
      'O2',
      'failed checkpoints as well',
      'monitor_alert_prometheus_rule_group.job-alerts',
      'rule.1.alert',
      'checkpoints',
    ],
  ]);

  it('S6 S8 gives its Azure standby a container, under the standby’s own key', () => {
    const { one } = synthesize(active(), 'north-1');
    expect(one('storage_container', 'copies-eu')).toMatchObject({ name: 'copy-eu', container_access_type: 'private' });
    expect(at(one('storage_account', 'state'), 'customer_managed_key.key_vault_key_id')).toBe(
      ref('azurerm_key_vault_key.key-state.versionless_id'),
    );
    expect(one('key_vault', 'vault')['location']).toBe('northeurope');
  });
});

describe('a restricted endpoint without protection', () => {
  check(restricted, [
    ['C1', 'is public', CLUSTER, 'private_cluster_enabled', false],
    [
      'C1',
      'but for named ranges and its own way out (trap 15)',
      CLUSTER,
      'api_server_access_profile.authorized_ip_ranges',
      [
        '203.0.113.0/24',
        `${ref('azurerm_public_ip.egress-address-0.ip_address')}/32`,
        `${ref('azurerm_public_ip.egress-address-1.ip_address')}/32`,
      ],
    ],
    ['C1', 'has no private zone', CLUSTER, 'private_dns_zone_id', undefined],
    ['C1', 'nor a side door', CLUSTER, 'run_command_enabled', false],
    ['C5', 'zones of the file', CLUSTER, 'default_node_pool.zones', ['1', '2', '3']],
    ['P4', 'workers are spot', 'kubernetes_cluster_node_pool.pool-worker', 'priority', 'Spot'],
    [
      'P4',
      'with the taint that Azure adds',
      'kubernetes_cluster_node_pool.pool-worker',
      'node_taints',
      ['headrace.dev/pool=worker:NoSchedule', 'kubernetes.azure.com/scalesetpriority=spot:NoSchedule'],
    ],
    ['P4', 'flink never is', 'kubernetes_cluster_node_pool.pool-flink', 'priority', undefined],
    ['P6', 'spot pools take no surge', 'kubernetes_cluster_node_pool.pool-worker', 'upgrade_settings', undefined],
    [
      'K3',
      'the vault admits the same ranges',
      'key_vault.vault',
      'network_acls.ip_rules',
      ref('concat(["203.0.113.0/24"], var.deployer_ranges)'),
    ],
    ['B4', 'backups are not locked for good', 'data_protection_backup_vault.backup-vault', 'immutability', 'Disabled'],
    [
      'N1',
      'the smallest network holds every subnet',
      'subnet.subnet-control-plane',
      'address_prefixes',
      ['10.40.10.0/28'],
    ],
  ]);

  it('C7 S9 has no locks', () => {
    expect(synthesize(restricted()).all('management_lock')).toEqual({});
  });
});

describe('everything on', () => {
  check(everything, [
    ['F1', 'TLS 1.2', 'eventhub_namespace.kafka', 'minimum_tls_version', '1.2'],
    ['F1', 'Entra alone', 'eventhub_namespace.kafka', 'local_authentication_enabled', false],
    ['F2', 'private', 'eventhub_namespace.kafka', 'public_network_access_enabled', false],
    ['F2', 'the tier that takes an own key', 'eventhub_namespace.kafka', 'sku', 'Premium'],
    [
      'F2',
      'an own key',
      'eventhub_namespace_customer_managed_key.kafka-key',
      'key_vault_key_ids',
      [ref('azurerm_key_vault_key.key-kafka.versionless_id')],
    ],
    [
      'F2',
      'at a private endpoint',
      'private_endpoint.endpoint-namespace',
      'private_service_connection.subresource_names',
      ['namespace'],
    ],
    ['F3', 'a partition a subtask', 'eventhub.topic-reviews', 'partition_count', 8],
    [
      'F3',
      'records outlive the versions of state',
      'eventhub.topic-ratings',
      'retention_description',
      { cleanup_policy: 'Delete', retention_time_in_hours: 336 },
    ],
    [
      'C3',
      'administrators are the named group',
      CLUSTER,
      'azure_active_directory_role_based_access_control.admin_group_object_ids',
      ['11111111-2222-4333-8444-555555555555'],
    ],
    [
      'S5',
      'versions as long as the file says',
      'storage_management_policy.state-life-cycle',
      'rule.actions.version.delete_after_days_since_creation',
      14,
    ],
    ['O1', 'logs as long as the file says', 'log_analytics_workspace.logs', 'retention_in_days', 400],
    [
      'O2',
      'alarms go to the named address',
      'monitor_action_group.alarms',
      'email_receiver.email_address',
      'oncall@example.com',
    ],
    [
      'O2',
      'job alerts use them',
      'monitor_alert_prometheus_rule_group.job-alerts',
      'rule.0.action.action_group_id',
      ref('azurerm_monitor_action_group.alarms.id'),
    ],
    ['Z1', 'a budget', 'consumption_budget_resource_group.budget', 'amount', 1250.5],
    ['Z1', 'a notice at half of it', 'consumption_budget_resource_group.budget', 'notification.0.threshold', 50],
    [
      'Z1',
      'that starts with the month of the plan',
      'consumption_budget_resource_group.budget',
      'time_period.start_date',
      ref('formatdate("YYYY-MM-01\'T\'00:00:00Z", plantimestamp())'),
    ],
  ]);
});

it('K3 the vault is closed to the Internet until somebody says where the stack is deployed from', () => {
  const { one, json } = synthesize(standby());
  expect(one('key_vault', 'vault')['public_network_access_enabled']).toBe(
    ref('(length(concat([], var.deployer_ranges)) >= 1)'),
  );
  expect(at(json, 'variable.deployer_ranges')).toMatchObject({ type: 'list(string)', default: [] });
});

describe('every resource', () => {
  const all = { standby, active, restricted, everything };

  it.each(Object.entries(all))('N1 no subnet lends outbound addresses (%s)', (_name, deployment) => {
    const subnets = Object.values(synthesize(deployment()).all('subnet'));
    expect(subnets).toHaveLength(4);
    for (const subnet of subnets) expect(subnet['default_outbound_access_enabled']).toBe(false);
  });

  it.each([
    ['blob', 'privatelink.blob.core.windows.net'],
    ['dfs', 'privatelink.dfs.core.windows.net'],
    ['vault', 'privatelink.vaultcore.azure.net'],
    ['registry', 'privatelink.azurecr.io'],
  ])('N5 %s is reached inside the network as %s', (service, zone) => {
    const { one } = synthesize(standby());
    const endpoint = one('private_endpoint', `endpoint-${service}`);
    expect(at(endpoint, 'private_service_connection.subresource_names')).toEqual([service]);
    expect(at(endpoint, 'private_dns_zone_group.private_dns_zone_ids')).toEqual([
      ref(`azurerm_private_dns_zone.zone-${service}.id`),
    ]);
    expect(one('private_dns_zone', `zone-${service}`)['name']).toBe(zone);
    expect(one('private_dns_zone_virtual_network_link', `zone-${service}-link`)['virtual_network_id']).toBe(
      ref('azurerm_virtual_network.network.id'),
    );
  });

  it.each(['nodes', 'endpoints'])('N6 subnet %s denies what no rule lets in', (id) => {
    const { one } = synthesize(standby());
    const rules = one('network_security_group', `guard-${id}`)['security_rule'] as Record<string, unknown>[];
    expect(rules.at(-1)).toMatchObject({ access: 'Deny', source_address_prefix: '*', direction: 'Inbound' });
    expect(rules[0]?.['source_address_prefixes']).toEqual(['10.17.0.0/16', '100.64.0.0/14']);
    expect(one('subnet_network_security_group_association', `guard-${id}-subnet`)['subnet_id']).toBe(
      ref(`azurerm_subnet.subnet-${id}.id`),
    );
  });

  it('C4 records writes, refusals and authorization, not every read', () => {
    const logs = synthesize(standby()).one('monitor_diagnostic_setting', 'audit-cluster')['enabled_log'];
    expect((logs as { category: string }[]).map(({ category }) => category)).toEqual([
      'kube-audit-admin',
      'guard',
      'kube-apiserver',
      'kube-controller-manager',
      'cluster-autoscaler',
    ]);
  });

  it.each(Object.entries(all))('X3 no secret’s value is in the stack (%s)', (_name, deployment) => {
    const { json, all: every } = synthesize(deployment());
    expect(every('key_vault_secret')).toEqual({});
    expect(JSON.stringify(json)).not.toMatch(/primary_access_key|kube_config|kube_admin_config|connection_string/);
  });

  it('N3 there is no NAT gateway beside the route', () => {
    expect(synthesize(everything()).all('nat_gateway')).toEqual({});
  });

  it('O2 a standby’s silence alarms nobody', () => {
    expect(synthesize(standby()).all('monitor_alert_prometheus_rule_group')).toEqual({});
  });

  it('Z1 there is no budget without an amount, and no Kafka where none is managed', () => {
    const { all: every } = synthesize(standby());
    expect(every('consumption_budget_resource_group')).toEqual({});
    expect(every('eventhub_namespace')).toEqual({});
    expect(every('key_vault_key')['key-kafka']).toBeUndefined();
  });
});
