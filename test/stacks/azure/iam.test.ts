// Who may do what: the whole table, so that a right that nobody asked for is a failure as well.
import { describe, expect, it } from 'vitest';
import { type DeploymentModel, names, REGION_OUTPUTS, WORKLOADS } from '../../../config/index.ts';
import { workloadGrants } from '../../../stacks/azure/grants.ts';
import { active, deployment, everything, restricted, standby } from './deployments.ts';
import { at, type Json, ref, synthesize } from './synthesized.ts';

const STATE = 'azurerm_storage_container.state-container';
const BACKUPS = 'azurerm_storage_container.cluster-backups';
const SNAPSHOTS = 'azurerm_resource_group.snapshots';

/** Role assignments of a region as `who role scope`, without Terraform's spelling. */
function assignments(model: DeploymentModel, region?: string): string[] {
  const bare = (text: unknown) => String(text).replace(/\$\{|\}/g, '');
  return Object.values(synthesize(model, region).all('role_assignment'))
    .map((one) => [
      bare(one['principal_id']).replace(/^azurerm_user_assigned_identity\.|\.principal_id$/g, ''),
      one['role_definition_name'],
      bare(one['scope']).replace(/\.(id|resource_versionless_id)$/, ''),
    ])
    .map((one) => one.join(' | '))
    .sort();
}

const platform = [
  `azurerm_data_protection_backup_vault.backup-vault.identity[0] | Data Operator for Managed Disks | ${SNAPSHOTS}`,
  `azurerm_data_protection_backup_vault.backup-vault.identity[0] | Disk Snapshot Contributor | ${SNAPSHOTS}`,
  'azurerm_data_protection_backup_vault.backup-vault.identity[0] | Reader | azurerm_kubernetes_cluster.cluster',
  `azurerm_data_protection_backup_vault.backup-vault.identity[0] | Reader | ${SNAPSHOTS}`,
  `azurerm_data_protection_backup_vault.backup-vault.identity[0] | Storage Blob Data Reader | ${BACKUPS}`,
  `azurerm_kubernetes_cluster_extension.backup-extension.aks_assigned_identity[0] | Storage Blob Data Contributor | ${BACKUPS}`,
  `control-plane | Contributor | ${SNAPSHOTS}`,
  'control-plane | Key Vault Contributor | azurerm_key_vault.vault',
  'control-plane | Key Vault Crypto User | azurerm_key_vault_key.key-cluster',
  'control-plane | Managed Identity Operator | azurerm_user_assigned_identity.kubelet',
  'control-plane | Network Contributor | azurerm_route_table.routes',
  'control-plane | Network Contributor | azurerm_virtual_network.network',
  'control-plane | Private DNS Zone Contributor | azurerm_private_dns_zone.zone-api',
  'control-plane | Reader | azurerm_disk_encryption_set.disks',
  'data.azurerm_client_config.client.object_id | Key Vault Crypto Officer | azurerm_key_vault.vault',
  'key-user-disks | Key Vault Crypto Service Encryption User | azurerm_key_vault_key.key-disks',
  'key-user-registry | Key Vault Crypto Service Encryption User | azurerm_key_vault_key.key-registry',
  'key-user-state | Key Vault Crypto Service Encryption User | azurerm_key_vault_key.key-state',
  'kubelet | AcrPull | azurerm_container_registry.images',
];
const workers = [
  'identity-worker | Key Vault Secrets User | azurerm_key_vault.vault.id/secrets/reviews-eu-openai-key',
  'identity-worker | Key Vault Secrets User | azurerm_key_vault.vault.id/secrets/reviews-eu-store-password',
];
const flink = `identity-flink | Storage Blob Data Contributor | ${STATE}`;
const replicator = `identity-replicator | Storage Blob Data Contributor | ${STATE}`;
const lease = (peer: string) => `lease-${peer} | Storage Blob Data Contributor | ${STATE}`;
const reader = (peer: string) => `reader-${peer} | Storage Blob Data Reader | ${STATE}`;

describe('role assignments', () => {
  const zone = 'control-plane | Private DNS Zone Contributor | azurerm_private_dns_zone.zone-api';
  const kafka = [
    'identity-flink | Azure Event Hubs Data Receiver | azurerm_eventhub.topic-reviews',
    'identity-flink | Azure Event Hubs Data Sender | azurerm_eventhub.topic-ratings',
    'identity-flink | Azure Event Hubs Data Sender | azurerm_eventhub.topic-ratings_dead-letter',
    'key-user-kafka | Key Vault Crypto Service Encryption User | azurerm_key_vault_key.key-kafka',
  ];
  it.each<[string, () => DeploymentModel, string[]]>([
    [
      'a standby writes what it copies, nobody reads from it, and its peer writes the lease',
      standby,
      [...platform, ...workers, flink, replicator, lease('us')],
    ],
    [
      'an active region copies nothing and is read by each replica',
      active,
      [...platform, ...workers, flink, reader('north-1'), reader('asia')],
    ],
    ['a region alone has neither', restricted, [...platform.filter((one) => one !== zone), ...workers, flink]],
    [
      'an active region among others does both, and Flink its topics',
      everything,
      [...platform, ...workers, ...kafka, flink, replicator, reader('north-1'), reader('us')],
    ],
  ])('%s', (_name, model, expected) => {
    expect(assignments(model())).toEqual([...expected].sort());
  });

  it('name the principal’s type, except the deployer’s, who may be a person', () => {
    for (const [id, one] of Object.entries(synthesize(everything()).all('role_assignment'))) {
      expect(one['principal_type'], id).toBe(id === 'deployer-keys' ? undefined : 'ServicePrincipal');
    }
  });

  it('never reach a subscription, the region’s resource group or the whole state account', () => {
    for (const model of [standby(), active(), restricted(), everything()]) {
      for (const one of Object.values(synthesize(model).all('role_assignment'))) {
        expect(one['scope']).not.toMatch(/^\/subscriptions\/[^/]+$|resource_group\.group\b|storage_account\.state\b/);
        expect(one['role_definition_name']).not.toBe('Owner');
      }
    }
  });
});

