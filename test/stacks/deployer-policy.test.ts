// Whether the rights that each cloud's page asks of the deployer cover what its stacks make, and no more services.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Cloud } from '../../config/index.ts';
import { SUBJECTS } from './conformance/subjects.ts';

const read = (cloud: Cloud) =>
  JSON.parse(readFileSync(new URL(`../../stacks/${cloud}/deployer-policy.json`, import.meta.url), 'utf8'));

/** Resource types of all of a cloud's stacks. */
const typesOf = (cloud: Cloud) =>
  [...new Set(Object.values(SUBJECTS[cloud]).flatMap((stack) => Object.keys(stack['resource'] as object)))].sort();

/** What a right is called, by the beginning of the types that need it; the longest beginning counts. */
type Rights = Readonly<Record<string, string>>;

const AWS: Rights = {
  aws_backup: 'backup',
  aws_budgets: 'budgets',
  aws_ce_: 'ce',
  aws_cloudtrail: 'cloudtrail',
  aws_cloudwatch_log_group: 'logs',
  aws_cloudwatch_metric: 'cloudwatch',
  aws_ecr: 'ecr',
  aws_eks: 'eks',
  aws_guardduty: 'guardduty',
  aws_iam: 'iam',
  aws_kms: 'kms',
  aws_msk: 'kafka',
  aws_networkfirewall: 'network-firewall',
  aws_prometheus: 'aps',
  aws_route53_: 'route53',
  aws_route53_resolver: 'route53resolver',
  aws_s3: 's3',
  aws_secretsmanager: 'secretsmanager',
  aws_sns: 'sns',
  ...Object.fromEntries(
    'default_security_group ebs_ ec2_ eip flow_log internet_gateway launch_template nat_gateway route security_group subnet vpc'
      .split(' ')
      .map((type) => [`aws_${type}`, 'ec2']),
  ),
};

const AZURE: Rights = {
  azurerm_consumption_budget: 'Microsoft.Consumption/budgets',
  azurerm_container_registry: 'Microsoft.ContainerRegistry/registries',
  azurerm_data_protection: 'Microsoft.DataProtection/backupVaults',
  azurerm_disk_encryption_set: 'Microsoft.Compute/diskEncryptionSets',
  azurerm_eventhub: 'Microsoft.EventHub/namespaces',
  azurerm_federated_identity: 'Microsoft.ManagedIdentity/userAssignedIdentities',
  azurerm_key_vault: 'Microsoft.KeyVault/vaults',
  azurerm_kubernetes_cluster: 'Microsoft.ContainerService/managedClusters',
  azurerm_kubernetes_cluster_extension: 'Microsoft.KubernetesConfiguration/extensions',
  azurerm_log_analytics: 'Microsoft.OperationalInsights/workspaces',
  azurerm_management_lock: 'Microsoft.Authorization/locks',
  azurerm_monitor_action_group: 'Microsoft.Insights/actionGroups',
  azurerm_monitor_alert_prometheus: 'Microsoft.AlertsManagement/prometheusRuleGroups',
  azurerm_monitor_data_collection_endpoint: 'Microsoft.Insights/dataCollectionEndpoints',
  azurerm_monitor_data_collection_rule: 'Microsoft.Insights/dataCollectionRules',
  azurerm_monitor_data_collection_rule_association: 'Microsoft.Insights/dataCollectionRuleAssociations',
  azurerm_monitor_diagnostic: 'Microsoft.Insights/diagnosticSettings',
  azurerm_monitor_metric_alert: 'Microsoft.Insights/metricAlerts',
  azurerm_monitor_workspace: 'Microsoft.Monitor/accounts',
  azurerm_resource_group: 'Microsoft.Resources/subscriptions/resourceGroups',
  azurerm_role_assignment: 'Microsoft.Authorization/roleAssignments',
  azurerm_security_center: 'Microsoft.Security/pricings',
  azurerm_storage: 'Microsoft.Storage/storageAccounts',
  azurerm_user_assigned_identity: 'Microsoft.ManagedIdentity/userAssignedIdentities',
  ...Object.fromEntries(
    'dns_ firewall network_ private_ public_ip route subnet traffic_manager virtual_network'
      .split(' ')
      .map((type) => [`azurerm_${type}`, 'Microsoft.Network']),
  ),
};

