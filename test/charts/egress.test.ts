import { describe, expect, it } from 'vitest';
import { flinkCluster } from '../../charts/flink-cluster/chart.ts';
import { egressPorts } from '../../charts/flink-cluster/endpoints.ts';
import { flinkValues } from '../../charts/flink-cluster/values.ts';
import type { ChartInput } from '../../charts/index.ts';
import { inputs, type Manifest, manifests, ONE_REGION, pick, THREE_REGIONS } from './inputs.ts';

const [us, eu, asia] = inputs(THREE_REGIONS) as [ChartInput, ChartInput, ChartInput];
const [only] = inputs(ONE_REGION) as [ChartInput];

/** `block:port` of everything that a TaskManager may reach outside of the cluster. */
const outside = (objects: readonly Manifest[], release: string): string[] =>
  pick(objects, 'NetworkPolicy', `${release}-taskmanager`)
    .spec.egress.filter((rule: Manifest) => rule.to.some((peer: Manifest) => peer.ipBlock))
    .flatMap((rule: Manifest) =>
      rule.to.flatMap((peer: Manifest) => rule.ports.map((p: Manifest) => `${peer.ipBlock.cidr}:${p.port}`)),
    );

describe('egress of Flink', () => {
  it('reaches the ports of own brokers and of ZooKeeper', () => {
    const reachable = outside(manifests(only), 'solo-flink');
    expect(reachable).toEqual(expect.arrayContaining(['0.0.0.0/0:443', '0.0.0.0/0:9094', '0.0.0.0/0:2181']));
  });

  it('has no port of ZooKeeper where Kubernetes elects the leader', () => {
    expect(egressPorts(us.deployment)).toEqual([443, 9092, 9093, 9098]);
  });

  it.each([
    ['AWS', us, ['169.254.170.23/32:80', '169.254.170.23/32:988']],
    ['Azure', eu, []],
    [
      'Google Cloud',
      asia,
      ['169.254.169.252/32:80', '169.254.169.254/32:80', '169.254.169.252/32:988', '169.254.169.254/32:988'],
    ],
  ])("reaches the node's identity agent of %s and no other link-local address", (_, input, expected) => {
    expect(outside(manifests(input), 'reviews-flink').filter((one) => one.startsWith('169.254.'))).toEqual(expected);
  });

  it('stays in the network of the region on Azure, where brokers and stores have private addresses', () => {
    const blocks = outside(manifests(eu), 'reviews-flink').map((one) => one.split(':')[0]);
    expect(new Set(blocks)).toEqual(new Set([eu.region.cidr]));
  });

  it('is nothing, not everything, without a block', () => {
    const values = flinkValues(us);
    const network = { ...values.network, egressCidrs: [], kubernetesApiCidrs: [], identityCidrs: [] };
    const objects = flinkCluster({ name: 'r', namespace: 'n' }, { ...values, network });
    for (const rule of pick(objects, 'NetworkPolicy', 'r-taskmanager').spec.egress) expect(rule.to).not.toEqual([]);
    expect(outside(objects, 'r')).toEqual([]);
  });
});

describe('requests', () => {
  it.each([
    ['reviews-flink-taskmanager', '2', '4096Mi'],
    ['reviews-agents-worker', '1', '2048Mi'],
  ])('of %s are what the size of the region says', (name, cpu, memory) => {
    const [container] = pick(manifests(us), 'StatefulSet', name).spec.template.spec.containers;
    expect(String(container.resources.requests.cpu)).toBe(cpu);
    expect(container.resources.requests.memory).toBe(memory);
    expect(container.resources.limits).toEqual({ memory });
  });

  it('for a volume name its size, without which the API server refuses the claim', () => {
    const [claim] = pick(manifests(us), 'StatefulSet', 'reviews-flink-taskmanager').spec.volumeClaimTemplates;
    expect(claim.spec.resources.requests).toEqual({ storage: '50Gi' });
  });
});
