import { describe, expect, test } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { egressGroups, egressTargets } from '../../../stacks/gcp/egress.ts';
import { GcpStackError } from '../../../stacks/gcp/errors.ts';
import { AWS_US, AZURE_WEST, deployment, everything, GCP_ASIA, standby } from './deployments.ts';
import { at, synthesize } from './synthesized.ts';

const targets = (model: DeploymentModel, name = 'asia') =>
  egressTargets(model, model.regions.find((region) => region.name === name) as never).map(
    ({ host, port }) => `${host}:${port}`,
  );
const lone = (...more: string[]) =>
  deployment({ regions: [`${GCP_ASIA}, role: active`], more: ['dr: { mode: none }', ...more] });

describe('the allow list', () => {
  test('names models, brokers and registries of the file and nothing else', () => {
    expect(targets(lone('images: { registry: "ghcr.io/acme" }'))).toEqual([
      'api.openai.com:443',
      'ghcr.io:443',
      'broker.example.net:9093',
      '192.0.2.7:9094',
    ]);
  });

  test('lets a standby reach the state store that it copies from', () => {
    expect(targets(standby())).toEqual(
      expect.arrayContaining([
        'reviews-us-state-5c1a9e.s3.us-east-1.amazonaws.com:443',
        'sts.us-east-1.amazonaws.com:443',
      ]),
    );
  });

  test('lets an active region reach the store of the lease', () => {
    const model = deployment({ regions: [`${GCP_ASIA}, role: active`, `${AZURE_WEST}, role: standby`] });
    expect(targets(model)).toEqual(expect.arrayContaining(['login.microsoftonline.com:443']));
    expect(targets(model).filter((target) => target.endsWith('.dfs.core.windows.net:443'))).toHaveLength(1);
  });

  test('needs no entry for stores on Google Cloud', () => {
    const model = deployment({
      regions: [`${GCP_ASIA}, role: active`, 'name: eu, cloud: gcp, region: europe-west4, role: standby'],
    });
    expect(targets(model).filter((target) => target.includes('google'))).toEqual([]);
  });

  test('leaves out what the private addresses of Google serve, and what is inside the cluster', () => {
    const model = lone(
      'network: { egress: ["*.googleapis.com", us-docker.pkg.dev] }',
      'flink: { highAvailability: zookeeper, zookeeper: ["zk-0.zk.svc:2181", "zk.example.net:2181"] }',
    );
    expect(targets(model).filter((target) => target.endsWith(':443'))).toEqual(['api.openai.com:443']);
    expect(targets(model)).toContain('zk.example.net:2181');
    expect(targets(model)).not.toContain('zk-0.zk.svc:2181');
  });

  test('is empty for managed Kafka, whose brokers are inside the network', () => {
    expect(targets(everything()).filter((target) => /:90\d\d$/.test(target))).toEqual([]);
  });

  test('refuses a wildcard with its place and the mend', () => {
    const model = lone('network: { egress: ["*.example.org"] }');
    const error = (() => {
      try {
        return targets(model);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(GcpStackError);
    expect(error).toMatchObject({ code: 'HR-GCP-001', path: 'network.egress', received: '*.example.org' });
    expect((error as GcpStackError).mend).toContain('name each host');
  });

  test('does not mind a wildcard where no region is on Google Cloud', () => {
    const model = deployment({
      regions: [`${AWS_US}, role: active`],
      more: ['dr: { mode: none }', 'network: { egress: ["*.example.org"] }'],
    });
    expect(model.regions).toHaveLength(1);
  });
});

describe('firewall rules', () => {
  test('put names and addresses of a port into rules of their own', () => {
    const { one } = synthesize(lone());
    const rule = (name: string) => one('google_compute_network_firewall_policy_rule', name);
    expect(at(rule('egress-names-0'), 'match.dest_fqdns')).toEqual(['api.openai.com']);
    expect(at(rule('egress-names-0'), 'match.layer4_configs')).toEqual([{ ip_protocol: 'tcp', ports: ['443'] }]);
    expect(at(rule('egress-addresses-2'), 'match.dest_ip_ranges')).toEqual(['192.0.2.7/32']);
    expect(rule('egress-names-0')['description']).toBe('Asked for by resources.judge');
  });

  test('allow before they deny', () => {
    const rules = Object.values(synthesize(everything()).all('google_compute_network_firewall_policy_rule'));
    const priority = (action: string) =>
      rules.filter((rule) => rule['action'] === action).map((rule) => Number(rule['priority']));
    expect(Math.max(...priority('allow'))).toBeLessThan(Math.min(...priority('deny')));
    expect(new Set(rules.map((rule) => rule['priority'])).size).toBe(rules.length);
  });

  test('take effect only when all of them stand', () => {
    const { all, one } = synthesize(everything());
    const rules = Object.keys(all('google_compute_network_firewall_policy_rule'));
    const { depends_on: waitsFor } = one('google_compute_network_firewall_policy_association', 'egress-association');
    expect([...(waitsFor as string[])].sort()).toEqual(
      rules.map((name) => `google_compute_network_firewall_policy_rule.${name}`).sort(),
    );
  });

  test('hold at most 100 names each', () => {
    const many = Array.from({ length: 230 }, (_, i) => ({ host: `h${i}.example.org`, port: 443, reason: 'x' }));
    expect(egressGroups(many).map(({ fqdns }) => fqdns.length)).toEqual([100, 100, 30]);
  });
});
