import { type Cidr, type DeploymentModel, parseCidr, type RegionModel, subnet } from '../../config/index.ts';
import { AzureStackError } from './errors.ts';

const ZONES = ['1', '2', '3'];
const SUBSCRIPTION = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Address blocks of a region's subnets. Pods have their own space, so a node takes one address. */
export interface AddressPlan {
  /** First half of the region: up to 1,019 nodes in the smallest region (/20). */
  readonly nodes: string;
  /** Private endpoints, a /24. */
  readonly endpoints: string;
  /** Azure Firewall wants a /26 (Azure Firewall FAQ). */
  readonly firewall: string;
  /** The cluster's API server wants a /28 of its own (AKS, "API Server VNet Integration"). */
  readonly controlPlane: string;
}

/** @throws RangeError when the block is smaller than /20. */
export function addressPlan(cidr: string): AddressPlan {
  const { prefix } = parse(cidr);
  const secondHalf = 2 ** (24 - prefix) / 2;
  return {
    nodes: subnet(cidr, prefix + 1, 0),
    endpoints: subnet(cidr, 24, secondHalf),
    firewall: subnet(cidr, 26, (secondHalf + 1) * 4),
    controlPlane: subnet(cidr, 28, (secondHalf + 2) * 16),
  };
}

/** Address of the cluster's DNS: the tenth of the services' block. */
export const clusterDns = (serviceCidr: string) => dotted(parse(serviceCidr).first + 10);

/** Zones of a region: Azure calls them 1, 2 and 3 in every region. @throws AzureStackError HR-AZURE-001. */
export function zonesOf(region: Pick<RegionModel, 'index' | 'zones'>): string[] {
  const zones = region.zones ?? ZONES;
  const unknown = zones.find((zone) => !ZONES.includes(zone));
  if (unknown !== undefined || new Set(zones).size !== zones.length) {
    throw new AzureStackError('HR-AZURE-001', {
      path: `regions[${region.index}].zones`,
      received: JSON.stringify(zones),
      message: 'the zones of an Azure region are "1", "2" and "3", each once',
      mend: 'write zones: ["1", "2", "3"], or leave them out',
    });
  }
  return [...zones].sort();
}

/** Subscription of a region; undefined: that of the credentials. @throws AzureStackError HR-AZURE-002. */
export function subscriptionOf(region: Pick<RegionModel, 'index' | 'account'>): string | undefined {
  const { account } = region;
  if (account !== undefined && !SUBSCRIPTION.test(account)) {
    throw new AzureStackError('HR-AZURE-002', {
      path: `regions[${region.index}].account`,
      received: JSON.stringify(account),
      message: 'no Azure subscription id',
      mend: 'write the id that `az account show --query id` prints, or leave it out',
    });
  }
  return account;
}

/** Globally unique account name for flow logs. They never go to the state store: Azure would replace its life cycle. */
export const flowLogAccount = (region: Pick<RegionModel, 'stateRoot' | 'parts'>) =>
  `flowlogs${region.stateRoot.bucket.slice(-8)}${region.parts.id}`;

/**
 * Day of the weekly upgrade window. A standby is upgraded three days before the active region, so that a broken upgrade
 * shows there first; active regions take turns.
 */
export function maintenanceDay(region: Pick<RegionModel, 'role' | 'index'>): string {
  if (region.role === 'standby') return 'Thursday';
  return region.index % 2 === 0 ? 'Sunday' : 'Tuesday';
}

/** Whole days, at least one, of a duration in milliseconds. */
export const wholeDays = (ms: number) => Math.max(1, Math.ceil(ms / 86_400_000));

/** Log Analytics keeps logs from 30 to 730 days. */
export const logDays = (observability: Pick<DeploymentModel['observability'], 'logRetention'>) =>
  Math.min(730, Math.max(30, wholeDays(observability.logRetention)));

function parse(text: string): Cidr {
  const block = parseCidr(text);
  if (!block) throw new RangeError(`"${text}" is not an IPv4 block`);
  return block;
}

const dotted = (address: number) => [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
