import { describe, expect, it } from 'vitest';
import { overlaps, parseCidr, type RegionModel, SIZES, sizing } from '../../../config/index.ts';
import { AzureStackError } from '../../../stacks/azure/errors.ts';
import { partitions, processingUnits } from '../../../stacks/azure/kafka.ts';
import { nearestLocation } from '../../../stacks/azure/locations.ts';
import { poolTraits } from '../../../stacks/azure/nodes.ts';
import { stateAccountId } from '../../../stacks/azure/peers.ts';
import {
  addressPlan,
  clusterDns,
  flowLogAccount,
  logDays,
  maintenanceDay,
  subscriptionOf,
  zonesOf,
} from '../../../stacks/azure/placement.ts';
import { AZURE_EU, active, deployment, SUBSCRIPTION } from './deployments.ts';
import { at, synthesize } from './synthesized.ts';

describe('addresses', () => {
  it.each(['10.16.0.0/12', '10.17.0.0/16', '10.40.0.0/18', '10.40.16.0/20'])('of %s do not overlap', (cidr) => {
    const parts = Object.values(addressPlan(cidr)).map((part) => parseCidr(part));
    const whole = parseCidr(cidr);
    for (const [i, part] of parts.entries()) {
      expect(part && whole && part.first >= whole.first && part.last <= whole.last).toBe(true);
      for (const other of parts.slice(0, i)) expect(part && other && overlaps(part, other)).toBe(false);
    }
  });

  it('of /20 leave 2,048 to nodes', () => {
    expect(addressPlan('10.40.16.0/20')).toEqual({
      nodes: '10.40.16.0/21',
      endpoints: '10.40.24.0/24',
      firewall: '10.40.25.0/26',
      controlPlane: '10.40.26.0/28',
    });
  });

  it('have the tenth of the service block as DNS', () => {
    expect(clusterDns('172.20.0.0/16')).toBe('172.20.0.10');
    expect(() => clusterDns('none')).toThrow(RangeError);
  });
});

describe('zones', () => {
  it('are 1, 2 and 3 where the file says nothing', () => {
    expect(zonesOf({ index: 0 })).toEqual(['1', '2', '3']);
  });

  it.each([[['westeurope-1', '2', '3']], [['1', '1', '2']], [['1', '2', '4']]])('refuse %j', (zones) => {
    const error = caught(() => zonesOf({ index: 2, zones }));
    expect(error).toMatchObject({ code: 'HR-AZURE-001', path: 'regions[2].zones', received: JSON.stringify(zones) });
    expect(error.mend).toContain('"1", "2", "3"');
  });
});

describe('subscriptions', () => {
  it('are the file’s, or those of the credentials', () => {
    expect(subscriptionOf({ index: 0, account: SUBSCRIPTION })).toBe(SUBSCRIPTION);
    expect(subscriptionOf({ index: 0 })).toBeUndefined();
    expect(at(synthesize(active()).json, 'provider.azurerm.subscription_id')).toBe(SUBSCRIPTION);
  });

  it('refuse an account of another cloud, before anything is written', () => {
    const model = deployment({
      regions: [`${AZURE_EU}, role: active, account: "123456789012"`],
      more: ['dr: { mode: none }'],
    });
    expect(caught(() => synthesize(model))).toMatchObject({ code: 'HR-AZURE-002', path: 'regions[0].account' });
  });

  it('of a peer are its own, else this region’s', () => {
    const [eu, north] = active().regions as [RegionModel, RegionModel];
    expect(stateAccountId(eu, 'OTHER')).toBe(
      `/subscriptions/${SUBSCRIPTION}/resourceGroups/reviews-eu/providers/Microsoft.Storage/storageAccounts/${eu.stateRoot.bucket}`,
    );
    expect(stateAccountId(north, 'OTHER')).toContain('/subscriptions/OTHER/resourceGroups/reviews-north-1/');
  });
});

describe('sizes', () => {
  it.each(SIZES)('%s gives every pool its machines and bounds', (size) => {
    const model = deployment({ regions: [`${AZURE_EU}, role: active, size: ${size}`], more: ['dr: { mode: none }'] });
    const { one } = synthesize(model);
    const { pools } = sizing(size);
    const found = {
      system: at(one('kubernetes_cluster', 'cluster'), 'default_node_pool'),
      flink: one('kubernetes_cluster_node_pool', 'pool-flink'),
      worker: one('kubernetes_cluster_node_pool', 'pool-worker'),
    };
    for (const name of ['system', 'flink', 'worker'] as const) {
      expect(found[name]).toMatchObject({
        vm_size: pools[name].instance.azure,
        min_count: pools[name].min,
        max_count: pools[name].max,
        os_disk_size_gb: pools[name].diskGiB,
        auto_scaling_enabled: true,
        max_pods: 110,
      });
    }
  });

  it('make only workers spot', () => {
    expect(poolTraits('worker', { spot: true })).toMatchObject({
      priority: 'Spot',
      evictionPolicy: 'Delete',
      spotMaxPrice: -1,
    });
    expect(poolTraits('worker', { spot: false })).not.toHaveProperty('priority');
    expect(poolTraits('flink', { spot: true })).not.toHaveProperty('priority');
  });
});

describe('names and numbers', () => {
  it('keep flow logs in an account of a legal name that is not the state’s', () => {
    for (const region of active().regions.filter(({ cloud }) => cloud === 'azure')) {
      expect(flowLogAccount(region)).toMatch(/^[a-z0-9]{3,24}$/);
      expect(flowLogAccount(region)).not.toBe(region.stateRoot.bucket);
    }
  });

  it.each([
    [1, 30],
    [30, 30],
    [90, 90],
    [400, 400],
    [3650, 730],
  ])('keep logs of %i days for %i', (days, kept) => {
    expect(logDays({ logRetention: days * 86_400_000 })).toBe(kept);
  });

  it('upgrade a standby before the active region, and active regions on different days', () => {
    expect(maintenanceDay({ role: 'standby', index: 0 })).toBe('Thursday');
    expect(maintenanceDay({ role: 'active', index: 0 })).not.toBe(maintenanceDay({ role: 'active', index: 1 }));
  });

  it.each([
    [3, 1],
    [4, 2],
    [12, 4],
    [30, 16],
  ])('turn %i brokers into %i processing units', (brokers, units) => {
    expect(processingUnits({ brokers } as Parameters<typeof processingUnits>[0])).toBe(units);
  });

  it.each([
    [1, 3],
    [8, 8],
    [256, 100],
  ])('give a topic for parallelism %i %i partitions', (parallelism, count) => {
    expect(partitions({ parallelism } as Parameters<typeof partitions>[0])).toBe(count);
  });

  it.each([
    ['azure', 'westeurope', 'westeurope'],
    ['aws', 'us-east-1', 'eastus'],
    ['aws', 'eu-west-1', 'northeurope'],
    ['aws', 'eu-central-1', 'germanywestcentral'],
    ['aws', 'ap-southeast-2', 'australiaeast'],
    ['aws', 'ap-south-1', 'centralindia'],
    ['gcp', 'us-central1', 'centralus'],
    ['gcp', 'europe-west2', 'uksouth'],
    ['gcp', 'asia-southeast1', 'southeastasia'],
    ['gcp', 'southamerica-east1', 'brazilsouth'],
    ['gcp', 'moon-base1', 'eastus'],
  ] as const)('take %s %s for near %s', (cloud, region, location) => {
    expect(nearestLocation({ cloud, region })).toBe(location);
  });
});

function caught(run: () => unknown): AzureStackError {
  try {
    run();
  } catch (error) {
    if (error instanceof AzureStackError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
