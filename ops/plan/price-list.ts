import type { Item, Price } from './prices.ts';

const AS_OF = '2025-06';

/** Rows of one cloud and the regions where its list says the same. */
const rows = (
  cloud: Price['cloud'],
  regions: readonly string[],
  prices: Readonly<Partial<Record<Item, readonly [usd: number, source: string]>>>,
): Price[] =>
  regions.flatMap((region) =>
    Object.entries(prices).map(([item, [usd, source]]) => ({
      cloud,
      region,
      item: item as Item,
      usd,
      asOf: AS_OF,
      source,
    })),
  );

/**
 * List prices on demand, in US dollars, before taxes and discounts. What is not here is told as not included: a guess
 * would look like a figure. Newer or negotiated ones come with `--prices FILE`.
 */
export const PRICE_LIST: readonly Price[] = [
  ...rows('aws', ['*'], {
    cluster: [0.1, 'Amazon EKS pricing: cluster in standard support'],
    'public-address': [0.005, 'Amazon VPC pricing: public IPv4 address'],
    key: [1, 'AWS KMS pricing: customer managed key'],
    secret: [0.4, 'AWS Secrets Manager pricing: secret'],
  }),
  ...rows('aws', ['us-east-1', 'us-east-2', 'us-west-2'], {
    'node:2x8': [0.1008, 'Amazon EC2 on-demand pricing: m7i.large, Linux'],
    'node:4x16': [0.2016, 'Amazon EC2 on-demand pricing: m7i.xlarge, Linux'],
    'node:8x32': [0.4032, 'Amazon EC2 on-demand pricing: m7i.2xlarge, Linux'],
    'node:16x64': [0.8064, 'Amazon EC2 on-demand pricing: m7i.4xlarge, Linux'],
    'disk-gib': [0.08, 'Amazon EBS pricing: gp3 storage'],
    'nat-gateway': [0.045, 'Amazon VPC pricing: NAT gateway'],
    firewall: [0.395, 'AWS Network Firewall pricing: endpoint'],
    'private-endpoint': [0.01, 'AWS PrivateLink pricing: interface endpoint in a zone'],
  }),
  ...rows('azure', ['*'], {
    cluster: [0.1, 'AKS pricing: Standard tier'],
  }),
  ...rows('azure', ['eastus'], {
    'node:2x8': [0.113, 'Azure Linux Virtual Machines pricing: D2ds v5'],
    'node:4x16': [0.226, 'Azure Linux Virtual Machines pricing: D4ds v5'],
    'node:8x32': [0.452, 'Azure Linux Virtual Machines pricing: D8ds v5'],
    'node:16x64': [0.904, 'Azure Linux Virtual Machines pricing: D16ds v5'],
    'public-address': [0.005, 'Azure IP Addresses pricing: Standard, static'],
    firewall: [1.25, 'Azure Firewall pricing: Standard deployment'],
    'private-endpoint': [0.01, 'Azure Private Link pricing: private endpoint'],
    registry: [50.7, 'Azure Container Registry pricing: Premium, 1.667 a day x 365 / 12'],
  }),
  ...rows('gcp', ['*'], {
    cluster: [0.1, 'GKE pricing: cluster management fee'],
    key: [1, 'Cloud KMS pricing: HSM key version, symmetric'],
    secret: [0.06, 'Secret Manager pricing: active version in a location'],
  }),
  ...rows('gcp', ['us-central1', 'us-east1', 'us-west1'], {
    'node:2x8': [0.097118, 'Compute Engine pricing: n2-standard-2'],
    'node:4x16': [0.194236, 'Compute Engine pricing: n2-standard-4'],
    'node:8x32': [0.388472, 'Compute Engine pricing: n2-standard-8'],
    'node:16x64': [0.776944, 'Compute Engine pricing: n2-standard-16'],
    'disk-gib': [0.1, 'Compute Engine disk pricing: balanced persistent disk'],
  }),
];