describe('I1 I4 trust', () => {
  it.each(WORKLOADS)('of %s is pinned to this cluster, namespace and service account', (workload) => {
    const { one } = synthesize(standby());
    expect(one('federated_identity_credential', `trust-${workload}`)).toMatchObject({
      issuer: ref('azurerm_kubernetes_cluster.cluster.oidc_issuer_url'),
      subject: `system:serviceaccount:reviews:${workload}-eu`,
      audience: ['api://AzureADTokenExchange'],
      parent_id: ref(`azurerm_user_assigned_identity.identity-${workload}.id`),
    });
  });

  it.each([
    ['north-1', 'issuer_north_1'],
    ['asia', 'issuer_asia'],
  ])('of the reader for %s is that region’s replicator, once its issuer is known', (peer, variable) => {
    const { one, json } = synthesize(active());
    expect(one('federated_identity_credential', `reader-${peer}-trust`)).toMatchObject({
      count: ref(`(length(var.${variable}) >= 1) ? 1 : 0`),
      issuer: ref(`var.${variable}`),
      subject: `system:serviceaccount:reviews:replicator-${peer}`,
      audience: ['api://AzureADTokenExchange'],
      parent_id: ref(`azurerm_user_assigned_identity.reader-${peer}.id`),
    });
    expect(at(json, `variable.${variable}`)).toMatchObject({ type: 'string', default: '' });
  });

  it('is not given to anybody by a region alone', () => {
    const credentials = Object.keys(synthesize(restricted()).all('federated_identity_credential'));
    expect(credentials.sort()).toEqual(['trust-flink', 'trust-replicator', 'trust-worker']);
  });
});

describe('grants', () => {
  it('give one topic that is read and written both rights', () => {
    const model = everything();
    const same = {
      ...model,
      sink: { kafka: { topic: 'reviews', bootstrap: 'managed' as const, guarantee: 'exactly-once' as const } },
    };
    const region = model.regions[0];
    const roles = region && workloadGrants(same, region).filter(({ on }) => on.kind === 'topic');
    expect(roles?.map(({ role, on }) => [role, 'topic' in on && on.topic])).toEqual([
      ['Azure Event Hubs Data Receiver', 'reviews'],
      ['Azure Event Hubs Data Sender', 'reviews'],
      ['Azure Event Hubs Data Sender', 'reviews.dead-letter'],
    ]);
    expect(Object.keys(synthesize(same).all('eventhub')).sort()).toEqual([
      'topic-reviews',
      'topic-reviews_dead-letter',
    ]);
  });

  it('give the worker nothing when the file names no secret', () => {
    const model = deployment({
      regions: ['name: eu, cloud: azure, region: westeurope, role: active'],
      more: ['dr: { mode: none }'],
    });
    const bare = { ...model, secrets: [], resources: {} };
    expect(assignments(bare).filter((one) => one.startsWith('identity-worker'))).toEqual([]);
  });
});

describe('the contract with the charts', () => {
  it.each([
    ['standby', standby],
    ['active', active],
    ['restricted', restricted],
    ['everything', everything],
  ])('holds every output and the subjects that the identities trust (%s)', (_name, model) => {
    const { json, stack, one } = synthesize(model());
    const outputs = json['output'] as Record<string, Json>;
    for (const name of REGION_OUTPUTS) expect(outputs[name]?.['value'], name).toBeDefined();
    for (const workload of WORKLOADS) {
      expect(stack.contract.subjects[workload]).toBe(
        one('federated_identity_credential', `trust-${workload}`)['subject'],
      );
    }
    expect(outputs['state_root']?.['value']).toBe(stack.contract.stateRoot);
    expect(outputs['secret_names']?.['value']).toEqual(stack.contract.secretNames);
    expect(stack.contract.stateRoot).toContain(
      `${one('storage_container', 'state-container')['name']}@${one('storage_account', 'state')['name']}.`,
    );
    expect(stack.contract.namespace).toBe(names.namespace({ deployment: 'reviews' }));
  });

  it('names the endpoint that exists', () => {
    const endpoint = (model: DeploymentModel) => at(synthesize(model).json, 'output.cluster_endpoint.value');
    expect(endpoint(standby())).toBe(`https://${ref('azurerm_kubernetes_cluster.cluster.private_fqdn')}`);
    expect(endpoint(restricted())).toBe(`https://${ref('azurerm_kubernetes_cluster.cluster.fqdn')}`);
  });

  it('tells the Kafka endpoint only where there is one', () => {
    const kafka = (model: DeploymentModel) => at(synthesize(model).json, 'output.kafka_bootstrap.value');
    expect(kafka(everything())).toBe('reviews-eu-5c1a9e.servicebus.windows.net:9093');
    expect(kafka(standby())).toBe('');
  });
});
