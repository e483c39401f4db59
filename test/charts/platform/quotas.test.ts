import { describe, expect, it } from 'vitest';
import { quotaOf, quotaShares } from '../../../charts/platform/quotas.ts';
import { parseBytes } from '../../../config/index.ts';
import { type Manifest, manifests, pick } from '../inputs.ts';
import { objects, ofKind, region } from './deployments.ts';

describe('quotas', () => {
  it('are the sum of the shares with room above, rounded up', () => {
    const shares = [
      { what: 'a', pods: 3, cpu: 0.5, memoryMiB: 100, volumeGiB: 10 },
      { what: 'b', pods: 1, cpu: 2, memoryMiB: 50 },
    ];
    expect(quotaOf(shares, 0)).toMatchObject({
      pods: '4',
      'requests.cpu': '4',
      'requests.memory': '350Mi',
      'limits.memory': '350Mi',
      'requests.storage': '30Gi',
      persistentvolumeclaims: '3',
    });
    expect(quotaOf(shares, 10)).toMatchObject({ pods: '5', 'requests.memory': '385Mi', 'requests.storage': '33Gi' });
    expect(quotaOf([], 50)).toMatchObject({ pods: '0', 'requests.storage': '0Gi' });
  });

  it.each(['small', 'medium', 'large'])('hold everything that the charts of size %s run at their largest', (size) => {
    const input = region({ lines: ['network: { egress: [api.example.net] }'] });
    const sized = { ...input, region: { ...input.region, size: size as 'small' } };
    const { hard } = pick(objects(sized), 'ResourceQuota', 'headrace').spec;
    const all = manifests(sized);
    const most = (workload: Manifest) =>
      ofKind(all, 'HorizontalPodAutoscaler').find((one) => one.spec.scaleTargetRef.name === workload.metadata.name)
        ?.spec.maxReplicas ?? workload.spec.replicas;
    let [pods, cpu, memory] = [0, 0, 0];
    for (const workload of all.filter((one) => one.spec?.template?.spec && one.metadata.namespace === 'reviews')) {
      for (const { resources } of workload.spec.template.spec.containers) {
        cpu += most(workload) * Number(resources.requests.cpu);
        memory += most(workload) * (parseBytes(resources.limits.memory) ?? Number.NaN);
      }
      pods += most(workload);
    }
    expect(pods).toBeGreaterThan(5);
    expect(Number(hard.pods)).toBeGreaterThan(pods);
    expect(Number(hard['requests.cpu'])).toBeGreaterThan(cpu);
    expect(parseBytes(hard['limits.memory'])).toBeGreaterThan(memory);
    expect(hard['requests.memory']).toBe(hard['limits.memory']);
    expect([hard['services.loadbalancers'], hard['services.nodeports']]).toEqual(['0', '0']);
  });

  it('show their arithmetic, and count a proxy only where there is one', () => {
    const quota = pick(objects(region()), 'ResourceQuota', 'headrace');
    expect(quota.metadata.annotations['headrace.dev/arithmetic']).toContain(
      'TaskManagers: 3 x (2 cores, 4096 MiB, 50 GiB volume)',
    );
    expect(quota.metadata.annotations['headrace.dev/arithmetic']).toMatch(/and 25 % above$/);
    const proxies = (lines: string[]) => quotaShares(region({ lines })).filter(({ what }) => what.startsWith('egress'));
    expect(proxies([])).toEqual([]);
    expect(proxies(['network: { egress: [api.example.net] }'])).toMatchObject([{ pods: 3, memoryMiB: 512 }]);
  });

  it('are left out by choice; a container without requests gets some in any case', () => {
    const all = objects(region({ lines: ['cluster: { quota: { enabled: false } }'] }));
    expect(ofKind(all, 'ResourceQuota')).toEqual([]);
    expect(pick(all, 'LimitRange', 'headrace').spec.limits).toEqual([
      { type: 'Container', defaultRequest: { cpu: '100m', memory: '256Mi' }, default: { memory: '256Mi' } },
    ]);
  });
});
