import type { DeploymentModel } from '../../config/index.ts';
import { CommandError } from '../errors.ts';

/** Names that the stack of the cloud that serves the zone makes. */
export interface TrafficNames {
  /** Leads to a region that takes traffic. */
  readonly agents: string;
  /** Each region's own name, by region. */
  readonly regions: ReadonlyMap<string, string>;
  /** Milliseconds for which a resolver may keep an answer. */
  readonly ttl: number;
}

/** @throws CommandError HR-TRAFFIC-001 for a file without names. */
export function trafficNames({ dns, dnsAuthority, regions, name }: DeploymentModel): TrafficNames {
  if (!dns) {
    throw new CommandError('HR-TRAFFIC-001', 'dns', `${name} has no names that could lead to another region`, {
      mend: 'write dns: { zone: reviews.example.com }, then headrace deploy; or point producers to the region by hand',
    });
  }
  const agents = `agents.${dns.zone}`;
  const above = dnsAuthority === 'gcp' ? agents : dns.zone;
  return { agents, regions: new Map(regions.map((region) => [region.name, `${region.name}.${above}`])), ttl: dns.ttl };
}
