import type { RegionModel } from '../../config/index.ts';
import { entraToken, googleToken, type TokenSource } from '../deploy/secret-writers.ts';
import { ask, bearer, type Refusal } from './ask.ts';
import { askAws, awsAddress } from './ask-aws.ts';
import type { RegionNeeds } from './needs.ts';
import { accountOf, type Limit, notTold, type QuotaLook, vcpusOf } from './quotas.ts';

const GIB_A_TIB = 1024;

/**
 * Service Quotas ("GetServiceQuota"), by code, since names change with the families they list: L-1216C47A is "Running
 * On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances" in virtual CPUs, L-34B43A08 the same of spot requests,
 * L-0263D0A3 "EC2-VPC Elastic IPs", L-7A658B76 "Storage for General Purpose SSD (gp3) volumes, in TiB".
 * @param endpoint another address of the service. Default: that of the region.
 */
export const awsQuotas =
  (endpoint?: string): QuotaLook =>
  async (region, needs) => {
    const limit = (service: string, code: string) =>
      awsQuota(region, endpoint ?? awsAddress('servicequotas', region.region), service, code);
    const tib = await limit('ebs', 'L-7A658B76');
    return [
      {
        name: 'family-vcpus',
        own: 'L-1216C47A',
        needed: vcpusOf(needs, false),
        limit: await limit('ec2', 'L-1216C47A'),
      },
      { name: 'spot-vcpus', own: 'L-34B43A08', needed: vcpusOf(needs, true), limit: await limit('ec2', 'L-34B43A08') },
      { name: 'addresses', own: 'L-0263D0A3', needed: needs.addresses, limit: await limit('ec2', 'L-0263D0A3') },
      { name: 'disk-gib', own: 'L-7A658B76', needed: needs.diskGiB, limit: tib === undefined ? tib : tib * GIB_A_TIB },
    ];
  };

/** The value that is applied to the account; for some quotas AWS tells only its default ("GetServiceQuota"). */
async function awsQuota(region: RegionModel, url: string, ServiceCode: string, QuotaCode: string) {
  const refused = notTold(region, 'servicequotas:GetServiceQuota and servicequotas:GetAWSDefaultServiceQuota');
  for (const operation of ['GetServiceQuota', 'GetAWSDefaultServiceQuota']) {
    const found = await askAws<{ Quota: { Value: number; QuotaArn?: string } }>(
      {
        service: 'servicequotas',
        region: region.region,
        url,
        body: { target: `ServiceQuotasV20190624.${operation}`, value: { ServiceCode, QuotaCode } },
        absent: ['NoSuchResourceException'],
      },
      refused,
    );
    if (!found) continue;
    const account = found.Quota.QuotaArn?.split(':')[4];
    if (account && region.account && account !== region.account)
      throw refused(`these are credentials of account ${account}, the file names ${region.account}`);
    return found.Quota.Value;
  }
  return undefined;
}

/**
 * Azure Compute and Network ("Usage - List", "Usages - List").
 * @param service another address of the Resource Manager.
 */
export const azureQuotas =
  (token: TokenSource = entraToken, service = 'https://management.azure.com'): QuotaLook =>
  async (region, needs) => {
    const refused = notTold(
      region,
      'Microsoft.Compute/locations/usages/read and Microsoft.Network/locations/usages/read',
    );
    const subscription = `${service}/subscriptions/${accountOf(region, 'ARM_SUBSCRIPTION_ID')}`;
    const headers = await bearer(token, 'https://management.azure.com/.default', refused);
    const usages = async (provider: string, version: string) => {
      const url = `${subscription}/providers/Microsoft.${provider}/locations/${region.region}/usages?api-version=${version}`;
      return azureUsages(url, headers, refused);
    };
    const all = new Map([...(await usages('Compute', '2024-07-01')), ...(await usages('Network', '2024-05-01'))]);
    // Azure writes names of families now with one case, now with another.
    const limit = (own: string) => all.get(own.toLowerCase());
    const needed = vcpusOf(needs, false);
    // Subscriptions tell the one or the other.
    const addresses = ['IPv4StandardSkuPublicIpAddresses', 'StandardSkuPublicIpAddresses', 'PublicIPAddresses'];
    const own = addresses.find((name) => limit(name) !== undefined) ?? 'PublicIPAddresses';
    return [
      { name: 'vcpus', own: 'cores', needed, limit: limit('cores') },
      ...families(needs, azureFamily).map((family): Limit => ({ ...family, limit: limit(family.own) })),
      { name: 'spot-vcpus', own: 'lowPriorityCores', needed: vcpusOf(needs, true), limit: limit('lowPriorityCores') },
      { name: 'addresses', own, needed: needs.addresses, limit: limit(own) },
    ];
  };

