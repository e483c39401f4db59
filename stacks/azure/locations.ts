import type { RegionModel } from '../../config/index.ts';

/** Azure location near the regions of other clouds whose name begins so; the longest match wins. */
const NEAR: Readonly<Record<string, string>> = {
  'us-': 'centralus',
  'us-east': 'eastus',
  'us-west': 'westus2',
  'us-south': 'southcentralus',
  'us-gov': 'usgovvirginia',
  'ca-': 'canadacentral',
  'northamerica-northeast': 'canadacentral',
  'northamerica-south': 'mexicocentral',
  'mx-': 'mexicocentral',
  'sa-': 'brazilsouth',
  'southamerica-': 'brazilsouth',
  'eu-': 'westeurope',
  'eu-west-1': 'northeurope',
  'eu-west-2': 'uksouth',
  'eu-west-3': 'francecentral',
  'eu-central': 'germanywestcentral',
  'eu-central-2': 'switzerlandnorth',
  'eu-north': 'swedencentral',
  'eu-south': 'italynorth',
  'eu-south-2': 'spaincentral',
  'europe-': 'westeurope',
  'europe-west2': 'uksouth',
  'europe-west3': 'germanywestcentral',
  'europe-west6': 'switzerlandnorth',
  'europe-west8': 'italynorth',
  'europe-west9': 'francecentral',
  'europe-central': 'polandcentral',
  'europe-north': 'swedencentral',
  'europe-southwest': 'spaincentral',
  'ap-': 'southeastasia',
  'ap-east': 'eastasia',
  'ap-northeast': 'japaneast',
  'ap-northeast-2': 'koreacentral',
  'ap-northeast-3': 'japanwest',
  'ap-south-': 'centralindia',
  'ap-southeast-2': 'australiaeast',
  'ap-southeast-4': 'australiasoutheast',
  'asia-': 'southeastasia',
  'asia-east': 'eastasia',
  'asia-northeast': 'japaneast',
  'asia-northeast3': 'koreacentral',
  'asia-south1': 'centralindia',
  'asia-south2': 'centralindia',
  'australia-': 'australiaeast',
  'il-': 'israelcentral',
  'me-': 'uaenorth',
  'me-west': 'israelcentral',
  'af-': 'southafricanorth',
  'africa-': 'southafricanorth',
};

/** The Azure location nearest to a region, as Traffic Manager measures distances; `eastus` for one that it knows nothing of. */
export function nearestLocation({ cloud, region }: Pick<RegionModel, 'cloud' | 'region'>): string {
  if (cloud === 'azure') return region;
  const prefix = Object.keys(NEAR)
    .filter((known) => region.startsWith(known))
    .sort((a, b) => b.length - a.length)[0];
  return (prefix && NEAR[prefix]) || 'eastus';
}
