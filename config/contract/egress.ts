import type { Deployment } from '../schema/deployment.ts';
import type { Resource } from '../schema/resources.ts';
import { bareHost } from '../schema/scalars.ts';

/** One destination that workers may reach over TLS, and what asked for it. */
export interface EgressRule {
  readonly host: string;
  readonly port: number;
  /** `network.egress`, or `resources.NAME`. */
  readonly reason: string;
}

/**
 * The egress allow list: hosts of the declared models, tools and MCP servers plus `network.egress`, sorted and without
 * repeats. Addresses inside the cluster or on loopback are no egress.
 */
export function egressRules(deployment: Pick<Deployment, 'resources' | 'network'>, cloudRegion: string): EgressRule[] {
  const rules = new Map<string, EgressRule>();
  const add = (host: string, port: number, reason: string) => {
    const key = `${host}:${port}`;
    if (!rules.has(key)) rules.set(key, { host, port, reason });
  };
  for (const host of deployment.network.egress) add(host, 443, 'network.egress');
  for (const [name, resource] of Object.entries(deployment.resources)) {
    for (const { host, port } of resourceHosts(resource, cloudRegion)) add(host, port, `resources.${name}`);
  }
  return [...rules.values()].sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : a.port - b.port));
}

const DEFAULT_HOST: Record<string, string> = { openai: 'api.openai.com', anthropic: 'api.anthropic.com' };

function resourceHosts(resource: Resource, cloudRegion: string): { host: string; port: number }[] {
  if ('firstOf' in resource) return resource.firstOf.flatMap((one) => resourceHosts(one, cloudRegion));
  if ('tool' in resource) return resource.tool.map((host) => ({ host, port: 443 }));
  const address = 'mcp' in resource ? resource.mcp : 'url' in resource ? resource.url : undefined;
  if (address) return external(address);
  const kind = 'chat' in resource ? resource.chat : 'embedding' in resource ? resource.embedding : undefined;
  if (kind === 'bedrock') {
    const region = 'region' in resource ? (resource.region ?? cloudRegion) : cloudRegion;
    return [{ host: `bedrock-runtime.${region}.amazonaws.com`, port: 443 }];
  }
  const host = kind && DEFAULT_HOST[kind];
  return host ? [{ host, port: 443 }] : [];
}

/** Host and port of a URL; nothing for an address or a name that only a cluster or this machine knows. */
function external(address: string): { host: string; port: number }[] {
  const url = new URL(address);
  const host = bareHost(url.hostname);
  if (!host || /\.(svc|local|internal)$|\.svc\./.test(host)) return [];
  return [{ host, port: Number(url.port) || (url.protocol === 'http:' ? 80 : 443) }];
}
