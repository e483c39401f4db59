import type { ITerraformDependable } from 'cdktf';
import { sizing } from '../../config/index.ts';
import { accept } from '../accepted.ts';
import type { Egress } from './firewall.ts';
import type { ServiceKey } from './keys.ts';
import type { AzureNetwork } from './network.ts';
import { clusterDns, maintenanceDay } from './placement.ts';
import { privateZone } from './private-access.ts';
import {
  DiskEncryptionSet,
  type KeyVault,
  type KeyVaultKey,
  KubernetesCluster,
  type LogAnalyticsWorkspace,
  UserAssignedIdentity,
} from './provider.ts';
import { type AzureRegion, assign, protect } from './subscription.ts';

/** Pods a node: Kubernetes' own limit; the overlay gives each node a /24. */
export const MAX_PODS = 110;

export interface ClusterProps {
  readonly network: AzureNetwork;
  readonly egress: Egress;
  readonly vault: KeyVault;
  /** Of the secrets in etcd. */
  readonly secretsKey: KeyVaultKey;
  readonly disksKey: ServiceKey;
  readonly workspace: LogAnalyticsWorkspace;
}

export interface Cluster {
  /** What the control plane is to Azure. */
  readonly control: UserAssignedIdentity;
  readonly cluster: KubernetesCluster;
  /** What the nodes are to Azure: they may pull images. */
  readonly kubelet: UserAssignedIdentity;
}

/** The region's cluster with its system pool. */
export function createCluster(azure: AzureRegion, props: ClusterProps): Cluster {
  const { stack, name, place, zones, deployment, region } = azure;
  const { network, egress, workspace } = props;
  const control = new UserAssignedIdentity(stack, 'control-plane', { ...place, name: `${name}-control-plane` });
  const kubelet = new UserAssignedIdentity(stack, 'kubelet', { ...place, name: `${name}-kubelet` });
  const disks = diskEncryption(azure, props.disksKey);
  const endpoint = apiEndpoint(azure, network, egress, control);
  const { system } = sizing(region.size).pools;
  const cluster = new KubernetesCluster(stack, 'cluster', {
    ...place,
    name,
    nodeResourceGroup: `${name}-nodes`,
    kubernetesVersion: deployment.cluster.kubernetes,
    skuTier: 'Standard',
    ...endpoint.config,
    runCommandEnabled: false,
    identity: { type: 'UserAssigned', identityIds: [control.id] },
    kubeletIdentity: {
      clientId: kubelet.clientId,
      objectId: kubelet.principalId,
      userAssignedIdentityId: kubelet.id,
    },
    localAccountDisabled: true,
    roleBasedAccessControlEnabled: true,
    azureActiveDirectoryRoleBasedAccessControl: {
      azureRbacEnabled: true,
      adminGroupObjectIds: deployment.cluster.administrators.azure,
    },
    oidcIssuerEnabled: true,
    workloadIdentityEnabled: true,
    keyManagementService: { keyVaultKeyId: props.secretsKey.id, keyVaultNetworkAccess: 'Private' },
    keyVaultSecretsProvider: { secretRotationEnabled: true, secretRotationInterval: '2m' },
    diskEncryptionSetId: disks.id,
    networkProfile: {
      networkPlugin: 'azure',
      networkPluginMode: 'overlay',
      networkDataPlane: 'cilium',
      networkPolicy: 'cilium',
      // Policies by name, which the charts write, are part of it.
      advancedNetworking: { securityEnabled: true, observabilityEnabled: true },
      outboundType: 'userDefinedRouting',
      loadBalancerSku: 'standard',
      podCidr: deployment.network.podCidr,
      serviceCidr: deployment.network.serviceCidr,
      dnsServiceIp: clusterDns(deployment.network.serviceCidr),
    },
    defaultNodePool: {
      name: 'system',
      vmSize: system.instance.azure,
      osSku: 'AzureLinux',
      osDiskType: 'Managed',
      osDiskSizeGb: system.diskGiB,
      maxPods: MAX_PODS,
      type: 'VirtualMachineScaleSets',
      zones,
      vnetSubnetId: network.nodes.id,
      nodePublicIpEnabled: false,
      hostEncryptionEnabled: true,
      onlyCriticalAddonsEnabled: true,
      autoScalingEnabled: true,
      minCount: system.min,
      maxCount: system.max,
      temporaryNameForRotation: 'systemtmp',
      upgradeSettings: { maxSurge: '33%', drainTimeoutInMinutes: 30, nodeSoakDurationInMinutes: 5 },
    },
    autoScalerProfile: {
      balanceSimilarNodeGroups: true,
      expander: 'least-waste',
      // As soon as the block exists, unset is sent as false: nodes with RocksDB's local state would be taken away.
      skipNodesWithLocalStorage: true,
      skipNodesWithSystemPods: true,
    },
    automaticUpgradeChannel: 'patch',
    nodeOsUpgradeChannel: 'NodeImage',
    maintenanceWindowAutoUpgrade: weekly(maintenanceDay(region), '02:00'),
    maintenanceWindowNodeOs: weekly(maintenanceDay(region), '06:00'),
    imageCleanerEnabled: true,
    imageCleanerIntervalHours: 48,
    costAnalysisEnabled: true,
    monitorMetrics: {},
    microsoftDefender: { logAnalyticsWorkspaceId: workspace.id },
    lifecycle: {
      // The autoscaler owns the size, the patch channel the version that runs.
      ignoreChanges: ['default_node_pool[0].node_count', 'default_node_pool[0].orchestrator_version'],
    },
    dependsOn: [...egress.ready, ...endpoint.ready, ...controlPlaneRights(azure, props, control, kubelet, disks)],
  });
  accept(cluster, {
    CKV_AZURE_4: 'the control plane’s logs go by its diagnostic setting, metrics to managed Prometheus',
    CKV_AZURE_115: 'public only where the file says endpoint: restricted, and then for its ranges alone',
    CKV_AZURE_116:
      'the add-on judges by policies that a subscription assigns; pods are held by the restricted Pod Security Standard of their namespace',
    CKV_AZURE_226: 'the managed disk is under the region’s own key, and does not depend on what disk a size brings',
  });
  protect(azure, 'cluster', cluster.id);
  return { cluster, control, kubelet };
}

