import { type DeploymentModel, managedKafka, type NodePool, type RegionModel, sizing } from '../../config/index.ts';
import { table } from '../terminal/table.ts';
import { type Item, type Price, priceOf, UNITS } from './prices.ts';
import { regionResources, type StackResources } from './resources.ts';

/** 365 days over twelve months. */
const HOURS_A_MONTH = 730;

/** One thing of a region and what it costs a month. */
export interface CostLine {
  readonly what: string;
  readonly count: number;
  readonly unit: 'hour' | 'month';
  /** Absent where no price is known: the line is not in the sum. */
  readonly price?: Price;
  /** US dollars a month. */
  readonly monthly?: number;
  readonly arithmetic: string;
}

export interface RegionCost {
  readonly region: string;
  readonly cloud: string;
  readonly location: string;
  readonly lines: readonly CostLine[];
  /** US dollars a month of what has a price. */
  readonly monthly: number;
  /** What costs something and has no price here, or depends on use. */
  readonly notIncluded: readonly string[];
}

/** What depends on use alone, by cloud. */
const BY_USE = {
  aws: 'stored state and its copies, traffic through firewall, NAT and between regions, logs, metrics, audit, backups, images',
  azure:
    'stored state and its copies, traffic through the firewall and between regions, logs, metrics, backups, Defender',
  gcp: 'stored state and its copies, traffic through NAT and firewall and between regions, logs, metrics, backups, images',
} as const;

const KAFKA = {
  aws: 'MSK brokers and their storage',
  azure: 'Event Hubs processing units',
  gcp: 'managed Kafka',
} as const;

/** What each region costs a month with its pools at their least size: an estimate from list prices. */
export async function deploymentCost(deployment: DeploymentModel, prices: readonly Price[]): Promise<RegionCost[]> {
  const resources = await regionResources(deployment);
  return deployment.regions.map((region) =>
    regionCost(deployment, region, resources.get(region.name) ?? new Map(), prices),
  );
}

function regionCost(
  deployment: DeploymentModel,
  region: RegionModel,
  resources: StackResources,
  prices: readonly Price[],
): RegionCost {
  const lines = things(deployment, region, resources).map(({ what, item, count }): CostLine => {
    const unit = UNITS[item];
    const price = priceOf(prices, region.cloud, region.region, item);
    if (!price) return { what, count, unit, arithmetic: 'no price known here' };
    const hours = unit === 'hour' ? HOURS_A_MONTH : 1;
    const arithmetic = `${count} x ${price.usd}${unit === 'hour' ? ` x ${HOURS_A_MONTH} h` : ''}`;
    return { what, count, unit, price, monthly: count * price.usd * hours, arithmetic };
  });
  return {
    region: region.name,
    cloud: region.cloud,
    location: region.region,
    lines,
    monthly: lines.reduce((sum, { monthly }) => sum + (monthly ?? 0), 0),
    notIncluded: [
      ...lines.filter(({ price }) => !price).map(({ what }) => what),
      ...(region.spot ? ['worker nodes: spot prices change by the hour'] : []),
      ...(managedKafka(deployment) ? [KAFKA[region.cloud]] : []),
      BY_USE[region.cloud],
    ],
  };
}

interface Thing {
  readonly what: string;
  readonly item: Item;
  readonly count: number;
}

/** What a region's stack makes that has a fixed price: nodes by the region's size, everything else as the stack counts it. */
function things(deployment: DeploymentModel, region: RegionModel, resources: StackResources): Thing[] {
  const { pools } = sizing(region.size);
  const names = ['system', 'flink', 'worker'] as const;
  const count = (...types: readonly string[]) =>
    types.reduce((sum, type) => sum + (resources.get(type)?.length ?? 0), 0);
  const nodes = names
    .filter((name) => !(name === 'worker' && region.spot))
    .map((name) => ({
      what: `${name} nodes, ${pools[name].instance[region.cloud]}`,
      item: shapeOf(pools[name]),
      count: pools[name].min,
    }));
  const gib = names.reduce((sum, name) => sum + pools[name].min * pools[name].diskGiB, 0);
  const common: Thing[] = [
    { what: 'control plane', item: 'cluster', count: 1 },
    ...nodes,
    { what: 'disks of nodes, GiB', item: 'disk-gib', count: gib },
  ];
  switch (region.cloud) {
    case 'aws': {
      const endpoints = (resources.get('aws_vpc_endpoint') ?? []).flatMap(
        (one) => (one['subnet_ids'] as string[]) ?? [],
      );
      const doors = (resources.get('aws_networkfirewall_firewall') ?? []).flatMap((one) => one['subnet_mapping']);
      return [
        ...common,
        { what: 'NAT gateways', item: 'nat-gateway', count: count('aws_nat_gateway') },
        { what: 'public addresses', item: 'public-address', count: count('aws_eip') },
        { what: 'firewall endpoints', item: 'firewall', count: doors.length },
        { what: 'private endpoints, one a service and zone', item: 'private-endpoint', count: endpoints.length },
        { what: 'keys and their replicas', item: 'key', count: count('aws_kms_key', 'aws_kms_replica_key') },
        { what: 'secrets', item: 'secret', count: count('aws_secretsmanager_secret') },
      ];
    }
    case 'azure':
      return [
        ...common,
        { what: 'firewall', item: 'firewall', count: count('azurerm_firewall') },
        { what: 'public addresses', item: 'public-address', count: count('azurerm_public_ip') },
        { what: 'private endpoints', item: 'private-endpoint', count: count('azurerm_private_endpoint') },
        { what: 'registry and its copies', item: 'registry', count: 1 + copiesOf(deployment, region) },
        { what: 'keys', item: 'key', count: count('azurerm_key_vault_key') },
      ];
    case 'gcp':
      return [
        ...common,
        { what: 'public addresses', item: 'public-address', count: count('google_compute_address') },
        { what: 'NAT', item: 'nat-gateway', count: count('google_compute_router_nat') },
        { what: 'key versions', item: 'key', count: count('google_kms_crypto_key') },
        { what: 'secrets', item: 'secret', count: count('google_secret_manager_secret') },
      ];
  }
}

const shapeOf = (pool: NodePool) => `node:${pool.vcpu}x${pool.memoryBytes / 2 ** 30}` as Item;

/** Other Azure locations that a region's registry is copied to. */
const copiesOf = (deployment: DeploymentModel, region: RegionModel) =>
  new Set(
    deployment.regions.filter((one) => one.cloud === 'azure' && one.region !== region.region).map((one) => one.region),
  ).size;

const dollars = (usd: number) => usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** The estimate for a terminal, with its arithmetic and where each price is from. */
export function renderCost(costs: readonly RegionCost[]): string {
  const regions = costs.map((cost) =>
    [
      `${cost.region}, ${cost.cloud} ${cost.location}: at least ${dollars(cost.monthly)} US dollars a month (estimate)`,
      table(
        ['what', 'a month', 'arithmetic', 'price of'],
        cost.lines.map(({ what, monthly, arithmetic, price }) => [
          what,
          monthly === undefined ? '-' : dollars(monthly),
          arithmetic,
          price ? `${price.source}, ${price.asOf}` : 'not included',
        ]),
      ),
      `  not included: ${cost.notIncluded.join('; ')}`,
    ].join('\n'),
  );
  const sum = costs.reduce((total, { monthly }) => total + monthly, 0);
  return [
    ...regions,
    `All regions: at least ${dollars(sum)} US dollars a month. An estimate from list prices on demand, pools at their least size; no taxes, discounts or free tiers.`,
  ].join('\n\n');
}
