import type { GcpRegion } from './project.ts';
import { type ComputeNetwork, DnsManagedZone, DnsRecordSet } from './provider.ts';

/** Addresses of private.googleapis.com (VPC, "Configure Private Google Access", summary of virtual addresses). */
export const GOOGLE_VIP = {
  range: '199.36.153.8/30',
  addresses: ['199.36.153.8', '199.36.153.9', '199.36.153.10', '199.36.153.11'],
} as const;

/** Domains that the private addresses serve: services, images of Artifact Registry, images of GKE itself. */
export const GOOGLE_DOMAINS = ['googleapis.com', 'pkg.dev', 'gcr.io'] as const;

/** Inside the network, names of Google's services resolve to addresses that are never routed over the Internet. */
export function privateGoogleAccess(gcp: GcpRegion, network: ComputeNetwork): void {
  for (const domain of GOOGLE_DOMAINS) {
    const label = domain.replaceAll('.', '-');
    const zone = new DnsManagedZone(gcp.stack, `zone-${label}`, {
      name: `${gcp.name}-${label}`,
      dnsName: `${domain}.`,
      description: 'Private addresses of Google services',
      visibility: 'private',
      privateVisibilityConfig: { networks: [{ networkUrl: network.id }] },
      dependsOn: [gcp.api('dns')],
    });
    const apex = domain === 'googleapis.com' ? `private.${domain}.` : `${domain}.`;
    const records = [
      { id: 'address', name: apex, type: 'A', rrdatas: [...GOOGLE_VIP.addresses] },
      { id: 'wildcard', name: `*.${domain}.`, type: 'CNAME', rrdatas: [apex] },
    ];
    for (const { id, ...record } of records) {
      new DnsRecordSet(gcp.stack, `zone-${label}-${id}`, { managedZone: zone.name, ttl: 300, ...record });
    }
  }
}