/** Private, or public but limited; either way nodes reach the API server inside the network. */
function apiEndpoint(
  azure: AzureRegion,
  network: AzureNetwork,
  egress: Egress,
  control: UserAssignedIdentity,
): { config: object; ready: ITerraformDependable[] } {
  const { name, region, deployment } = azure;
  const inside = { virtualNetworkIntegrationEnabled: true, subnetId: network.controlPlane.id };
  if (deployment.cluster.endpoint === 'restricted') {
    return {
      config: {
        dnsPrefix: name,
        privateClusterEnabled: false,
        apiServerAccessProfile: {
          ...inside,
          // The cluster's own way out must be among them (AKS, "API server authorized IP ranges").
          authorizedIpRanges: [
            ...deployment.cluster.authorizedRanges,
            ...egress.addresses.map((address) => `${address}/32`),
          ],
        },
      },
      ready: [],
    };
  }
  const zone = privateZone(azure, network, 'api', `privatelink.${region.region}.azmk8s.io`);
  return {
    config: {
      dnsPrefixPrivateCluster: name,
      privateClusterEnabled: true,
      privateClusterPublicFqdnEnabled: false,
      privateDnsZoneId: zone.id,
      apiServerAccessProfile: inside,
    },
    ready: [
      assign(azure, 'control-plane-zone', {
        role: 'Private DNS Zone Contributor',
        principal: control.principalId,
        scope: zone.id,
      }),
    ],
  };
}

/** Rights that the control plane must hold before the cluster is made. */
function controlPlaneRights(
  azure: AzureRegion,
  { network, vault, secretsKey }: ClusterProps,
  control: UserAssignedIdentity,
  kubelet: UserAssignedIdentity,
  disks: DiskEncryptionSet,
): ITerraformDependable[] {
  const rights: Record<string, { role: string; scope: string }> = {
    // Links the private zone and joins machines and load balancers.
    network: { role: 'Network Contributor', scope: network.network.id },
    routes: { role: 'Network Contributor', scope: network.routes.id },
    kubelet: { role: 'Managed Identity Operator', scope: kubelet.id },
    secrets: { role: 'Key Vault Crypto User', scope: secretsKey.resourceVersionlessId },
    // Approves the control plane's private link to the vault (AKS, "KMS etcd encryption": private vault).
    vault: { role: 'Key Vault Contributor', scope: vault.id },
    disks: { role: 'Reader', scope: disks.id },
  };
  return Object.entries(rights).map(([id, { role, scope }]) =>
    assign(azure, `control-plane-${id}`, { role, scope, principal: control.principalId }),
  );
}

function diskEncryption({ stack, place, name }: AzureRegion, { key, identity, ready }: ServiceKey): DiskEncryptionSet {
  return new DiskEncryptionSet(stack, 'disks', {
    ...place,
    name: `${name}-disks`,
    keyVaultKeyId: key.versionlessId,
    autoKeyRotationEnabled: true,
    encryptionType: 'EncryptionAtRestWithCustomerKey',
    identity: { type: 'UserAssigned', identityIds: [identity.id] },
    dependsOn: ready,
  });
}

/** Four hours once a week, the least that AKS takes. */
const weekly = (dayOfWeek: string, startTime: string) => ({
  frequency: 'Weekly',
  interval: 1,
  duration: 4,
  dayOfWeek,
  startTime,
  utcOffset: '+00:00',
});