interface AzureUsages {
  readonly value: readonly { readonly name: { readonly value: string }; readonly limit: number }[];
  readonly nextLink?: string;
}

async function azureUsages(url: string, headers: Record<string, string>, refused: Refusal) {
  const limits: [string, number][] = [];
  for (let next: string | undefined = url; next; ) {
    const page: AzureUsages | undefined = await ask<AzureUsages>(next, headers, refused);
    if (!page) throw refused('404: Azure knows no such subscription or location');
    limits.push(...page.value.map(({ name, limit }): [string, number] => [name.value.toLowerCase(), limit]));
    next = page.nextLink;
  }
  return limits;
}

/** Standard_D4ds_v5 counts against standardDDSv5Family. */
const azureFamily = (instance: string) =>
  instance.replace(
    /^Standard_([A-Z]+)\d+([a-z]*)_(v\d+)$/,
    (_, series: string, features: string, version: string) =>
      `standard${series}${features.toUpperCase()}${version}Family`,
  );

/**
 * Compute Engine ("regions.get", "projects.get").
 * @param service another address of the service.
 */
export const gcpQuotas =
  (token: TokenSource = googleToken, service = 'https://compute.googleapis.com'): QuotaLook =>
  async (region, needs) => {
    const refused = notTold(region, 'compute.regions.get and compute.projects.get');
    const project = `${service}/compute/v1/projects/${accountOf(region)}`;
    const headers = await bearer(token, 'https://www.googleapis.com/auth/cloud-platform', refused);
    const quotas = async (url: string) => {
      const found = await ask<{ quotas?: readonly { metric: string; limit: number }[] }>(url, headers, refused);
      if (!found) throw refused('404: Google Cloud knows no such project or region');
      return new Map((found.quotas ?? []).map(({ metric, limit }) => [metric, limit]));
    };
    const [here, everywhere] = [await quotas(`${project}/regions/${region.region}`), await quotas(project)];
    // Spot capacity counts as any other until a quota of its own is granted (Compute Engine, "Spot VMs": quotas).
    const apart = (here.get('PREEMPTIBLE_CPUS') ?? 0) > 0;
    const nodes = needs.nodes.map((one) => ({ ...one, spot: one.spot && apart }));
    const limit = (name: string, own: string, needed: number): Limit => ({ name, own, needed, limit: here.get(own) });
    return [
      ...families({ ...needs, nodes }, gcpFamily).map((family): Limit => ({ ...family, limit: here.get(family.own) })),
      limit('spot-vcpus', 'PREEMPTIBLE_CPUS', vcpusOf({ ...needs, nodes }, true)),
      {
        name: 'project-vcpus',
        own: 'CPUS_ALL_REGIONS',
        needed: needs.accountVcpus,
        limit: everywhere.get('CPUS_ALL_REGIONS'),
      },
      limit('addresses', 'IN_USE_ADDRESSES', needs.addresses),
      limit('static-addresses', 'STATIC_ADDRESSES', needs.addresses),
      // Balanced disks count as SSD (Compute Engine, "Allocation quotas": disks).
      limit('disk-gib', 'SSD_TOTAL_GB', needs.diskGiB),
    ];
  };

/** n2-standard-4 counts against N2_CPUS. */
const gcpFamily = (instance: string) => `${instance.split('-')[0]?.toUpperCase()}_CPUS`;

/** Virtual CPUs that are no spot capacity, by the quota of their family. A cloud's sizes are of one family. */
function families(needs: RegionNeeds, family: (instance: string) => string): Omit<Limit, 'limit'>[] {
  const regular = needs.nodes.filter(({ spot }) => !spot);
  return [...new Set(regular.map(({ instance }) => family(instance)))].map((own) => ({
    name: 'family-vcpus',
    own,
    needed: vcpusOf({ ...needs, nodes: regular.filter(({ instance }) => family(instance) === own) }, false),
  }));
}
