import { type DeploymentModel, egressRules, type RegionModel, sourcesOf } from '../../config/index.ts';

/** What the firewall lets pass. */
export interface EgressAllowance {
  /** Host names as TLS and HTTP clients speak them, sorted; a leading dot stands for every name below. */
  readonly names: readonly string[];
  /** Addresses that the file names literally, with their port, sorted. */
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
}

/** Everything that pods may reach outside of the region's network; AWS services of the region have endpoints inside. */
export function egressAllowance(deployment: DeploymentModel, region: RegionModel): EgressAllowance {
  const servers = [...brokers(deployment), ...(deployment.flink.zookeeper ?? [])].map(splitServer);
  const hosts = [
    ...egressRules(deployment, region.region).map(({ host }) => host),
    ...statesReached(deployment, region).flatMap(stateHosts),
    ...servers.map(({ host }) => host),
    ...(deployment.images.registry ? [deployment.images.registry.split('/')[0]?.split(':')[0] ?? ''] : []),
    ...tracesHost(deployment.observability.traces),
  ];
  const names = hosts.filter((host) => host !== '' && !isAddress(host)).map((host) => host.replace(/^\*\./, '.'));
  const addresses = servers.filter(({ host }) => isAddress(host)).map(({ host, port }) => `${host}:${port}`);
  return {
    names: [...new Set(names)].sort(),
    addresses: [...new Set(addresses)].sort().map((text) => {
      const { host, port } = splitServer(text);
      return { address: host, port };
    }),
  };
}

const isAddress = (host: string) => /^[\d.]+$/.test(host);

/** @param server host:port. */
function splitServer(server: string) {
  const colon = server.lastIndexOf(':');
  return { host: server.slice(0, colon), port: Number(server.slice(colon + 1)) };
}

const brokers = ({ source, sink }: Pick<DeploymentModel, 'source' | 'sink'>) =>
  [source.kafka, sink.kafka].flatMap((kafka) => (kafka && kafka.bootstrap !== 'managed' ? kafka.bootstrap : []));

/** Regions that this one copies from, and the one that keeps the lease. */
const statesReached = (deployment: DeploymentModel, region: RegionModel) => {
  const copied = new Set(sourcesOf(deployment, region).map(({ name }) => name));
  return deployment.regions.filter(
    ({ name }) => name !== region.name && (copied.has(name) || name === deployment.leaseRegion),
  );
};

/** Where another region's state is reached, and where a token is traded for one of that cloud. */
function stateHosts({ cloud, region, stateRoot: { bucket } }: RegionModel): string[] {
  switch (cloud) {
    case 'aws':
      return [`${bucket}.s3.${region}.amazonaws.com`, `sts.${region}.amazonaws.com`];
    case 'azure':
      return ['login.microsoftonline.com', `${bucket}.blob.core.windows.net`, `${bucket}.dfs.core.windows.net`];
    case 'gcp':
      return ['iamcredentials.googleapis.com', 'storage.googleapis.com', 'sts.googleapis.com'];
  }
}

function tracesHost(endpoint: string | undefined): string[] {
  if (!endpoint) return [];
  const { hostname } = new URL(endpoint);
  return hostname.includes('.') && !/\.(svc|local|internal)$|\.svc\./.test(hostname) ? [hostname] : [];
}
