import {
  bareHost,
  type DeploymentModel,
  egressRules,
  parseCidr,
  type RegionModel,
  sourcesOf,
} from '../../config/index.ts';
import { GcpStackError } from './errors.ts';
import { GOOGLE_DOMAINS } from './private-access.ts';

/** One destination outside the network, and what in the deployment file asked for it. */
export interface EgressTarget {
  /** Host name, or an IPv4 address. */
  readonly host: string;
  readonly port: number;
  readonly reason: string;
}

/** Destinations of one port that one firewall rule allows. */
export interface EgressGroup {
  readonly port: number;
  readonly fqdns: readonly string[];
  /** Blocks in CIDR notation. */
  readonly ranges: readonly string[];
  readonly reasons: readonly string[];
}

/** Names that one rule may hold (Cloud NGFW, "FQDN objects"). */
const NAMES_A_RULE = 100;

/**
 * Everything that a region's machines reach outside the network and Google's private addresses.
 * @throws GcpStackError HR-GCP-001 for a name with a wildcard: the firewall matches the addresses that a name resolves
 * to, and a wildcard resolves to none.
 */
export function egressTargets(deployment: DeploymentModel, region: RegionModel): EgressTarget[] {
  const targets: EgressTarget[] = egressRules(deployment, region.region).map((rule) => ({ ...rule }));
  const addresses = (list: readonly string[] | 'managed' | undefined, reason: string) => {
    if (list !== 'managed') for (const one of list ?? []) targets.push({ ...hostAndPort(one), reason });
  };
  addresses(deployment.source.kafka?.bootstrap, 'source.kafka.bootstrap');
  addresses(deployment.sink.kafka?.bootstrap, 'sink.kafka.bootstrap');
  addresses(deployment.flink.zookeeper, 'flink.zookeeper');
  const { registry } = deployment.images;
  if (registry) targets.push({ ...hostAndPort(registry.split('/')[0] ?? registry), reason: 'images.registry' });
  const { traces } = deployment.observability;
  if (traces) targets.push({ ...urlTarget(traces), reason: 'observability.traces' });
  for (const other of stateStoresReached(deployment, region)) {
    for (const host of stateHosts(other)) targets.push({ host, port: 443, reason: `regions ${other.name}` });
  }
  const outside = targets.filter(({ host }) => isOutside(host) && !isGoogle(host));
  const wildcard = outside.find(({ host }) => host.startsWith('*.'));
  if (wildcard) {
    throw new GcpStackError('HR-GCP-001', {
      path: wildcard.reason,
      received: wildcard.host,
      message: `region ${region.name} is on Google Cloud, whose firewall takes whole host names only`,
      mend: 'name each host instead of the wildcard',
    });
  }
  const unique = new Map(outside.map((target) => [`${target.host}:${target.port}`, target] as const));
  return [...unique.values()].sort((a, b) => a.port - b.port || (a.host < b.host ? -1 : 1));
}

/** The targets as few rules: one a port, more where a rule's limit of names is reached. */
export function egressGroups(targets: readonly EgressTarget[]): EgressGroup[] {
  const ports = [...new Set(targets.map((target) => target.port))];
  return ports.flatMap((port) => {
    const all = targets.filter((target) => target.port === port);
    const count = Math.ceil(all.length / NAMES_A_RULE);
    return Array.from({ length: count }, (_, i) => all.slice(i * NAMES_A_RULE, (i + 1) * NAMES_A_RULE)).map((some) => ({
      port,
      fqdns: some.filter(({ host }) => !isAddress(host)).map(({ host }) => host),
      ranges: some.filter(({ host }) => isAddress(host)).map(({ host }) => `${host}/32`),
      reasons: [...new Set(some.map(({ reason }) => reason))].sort(),
    }));
  });
}

/** Other regions whose state store this one opens: those it copies from, and the one that keeps the lease. */
const stateStoresReached = (deployment: DeploymentModel, region: RegionModel): RegionModel[] => {
  const sources = sourcesOf(deployment, region);
  return deployment.regions.filter(
    (other) =>
      other.name !== region.name &&
      (other.name === deployment.leaseRegion || sources.some((s) => s.name === other.name)),
  );
};

/** Hosts of a region's state store and of the service that trades a token for its credentials. */
function stateHosts({ cloud, region, stateRoot }: RegionModel): string[] {
  switch (cloud) {
    case 'aws':
      return [
        `${stateRoot.bucket}.s3.${region}.amazonaws.com`,
        `s3.${region}.amazonaws.com`,
        `sts.${region}.amazonaws.com`,
      ];
    case 'azure':
      return [
        `${stateRoot.bucket}.blob.core.windows.net`,
        `${stateRoot.bucket}.dfs.core.windows.net`,
        'login.microsoftonline.com',
      ];
    case 'gcp':
      return [];
  }
}

const hostAndPort = (text: string) => {
  const [host = text, port = '443'] = text.split(':');
  return { host, port: Number(port) };
};

const urlTarget = (address: string) => {
  const url = new URL(address);
  return { host: url.hostname, port: Number(url.port) || (url.protocol === 'http:' ? 80 : 443) };
};

const isAddress = (host: string) => parseCidr(`${host}/32`) !== undefined;
const isOutside = (host: string) =>
  isAddress(host) || (bareHost(host) !== undefined && !/\.(svc|local|internal)$|\.svc\./.test(host));
const isGoogle = (host: string) => GOOGLE_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