const GCP: Rights = {
  google_artifact_registry: 'roles/artifactregistry.admin',
  google_billing: 'roles/billing.costsManager',
  google_compute: 'roles/compute.networkAdmin',
  google_compute_firewall: 'roles/compute.securityAdmin',
  google_compute_network_firewall: 'roles/compute.securityAdmin',
  google_container: 'roles/container.clusterAdmin',
  google_dns: 'roles/dns.admin',
  google_gke_backup: 'roles/gkebackup.admin',
  google_iam_workload: 'roles/iam.workloadIdentityPoolAdmin',
  google_kms: 'roles/cloudkms.admin',
  google_logging: 'roles/logging.configWriter',
  google_managed_kafka: 'roles/managedkafka.admin',
  google_monitoring: 'roles/monitoring.editor',
  google_org_policy: 'roles/orgpolicy.policyAdmin',
  google_project_iam: 'roles/resourcemanager.projectIamAdmin',
  google_project_service: 'roles/serviceusage.serviceUsageAdmin',
  google_secret_manager: 'roles/secretmanager.admin',
  google_service_account: 'roles/iam.serviceAccountAdmin',
  google_storage: 'roles/storage.admin',
};

/** The right that a type needs. @throws for a type of which nobody has said which. */
function rightOf(type: string, rights: Rights): string {
  const [longest] = Object.keys(rights)
    .filter((start) => type.startsWith(start))
    .sort((a, b) => b.length - a.length);
  const right = longest === undefined ? undefined : rights[longest];
  if (right === undefined) throw new Error(`which right makes ${type}?`);
  return right;
}

const needed = (cloud: Cloud, rights: Rights) =>
  [...new Set(typesOf(cloud).map((type) => rightOf(type, rights)))].sort();

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
}

describe('aws', () => {
  const statements: Statement[] = read('aws').Statement;
  const services = [...new Set(statements.flatMap(({ Action }) => Action.map((action) => action.split(':')[0])))];

  test('covers every service that the stacks use', () => {
    expect(needed('aws', AWS).filter((service) => !services.includes(service))).toEqual([]);
  });

  test('asks for no service that they do not use', () => {
    // Caller's identity, the vault's own storage, and what turns the scan of images on.
    const beside = ['sts', 'backup-storage', 'inspector2'];
    const used = [...needed('aws', AWS), ...beside];
    expect(services.filter((service) => !used.includes(service ?? ''))).toEqual([]);
  });

  test('makes no users and no keys of users, and names the roles and buckets that it may touch', () => {
    const all = statements.flatMap(({ Action }) => Action);
    expect(all.filter((action) => /^iam:(\*$|.*User|.*AccessKey)/.test(action))).toEqual([]);
    expect(all).not.toContain('*');
    for (const { Sid, Action, Resource } of statements) {
      if (Action.some((action) => /^(iam|s3):/.test(action))) expect(Resource, Sid).not.toBe('*');
    }
  });

  test('reads neither state nor values of secrets', () => {
    const all = statements.flatMap(({ Action }) => Action);
    for (const action of [
      's3:GetObject',
      's3:*',
      's3:Get*',
      'secretsmanager:GetSecretValue',
      'secretsmanager:*',
      'kms:Decrypt',
      'kms:*',
    ]) {
      expect(all).not.toContain(action);
    }
  });

  test('is small enough for one managed policy', () => {
    // White space does not count (IAM, "Quotas": 6,144 characters).
    expect(JSON.stringify(read('aws')).length).toBeLessThan(6144);
  });
});

describe('azure', () => {
  const actions: string[] = read('azure').Actions;
  const covers = (right: string) => actions.some((action) => `${right}/write`.startsWith(action.replace(/\*$/, '')));

  test('covers every service that the stacks use', () => {
    expect(needed('azure', AZURE).filter((right) => !covers(right))).toEqual([]);
  });

  test('asks for nothing that they do not use', () => {
    const beside = [
      'Microsoft.Authorization/roleDefinitions/read',
      'Microsoft.KeyVault/locations/*',
      'Microsoft.Resources/deployments/*',
    ];
    const used = needed('azure', AZURE);
    const idle = actions.filter(
      (action) => !beside.includes(action) && !used.some((right) => `${right}/`.startsWith(action.replace(/\*$/, ''))),
    );
    expect(idle).toEqual([]);
  });

  test('reads no data, no account key and no administrator’s credential', () => {
    const { DataActions, NotActions } = read('azure');
    expect(DataActions).toEqual([]);
    expect(NotActions).toContain('Microsoft.Storage/storageAccounts/listKeys/action');
    expect(NotActions).toContain('Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action');
  });
});

describe('gcp', () => {
  const lists: Record<string, { role: string; reason: string }[]> = read('gcp');
  const roles = Object.values(lists).flatMap((list) => list.map(({ role }) => role));

  test('covers every service that the stacks use, and no other', () => {
    // Giving nodes their account takes a right of its own.
    expect([...needed('gcp', GCP), 'roles/iam.serviceAccountUser'].sort()).toEqual([...roles].sort());
  });

  test('is neither owner nor editor, and says why for each', () => {
    expect(roles).not.toContain('roles/owner');
    expect(roles).not.toContain('roles/editor');
    for (const { reason } of Object.values(lists).flat()) expect(reason).toMatch(/\w/);
  });
});
