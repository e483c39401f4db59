import { describe, expect, it, test } from 'vitest';
import { servicesNamed } from '../../../charts/platform/egress.ts';
import { EGRESS_PROXY, proxyEnvironment, usesEgressProxy } from '../../../charts/platform/egress-proxy.ts';
import { squidConfiguration } from '../../../charts/platform/squid-configuration.ts';
import type { EgressRule } from '../../../config/index.ts';
import { type Manifest, pick } from '../inputs.ts';
import { objects, ofKind, region } from './deployments.ts';

const HOSTS = ['network: { egress: ["*.example.com", api.example.net] }'];
const MODEL = 'resources: { judge: { chat: openai, model: m, secret: k, url: "https://models.example.org:8443/v1" } }';
const LISTED = [...HOSTS, MODEL, 'secrets: [k]'];
const by = (cloud: string, how: string, hosts = '"*.example.com", api.example.net') => [
  `network: { egress: [${hosts}], enforcement: { ${cloud}: ${how} } }`,
];

test.each([
  ['aws', [], 'Deployment'],
  ['aws', by('aws', 'cilium'), 'CiliumNetworkPolicy'],
  ['azure', [], 'CiliumNetworkPolicy'],
  ['azure', by('azure', 'proxy'), 'Deployment'],
  ['gcp', [], 'FQDNNetworkPolicy'],
  ['gcp', by('gcp', 'proxy'), 'Deployment'],
] as const)('workers of %s with %j are held to their list by a %s and nothing else', (cloud, lines, kind) => {
  const all = objects(region({ cloud, lines: lines.length ? lines : HOSTS }));
  for (const one of ['Deployment', 'CiliumNetworkPolicy', 'FQDNNetworkPolicy'])
    expect(ofKind(all, one).length > 0, one).toBe(one === kind);
});

test.each(['aws', 'azure', 'gcp'] as const)('without a host nothing on %s lets a worker out', (cloud) => {
  const all = objects(region({ cloud }));
  expect(ofKind(all, 'NetworkPolicy').map((policy: Manifest) => policy.metadata.name)).toEqual(['default-deny']);
  expect(all.some((object) => /Fqdn|FQDN|Cilium/.test(object.kind) || object.kind === 'Deployment')).toBe(false);
});

describe('policies by name', () => {
  it('of Cilium name hosts by port, wildcards as patterns, and show DNS to the agent', () => {
    for (const input of [
      region({ cloud: 'azure', lines: LISTED }),
      region({ lines: [...by('aws', 'cilium'), MODEL, 'secrets: [k]'] }),
    ]) {
      const { spec } = pick(objects(input), 'CiliumNetworkPolicy', 'worker-hosts');
      expect(spec.endpointSelector).toEqual({ matchLabels: { 'headrace.dev/component': 'worker' } });
      expect(spec.egress[0].toPorts[0].rules.dns).toEqual([{ matchPattern: '*' }]);
      expect(spec.egress.slice(1)).toEqual([
        {
          toFQDNs: [{ matchPattern: '*.example.com' }, { matchName: 'api.example.net' }],
          toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }],
        },
        {
          toFQDNs: [{ matchName: 'models.example.org' }],
          toPorts: [{ ports: [{ port: '8443', protocol: 'TCP' }] }],
        },
      ]);
    }
  });

  it('of GKE are one a host, since each stands for 50 addresses at most', () => {
    const policies = ofKind(objects(region({ cloud: 'gcp', lines: LISTED })), 'FQDNNetworkPolicy');
    const [wildcard, name, other] = policies;
    expect(policies).toHaveLength(3);
    expect(wildcard.metadata.name).toBe('worker-host-any.example.com');
    expect(wildcard.spec.egress[0].matches).toEqual([{ pattern: '*.example.com' }]);
    expect(name.spec.egress).toEqual([
      { matches: [{ name: 'api.example.net' }], ports: [{ protocol: 'TCP', port: 443 }] },
    ]);
    expect(other.spec.egress[0].ports).toEqual([{ protocol: 'TCP', port: 8443 }]);
    for (const { spec } of policies)
      expect(spec.podSelector).toEqual({ matchLabels: { 'headrace.dev/component': 'worker' } });
  });
});

