import { type DeploymentModel, egressRules, type RegionModel, type StateRoot, sourcesOf } from '../../config/index.ts';

/** A destination outside the region's network. */
export interface EgressTarget {
  readonly host: string;
  readonly port: number;
  /** `tls` and `http` are matched by the name that the client speaks, `tcp` by the addresses the name resolves to. */
  readonly by: 'tls' | 'http' | 'tcp';
  /** Place in the deployment file, or what needs it. */
  readonly reason: string;
}

/** Everything that the region's nodes and pods may reach outside, besides what AKS itself needs. Sorted, each once. */
export function egressTargets(deployment: DeploymentModel, region: RegionModel): EgressTarget[] {
  const targets = [
    ...egressRules(deployment, region.region).map(
      ({ host, port, reason }): EgressTarget => ({ host, port, by: port === 80 ? 'http' : 'tls', reason }),
    ),
    ...tls('workload identity', 'login.microsoftonline.com'),
    // AKS, "Outbound network rules": managed Prometheus, Defender for Containers, cluster extensions.
    ...tls('metrics', '*.ingest.monitor.azure.com', '*.handler.control.monitor.azure.com'),
    ...tls(
      'threat detection',
      '*.ods.opinsights.azure.com',
      '*.oms.opinsights.azure.com',
      '*.cloud.defender.microsoft.com',
    ),
    ...tls('backup', `${region.region}.dp.kubernetesconfiguration.azure.com`),
    ...stateStoresReached(deployment, region).flatMap((other) => tls(`state of ${other.name}`, ...stateHosts(other))),
    ...brokers(deployment),
    ...(deployment.flink.zookeeper ?? []).map((server) => tcp('flink.zookeeper', server)),
    ...registry(deployment.images.registry),
    ...traces(deployment.observability.traces),
  ];
  const seen = new Map(targets.map((target) => [`${target.host}:${target.port}:${target.by}`, target] as const));
  return [...seen.keys()].sort().flatMap((key) => seen.get(key) ?? []);
}

const tls = (reason: string, ...hosts: string[]) =>
  hosts.map((host): EgressTarget => ({ host, port: 443, by: 'tls', reason }));

/** Regions that this one copies from, and the one that keeps the lease. */
const stateStoresReached = (deployment: DeploymentModel, region: RegionModel) => {
  const copied = new Set(sourcesOf(deployment, region).map(({ name }) => name));
  return deployment.regions.filter(
    ({ name }) => name !== region.name && (copied.has(name) || name === deployment.leaseRegion),
  );
};

/** Where another region's state is read, and where a token is traded for one of that cloud. */
function stateHosts({ cloud, region, stateRoot }: { cloud: string; region: string; stateRoot: StateRoot }): string[] {
  switch (cloud) {
    case 'aws':
      return [`${stateRoot.bucket}.s3.${region}.amazonaws.com`, `sts.${region}.amazonaws.com`];
    case 'gcp':
      return ['storage.googleapis.com', 'sts.googleapis.com', 'iamcredentials.googleapis.com'];
    default:
      return [`${stateRoot.bucket}.blob.core.windows.net`, `${stateRoot.bucket}.dfs.core.windows.net`];
  }
}

/** Kafka is not HTTP, so its brokers are matched by address. */
function brokers({ source, sink }: Pick<DeploymentModel, 'source' | 'sink'>): EgressTarget[] {
  return Object.entries({ source, sink }).flatMap(([side, { kafka }]) =>
    kafka && kafka.bootstrap !== 'managed'
      ? kafka.bootstrap.map((server) => tcp(`${side}.kafka.bootstrap`, server))
      : [],
  );
}

/** @param server host:port. */
function tcp(reason: string, server: string): EgressTarget {
  const colon = server.lastIndexOf(':');
  return { host: server.slice(0, colon), port: Number(server.slice(colon + 1)), by: 'tcp', reason };
}

/** A registry other than the region's own. @param path host, perhaps a port, and a path. */
function registry(path: string | undefined): EgressTarget[] {
  const [host, port] = path?.split('/')[0]?.split(':') ?? [];
  return host ? [{ host, port: Number(port) || 443, by: 'tls', reason: 'images.registry' }] : [];
}

/** An OTLP endpoint outside the cluster. */
function traces(endpoint: string | undefined): EgressTarget[] {
  if (!endpoint) return [];
  const { protocol, hostname, port } = new URL(endpoint);
  if (!hostname.includes('.') || /\.(svc|local|internal)$|\.svc\./.test(hostname)) return [];
  const secure = protocol === 'https:';
  return [
    {
      host: hostname,
      port: Number(port) || (secure ? 443 : 80),
      by: secure ? 'tls' : 'http',
      reason: 'observability.traces',
    },
  ];
}
