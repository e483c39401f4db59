import { nodeRange, serviceRange } from './placement.ts';
import { privateGoogleAccess } from './private-access.ts';
import type { GcpRegion } from './project.ts';
import { ComputeAddress, ComputeNetwork, ComputeRouter, ComputeRouterNat, ComputeSubnetwork } from './provider.ts';

/** The region's network and where its cluster lives in it. */
export interface GcpNetwork {
  readonly network: ComputeNetwork;
  readonly subnetwork: ComputeSubnetwork;
  /** Names of the secondary ranges. */
  readonly ranges: { readonly pods: string; readonly services: string };
  /** What nodes need to reach anything outside. */
  readonly nat: ComputeRouterNat;
  /** Addresses that outbound traffic leaves from. */
  readonly addresses: readonly string[];
}

/** One can be drained while the other serves; each gives 64,512 ports, enough for the largest pools. */
const NAT_ADDRESSES = 2;

/** Network, one regional subnetwork (it spans the zones), fixed outbound addresses and Google's services by private address. */
export function createNetwork(gcp: GcpRegion): GcpNetwork {
  const { stack, name, region, deployment } = gcp;
  const network = new ComputeNetwork(stack, 'network', {
    name,
    autoCreateSubnetworks: false,
    routingMode: 'REGIONAL',
    dependsOn: [gcp.api('compute')],
  });
  const ranges = { pods: 'pods', services: 'services' };
  const subnetwork = new ComputeSubnetwork(stack, 'subnetwork', {
    name: `${name}-nodes`,
    network: network.id,
    region: region.region,
    ipCidrRange: nodeRange(region),
    secondaryIpRange: [
      { rangeName: ranges.pods, ipCidrRange: deployment.network.podCidr },
      { rangeName: ranges.services, ipCidrRange: serviceRange(deployment.network.serviceCidr) },
    ],
    privateIpGoogleAccess: true,
    logConfig: { aggregationInterval: 'INTERVAL_1_MIN', flowSampling: 0.5, metadata: 'INCLUDE_ALL_METADATA' },
  });
  privateGoogleAccess(gcp, network);
  return { network, subnetwork, ranges, ...outbound(gcp, network, subnetwork) };
}

/** Outbound traffic leaves from fixed addresses, which other parties can put on their allow lists. */
function outbound(gcp: GcpRegion, network: ComputeNetwork, subnetwork: ComputeSubnetwork) {
  const { stack, name, region } = gcp;
  const router = new ComputeRouter(stack, 'router', { name, network: network.id, region: region.region });
  const addresses = Array.from(
    { length: NAT_ADDRESSES },
    (_, i) =>
      new ComputeAddress(stack, `nat-address-${i}`, {
        name: `${name}-nat-${i}`,
        region: region.region,
        addressType: 'EXTERNAL',
        dependsOn: [gcp.api('compute')],
      }),
  );
  const nat = new ComputeRouterNat(stack, 'nat', {
    name,
    router: router.name,
    region: region.region,
    natIpAllocateOption: 'MANUAL_ONLY',
    natIps: addresses.map((address) => address.selfLink),
    sourceSubnetworkIpRangesToNat: 'LIST_OF_SUBNETWORKS',
    subnetwork: [{ name: subnetwork.id, sourceIpRangesToNat: ['ALL_IP_RANGES'] }],
    // 32 ports a machine, the default of dynamic allocation, run out when a TaskManager fans out.
    enableDynamicPortAllocation: true,
    minPortsPerVm: 128,
    maxPortsPerVm: 4096,
    // Dynamic allocation and endpoint-independent mapping exclude each other.
    enableEndpointIndependentMapping: false,
    logConfig: { enable: true, filter: 'ERRORS_ONLY' },
  });
  return { nat, addresses: addresses.map(({ address }) => address) };
}