describe('the egress proxy', () => {
  const input = region({ lines: LISTED });
  const all = objects(input);
  const { spec } = pick(all, 'Deployment', 'egress-proxy');

  it('is reached by workers alone, and alone leaves the cluster', () => {
    const policy = pick(all, 'NetworkPolicy', 'egress-proxy').spec;
    expect(policy.podSelector.matchLabels).toEqual(spec.selector.matchLabels);
    expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(policy.ingress).toEqual([
      {
        from: [{ podSelector: { matchLabels: { 'headrace.dev/component': 'worker' } } }],
        ports: [{ port: EGRESS_PROXY.port, protocol: 'TCP' }],
      },
    ]);
    const leaving = ofKind(all, 'NetworkPolicy').filter((one) =>
      JSON.stringify(one.spec.egress ?? []).includes('ipBlock'),
    );
    expect(leaving.map((one) => one.metadata.name)).toEqual(['egress-proxy']);
    expect(pick(all, 'NetworkPolicy', 'worker-egress-proxy').spec).toEqual({
      podSelector: { matchLabels: { 'headrace.dev/component': 'worker' } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: spec.selector }], ports: [{ port: EGRESS_PROXY.port, protocol: 'TCP' }] }],
    });
  });

  it('reaches the ports of the list, but no identity of a node, Service or pod', () => {
    const rule = pick(all, 'NetworkPolicy', 'egress-proxy').spec.egress[1];
    expect(rule.to).toEqual([
      { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16', '100.64.0.0/14', '172.20.0.0/16'] } },
    ]);
    expect(rule.ports.map((one: Manifest) => one.port)).toEqual([443, 8443]);
  });

  it('runs twice on different nodes where it can, and never less than one pod is there', () => {
    expect(spec.replicas).toBe(2);
    expect(spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    const [term] = spec.template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    expect(term.podAffinityTerm).toEqual({ topologyKey: 'kubernetes.io/hostname', labelSelector: spec.selector });
    expect(pick(all, 'PodDisruptionBudget', 'egress-proxy').spec).toEqual({
      maxUnavailable: 1,
      selector: spec.selector,
    });
    expect(pick(all, 'Service', 'egress-proxy').spec.selector).toEqual(spec.selector.matchLabels);
  });

  it('is another pod for another list', () => {
    const annotation = (lines: string[]) =>
      pick(objects(region({ lines })), 'Deployment', 'egress-proxy').spec.template.metadata.annotations;
    expect(annotation(LISTED)).toEqual(spec.template.metadata.annotations);
    expect(annotation(HOSTS)).not.toEqual(spec.template.metadata.annotations);
  });

  it('comes from the registry of the images', () => {
    const own = region({ lines: [...HOSTS, 'images: { registry: registry.example.com/team, tag: "7" }'] });
    const [container] = pick(objects(own), 'Deployment', 'egress-proxy').spec.template.spec.containers;
    expect(container.image).toBe('registry.example.com/team/headrace-egress-proxy:7');
  });

  it('is named to workers by their environment, where there is one', () => {
    expect(proxyEnvironment(input.deployment, input.region, 'reviews')).toEqual({
      HTTPS_PROXY: 'http://egress-proxy.reviews.svc:3128',
      NO_PROXY: 'localhost,127.0.0.1,.svc,.cluster.local',
      NODE_USE_ENV_PROXY: '1',
    });
    for (const none of [region(), region({ cloud: 'gcp', lines: HOSTS })]) {
      expect(usesEgressProxy(none.deployment, none.region)).toBe(false);
      expect(proxyEnvironment(none.deployment, none.region, 'reviews')).toEqual({});
    }
  });
});

describe("Squid's configuration", () => {
  const rule = (host: string, port = 443): EgressRule => ({ host, port, reason: 'network.egress' });
  const access = (rules: EgressRule[]) =>
    squidConfiguration(rules, EGRESS_PROXY)
      .split('\n')
      .filter((line) => /^(acl (host|port)_|http_access)/.test(line));

  it('lets a tunnel to a listed host and port through and refuses the rest', () => {
    expect(access([rule('api.example.net'), rule('*.example.com', 8443)])).toEqual([
      'http_access deny health_port health_path',
      'http_access deny health_port',
      'acl host_0 dstdomain -n api.example.net',
      'acl port_0 port 443',
      'http_access allow tunnel host_0 port_0',
      'acl host_1 dstdom_regex -n ^[a-z0-9_-]+\\.example\\.com$',
      'acl port_1 port 8443',
      'http_access allow tunnel host_1 port_1',
      'http_access deny all',
    ]);
  });

  it('lets nothing through without a host', () => {
    expect(access([]).filter((line) => line.includes('allow'))).toEqual([]);
    expect(access([]).at(-1)).toBe('http_access deny all');
  });
});

describe('services of the cluster that resources name', () => {
  it.each([
    ['http://ollama.models.svc.cluster.local:11434', [{ namespace: 'models', port: 11434 }]],
    ['http://ollama.models.svc', [{ namespace: 'models', port: 80 }]],
    ['https://models.example.org', []],
    ['http://127.0.0.1:11434', []],
  ])('%s: %j', (url, expected) => {
    expect(
      servicesNamed(region({ lines: [`resources: { a: { chat: ollama, model: m, url: "${url}" } }`] }).deployment),
    ).toEqual(expected);
  });

  it('are reached by workers on their port', () => {
    const lines = [
      'resources: { a: { firstOf: [{ chat: ollama, model: m, url: "http://ollama.models.svc:11434" }] } }',
    ];
    expect(pick(objects(region({ lines })), 'NetworkPolicy', 'worker-services').spec.egress).toEqual([
      {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'models' } } }],
        ports: [{ port: 11434, protocol: 'TCP' }],
      },
    ]);
  });
});
