import {
  type DeploymentModel,
  jobsOf,
  type NodePool,
  type RegionModel,
  sizing,
  taskManagers,
} from '../../config/index.ts';
import { regionResources, type StackResources } from '../plan/resources.ts';

/** What a region takes of its cloud's limits with every pool at its largest. */
export interface RegionNeeds {
  readonly nodes: readonly { readonly instance: string; readonly vcpus: number; readonly spot: boolean }[];
  /** Of nodes and of TaskManagers' volumes. */
  readonly diskGiB: number;
  /** Public addresses. */
  readonly addresses: number;
  /** Virtual CPUs of all regions of the file that are in the same account. */
  readonly accountVcpus: number;
}

/** Addresses that a stack makes are counted in the stack itself, as the estimate of its cost does. */
const ADDRESSES = {
  aws: 'aws_eip',
  azure: 'azurerm_public_ip',
  gcp: 'google_compute_address',
} as const;

export async function regionNeeds(deployment: DeploymentModel): Promise<ReadonlyMap<string, RegionNeeds>> {
  const resources = await regionResources(deployment);
  return new Map(
    deployment.regions.map((region) => [
      region.name,
      needsOf(deployment, region, resources.get(region.name) ?? new Map()),
    ]),
  );
}

/** @param resources what the region's stack makes */
export function needsOf(deployment: DeploymentModel, region: RegionModel, resources: StackResources): RegionNeeds {
  const { pools, taskManager } = sizing(region.size);
  const all: readonly NodePool[] = Object.values(pools);
  const volumes = taskManagers(region.size, deployment.agent.parallelism, jobsOf(deployment)) * taskManager.volumeGiB;
  return {
    nodes: Object.entries(pools).map(([name, pool]: [string, NodePool]) => ({
      instance: pool.instance[region.cloud],
      vcpus: pool.vcpu * pool.max,
      spot: name === 'worker' && region.spot,
    })),
    diskGiB: all.reduce((sum, { max, diskGiB }) => sum + max * diskGiB, volumes),
    addresses: (resources.get(ADDRESSES[region.cloud]) ?? []).filter((one) => one['address_type'] !== 'INTERNAL')
      .length,
    accountVcpus: deployment.regions
      .filter(({ cloud, account }) => cloud === region.cloud && account === region.account)
      .reduce((sum, { size }) => sum + vcpus(Object.values(sizing(size).pools)), 0),
  };
}

const vcpus = (pools: readonly NodePool[]) => pools.reduce((sum, { vcpu, max }) => sum + vcpu * max, 0);
