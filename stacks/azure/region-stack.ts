import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type DeploymentModel, names, type RegionContract, type RegionModel } from '../../config/index.ts';
import { useBackend } from '../backend.ts';
import { declareOutputs, regionContract } from '../outputs.ts';
import { createAlerts } from './alerts.ts';
import { createBackup } from './backup.ts';
import { createBudget } from './budget.ts';
import { createCluster } from './cluster.ts';
import { createDefender } from './defender.ts';
import { createFirewall } from './firewall.ts';
import { createFlowLogs } from './flow-logs.ts';
import { createIdentities } from './identity.ts';
import { createKafka } from './kafka.ts';
import { createKeys, createVault } from './keys.ts';
import { grantLease } from './lease-access.ts';
import { createNetwork } from './network.ts';
import { createNodePools } from './nodes.ts';
import { createActionGroup, createAudit, createMetrics, createWorkspace } from './observability.ts';
import { createRegistry } from './registry.ts';
import { grantReplicas } from './replica-access.ts';
import { secretNames } from './secrets.ts';
import { createStateStore } from './state.ts';
import { openSubscription } from './subscription.ts';

/** Everything of one region on Azure. */
export class AzureRegionStack extends TerraformStack {
  /** What the stack promises to the charts. */
  readonly contract: RegionContract;

  constructor(scope: Construct, deployment: DeploymentModel, region: RegionModel) {
    super(scope, `${deployment.name}-${region.name}`);
    useBackend(this, deployment, 'azure');
    const azure = openSubscription(this, deployment, region);
    const workspace = createWorkspace(azure);
    const network = createNetwork(azure);
    const egress = createFirewall(azure, network);
    createFlowLogs(azure, network, workspace);
    const vault = createVault(azure, network);
    const keys = createKeys(azure, vault, [egress.firewall]);
    const cluster = createCluster(azure, {
      network,
      egress,
      vault,
      workspace,
      secretsKey: keys.cluster,
      disksKey: keys.disks,
    });
    const registry = createRegistry(azure, network, keys.registry, cluster.kubelet.principalId);
    createNodePools(azure, cluster.cluster, network);
    const store = createStateStore(azure, network, keys.state);
    const kafka = keys.kafka && createKafka(azure, network, keys.kafka);
    const identities = createIdentities(azure, {
      cluster: cluster.cluster,
      container: store.container,
      vault,
      topics: kafka?.topics ?? new Map(),
    });
    grantReplicas(azure, store);
    grantLease(azure, store);
    createBackup(azure, cluster, store);
    createAudit(azure, { workspace, cluster, vault, store, egress });
    const actions = createActionGroup(azure);
    createAlerts(azure, { cluster, egress, metrics: createMetrics(azure, cluster), store, vault, actions });
    createBudget(azure, actions);
    createDefender(azure);

    const secrets = secretNames(deployment, region.parts);
    const isPrivate = deployment.cluster.endpoint === 'private';
    declareOutputs(this, {
      cluster_name: azure.name,
      cluster_endpoint: `https://${isPrivate ? cluster.cluster.privateFqdn : cluster.cluster.fqdn}`,
      namespace: names.namespace(region.parts),
      state_root: region.stateRoot.uri,
      registry: registry.loginServer,
      secret_names: secrets,
      secret_store: vault.vaultUri,
      secret_tenant: azure.client.tenantId,
      identities,
      oidc_issuer: cluster.cluster.oidcIssuerUrl,
      kafka_bootstrap: kafka?.bootstrap ?? '',
    });
    new TerraformOutput(this, 'egress_addresses', {
      description: 'Addresses that traffic leaves from; other regions admit them as addresses_REGION.',
      value: egress.addresses,
    });
    this.contract = regionContract(region, secrets);
  }
}
