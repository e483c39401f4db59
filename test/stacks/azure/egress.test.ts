import { describe, expect, it } from 'vitest';
import type { RegionModel } from '../../../config/index.ts';
import { type EgressTarget, egressTargets } from '../../../stacks/azure/egress.ts';
import { ruleCollections } from '../../../stacks/azure/firewall.ts';
import { active, everything, standby } from './deployments.ts';
import { at, type Json, synthesize } from './synthesized.ts';

const PLATFORM = [
  '*.cloud.defender.microsoft.com:443',
  '*.handler.control.monitor.azure.com:443',
  '*.ingest.monitor.azure.com:443',
  '*.ods.opinsights.azure.com:443',
  '*.oms.opinsights.azure.com:443',
  'login.microsoftonline.com:443',
];
const backup = (location: string) => `${location}.dp.kubernetesconfiguration.azure.com:443`;

const listed = (targets: readonly EgressTarget[]) => targets.map(({ host, port }) => `${host}:${port}`);
const region = (model: ReturnType<typeof standby>, name: string) =>
  model.regions.find((one) => one.name === name) as RegionModel;

describe('egress targets', () => {
  it('of a standby are the file’s, the platform’s and the state that it copies', () => {
    const model = standby();
    expect(listed(egressTargets(model, region(model, 'eu')))).toEqual(
      [
        ...PLATFORM,
        backup('westeurope'),
        'api.openai.com:443',
        'broker.example.net:9093',
        '192.0.2.7:9094',
        `${region(model, 'us').stateRoot.bucket}.s3.us-east-1.amazonaws.com:443`,
        'sts.us-east-1.amazonaws.com:443',
      ].sort(),
    );
  });

  it('of an active region hold no state but that of the lease', () => {
    const model = active();
    const targets = listed(egressTargets(model, region(model, 'eu')));
    expect(targets).toContain('storage.googleapis.com:443');
    expect(targets.filter((one) => one.includes('core.windows.net'))).toEqual([]);
  });

  it('of an Azure standby hold the Azure account that it copies', () => {
    const model = active();
    const { bucket } = region(model, 'eu').stateRoot;
    expect(listed(egressTargets(model, region(model, 'north-1')))).toEqual(
      expect.arrayContaining([`${bucket}.blob.core.windows.net:443`, `${bucket}.dfs.core.windows.net:443`]),
    );
  });

  it.each([
    ['otel.example.net', 4318, 'http', 'observability.traces'],
    ['zk.example.org', 2181, 'tcp', 'flink.zookeeper'],
    ['images.example.org', 8443, 'tls', 'images.registry'],
    ['*.example.net', 443, 'tls', 'network.egress'],
    ['api.openai.com', 443, 'tls', 'resources.judge'],
  ])('hold %s:%i by %s, since %s asks for it', (host, port, by, reason) => {
    const model = everything();
    expect(egressTargets(model, region(model, 'eu'))).toContainEqual({ host, port, by, reason });
  });

  it('do not hold a managed Kafka, which is inside', () => {
    const model = everything();
    expect(egressTargets(model, region(model, 'eu')).filter(({ reason }) => reason.includes('kafka'))).toEqual([]);
  });

  it('do not hold a collector inside the cluster', () => {
    const model = standby();
    const inside = { ...model, observability: { ...model.observability, traces: 'http://otel.monitoring.svc:4318' } };
    expect(listed(egressTargets(inside, region(model, 'eu')))).toEqual(
      listed(egressTargets(model, region(model, 'eu'))),
    );
  });
});

describe('N3 firewall rules', () => {
  it('match TLS and HTTP by name, all else by address', () => {
    const rules = ruleCollections(
      [
        { host: '*.example.net', port: 8443, by: 'tls', reason: 'a' },
        { host: 'plain.example.net', port: 80, by: 'http', reason: 'b' },
        { host: 'broker.example.net', port: 9093, by: 'tcp', reason: 'c' },
        { host: '192.0.2.7', port: 9094, by: 'tcp', reason: 'd' },
      ],
      ['10.0.0.0/16'],
    );
    const [, wildcard, plain] = rules.applicationRuleCollection[0]?.rule ?? [];
    expect(wildcard).toMatchObject({
      name: 'any.example.net-8443',
      destinationFqdns: ['*.example.net'],
      protocols: [{ type: 'Https', port: 8443 }],
      sourceAddresses: ['10.0.0.0/16'],
    });
    expect(plain).toMatchObject({ protocols: [{ type: 'Http', port: 80 }] });
    const [, broker, address] = rules.networkRuleCollection[0]?.rule ?? [];
    expect(broker).toMatchObject({
      destinationFqdns: ['broker.example.net'],
      destinationPorts: ['9093'],
      protocols: ['TCP'],
    });
    expect(address).toMatchObject({ destinationAddresses: ['192.0.2.7'], destinationPorts: ['9094'] });
  });

  it('allow what AKS needs by its tag, and have no rule for any destination', () => {
    const group = synthesize(standby()).one('firewall_policy_rule_collection_group', 'egress-rules');
    const named = at(group, 'application_rule_collection.rule') as Json[];
    expect(named[0]?.['destination_fqdn_tags']).toEqual(['AzureKubernetesService']);
    const all = [...named, ...(at(group, 'network_rule_collection.rule') as Json[])];
    for (const rule of all) {
      const destinations = [rule['destination_fqdns'], rule['destination_addresses']].flat();
      expect(destinations.filter((one) => one === '*' || one === '0.0.0.0/0')).toEqual([]);
    }
    expect(new Set(all.map((rule) => rule['name'])).size).toBe(all.length);
  });

  it('stand before a node starts', () => {
    const { one } = synthesize(standby());
    expect(one('kubernetes_cluster', 'cluster')['depends_on']).toEqual(
      expect.arrayContaining([
        'azurerm_route.route-out',
        'azurerm_subnet_route_table_association.routes-nodes',
        'azurerm_virtual_network_dns_servers.resolver',
      ]),
    );
    expect(one('firewall', 'firewall')['depends_on']).toEqual([
      'azurerm_firewall_policy_rule_collection_group.egress-rules',
    ]);
  });
});
