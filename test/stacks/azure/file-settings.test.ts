// What other files than the conformance table's make of a region on Azure.
import { describe, expect, it } from 'vitest';
import { active, everything, restricted, standby } from './deployments.ts';
import { CLUSTER, check } from './file-rows.ts';
import { at, ref, synthesize } from './synthesized.ts';

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
    ['F3', 'a partition a subtask', 'eventhub.topic-reviews', 'partition_count', 8],
    [
      'F3',
      'records outlive the versions of state',
      'eventhub.topic-ratings',
      'retention_description',
      { cleanup_policy: 'Delete', retention_time_in_hours: 336 },
    ],
    [
      'S5',
      'versions as long as the file says',
      'storage_management_policy.state-life-cycle',
      'rule.actions.version.delete_after_days_since_creation',
      14,
    ],
    ['O1', 'logs as long as the file says', 'log_analytics_workspace.logs', 'retention_in_days', 400],
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
