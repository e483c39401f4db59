import { accept } from '../accepted.ts';
import type { Key } from './keys.ts';
import type { GcpNetwork } from './network.ts';
import { maintenanceWindow } from './placement.ts';
import { workloadPool } from './principals.ts';
import { type GcpRegion, labels } from './project.ts';
import { ContainerCluster, ProjectIamMember, type ServiceAccount } from './provider.ts';

export interface ClusterProps {
  readonly network: GcpNetwork;
  readonly nodeAccount: ServiceAccount;
  /** Encrypts Kubernetes secrets. */
  readonly secretsKey: Key;
  /** Encrypts the disks of the pool that GKE makes and Terraform removes. */
  readonly disksKey: Key;
}

/** Components whose logs and metrics are kept besides those of the nodes. */
const CONTROL_PLANE = ['APISERVER', 'CONTROLLER_MANAGER', 'SCHEDULER'];

/** A regional GKE cluster with private nodes; its node pools are made apart. */
export function createCluster(gcp: GcpRegion, props: ClusterProps): ContainerCluster {
  const { stack, name, region, deployment } = gcp;
  const { network, nodeAccount, secretsKey, disksKey } = props;
  const window = maintenanceWindow(region);
  const [administrators] = deployment.cluster.administrators.gcp;
  const cluster = new ContainerCluster(stack, 'cluster', {
    name,
    description: `Headrace deployment ${deployment.name}`,
    location: region.region,
    // Without zones GKE takes three of the region by itself.
    ...(region.zones ? { nodeLocations: region.zones } : {}),
    network: network.network.id,
    subnetwork: network.subnetwork.id,
    networkingMode: 'VPC_NATIVE',
    ipAllocationPolicy: {
      clusterSecondaryRangeName: network.ranges.pods,
      servicesSecondaryRangeName: network.ranges.services,
    },
    // A /25 a node: the smallest podCidr, /18, then holds 128 nodes.
    defaultMaxPodsPerNode: 64,
    datapathProvider: 'ADVANCED_DATAPATH',
    // Dataplane V2 enforces policies by itself; with it the older add-on must stay off.
    networkPolicy: { enabled: false },
    enableFqdnNetworkPolicy: true,
    enableIntranodeVisibility: true,
    enableL4IlbSubsetting: true,
    // kube-dns: policies can then select DNS by pod, as in the other clouds.
    dnsConfig: { clusterDns: 'PLATFORM_DEFAULT' },
    ...endpoint(gcp),
    databaseEncryption: { state: 'ENCRYPTED', keyName: secretsKey.id },
    workloadIdentityConfig: { workloadPool: workloadPool(gcp.project) },
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
    enableLegacyAbac: false,
    anonymousAuthenticationConfig: { mode: 'LIMITED' },
    rbacBindingConfig: {
      enableInsecureBindingSystemAuthenticated: false,
      enableInsecureBindingSystemUnauthenticated: false,
    },
    ...(administrators ? { authenticatorGroupsConfig: { securityGroup: administrators } } : {}),
    binaryAuthorization: { evaluationMode: 'PROJECT_SINGLETON_POLICY_ENFORCE' },
    securityPostureConfig: { mode: 'BASIC' },
    minMasterVersion: deployment.cluster.kubernetes,
    releaseChannel: { channel: 'REGULAR' },
    maintenancePolicy: { recurringWindow: { ...window } },
    loggingConfig: { enableComponents: ['SYSTEM_COMPONENTS', ...CONTROL_PLANE, 'WORKLOADS'] },
    monitoringConfig: {
      enableComponents: ['SYSTEM_COMPONENTS', ...CONTROL_PLANE, 'STORAGE', 'POD', 'DEPLOYMENT', 'STATEFULSET'],
      managedPrometheus: { enabled: true },
      advancedDatapathObservabilityConfig: { enableMetrics: true, enableRelay: false },
    },
    costManagementConfig: { enabled: true },
    secretManagerConfig: { enabled: true },
    addonsConfig: {
      gcePersistentDiskCsiDriverConfig: { enabled: true },
      gkeBackupAgentConfig: { enabled: true },
    },
    enableShieldedNodes: true,
    nodePoolDefaults: { nodeConfigDefaults: { insecureKubeletReadonlyPortEnabled: 'FALSE' } },
    // The default pool exists for a moment, so it obeys the same rules as the others.
    removeDefaultNodePool: true,
    initialNodeCount: 1,
    nodeConfig: {
      serviceAccount: nodeAccount.email,
      bootDiskKmsKey: disksKey.id,
      shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
      workloadMetadataConfig: { mode: 'GKE_METADATA' },
      metadata: { 'disable-legacy-endpoints': 'true' },
    },
    resourceLabels: labels(deployment, region),
    deletionProtection: deployment.cluster.deletionProtection,
    lifecycle: {
      // After the default pool is gone GKE reports another pool's settings here, which would replace the cluster.
      ignoreChanges: ['node_config', 'initial_node_count'],
    },
    dependsOn: [
      gcp.api('container'),
      gcp.api('binaryauthorization'),
      gcp.api('containersecurity'),
      gcp.api('gkebackup'),
      network.nat,
      ...secretsKey.ready,
      ...disksKey.ready,
    ],
  });
  accept(cluster, {
    CKV_GCP_65: 'a group is the file’s to name (cluster.administrators.gcp); without one nobody has rights by groups',
  });
  if (administrators) {
    // GKE has no IAM of a single cluster: the group administers the clusters of the project.
    new ProjectIamMember(stack, 'administrators', {
      project: gcp.project.id,
      role: 'roles/container.admin',
      member: `group:${administrators}`,
    });
  }
  return cluster;
}

/** The cluster's endpoint: inside the network only, or public and limited to the file's ranges. */
function endpoint({ deployment, region }: GcpRegion) {
  const isPrivate = deployment.cluster.endpoint === 'private';
  const ranges = isPrivate
    ? [{ cidrBlock: region.cidr, displayName: 'network' }]
    : deployment.cluster.authorizedRanges.map((cidrBlock, i) => ({ cidrBlock, displayName: `authorized-${i}` }));
  return {
    privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: isPrivate },
    masterAuthorizedNetworksConfig: {
      cidrBlocks: ranges,
      gcpPublicCidrsAccessEnabled: false,
      privateEndpointEnforcementEnabled: true,
    },
    // The DNS endpoint does not heed authorized networks.
    controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: false } },
  };
}
