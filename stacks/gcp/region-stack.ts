import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type DeploymentModel, names, type RegionContract, type RegionModel } from '../../config/index.ts';
import { useBackend } from '../backend.ts';
import { declareOutputs, regionContract } from '../outputs.ts';
import { createBackupPlan } from './backup.ts';
import { createCluster } from './cluster.ts';
import { createFirewall } from './firewall.ts';
import { grantWorkloads } from './identity.ts';
import { createKafka } from './kafka.ts';
import { createKeys } from './keys.ts';
import { grantLease } from './lease-access.ts';
import { createNetwork } from './network.ts';
import { createNodeIdentity } from './node-identity.ts';
import { createNodePools } from './nodes.ts';
import { createObservability } from './observability.ts';
import { createOrgPolicies } from './org-policies.ts';
import { openProject } from './project.ts';
import { createRegistry } from './registry.ts';
import { grantReplicas } from './replica-access.ts';
import { createSecrets } from './secrets.ts';
import { createStateStore } from './state.ts';

/** Everything of one region on Google Cloud. */
export class GcpRegionStack extends TerraformStack {
  /** What the stack promises to the charts. */
  readonly contract: RegionContract;

  constructor(scope: Construct, deployment: DeploymentModel, region: RegionModel) {
    super(scope, `${deployment.name}-${region.name}`);
    useBackend(this, deployment, 'gcp');
    const gcp = openProject(this, deployment, region);
    const keys = createKeys(gcp);
    const network = createNetwork(gcp);
    const egress = createFirewall(gcp, network);
    const nodeAccount = createNodeIdentity(gcp);
    const registry = createRegistry(gcp, keys.registry, nodeAccount);
    const cluster = createCluster(gcp, { network, nodeAccount, secretsKey: keys.cluster, disksKey: keys.disks });
    createNodePools(gcp, {
      cluster,
      account: nodeAccount,
      disksKey: keys.disks,
      dependsOn: [egress, ...registry.ready],
    });
    const bucket = createStateStore(gcp, keys.state);
    const secrets = createSecrets(gcp, keys.secrets);
    const identities = grantWorkloads(gcp, { cluster, bucket, secrets });
    grantReplicas(gcp, cluster, bucket);
    grantLease(gcp, cluster, bucket);
    const kafka = keys.kafka ? createKafka(gcp, network, keys.kafka) : '';
    createBackupPlan(gcp, cluster, keys.backup);
    createObservability(gcp, keys.logs);
    createOrgPolicies(gcp);
    const secretNames = Object.fromEntries(
      deployment.secrets.map((secret) => [secret, names.secret(region.parts, secret)]),
    );
    declareOutputs(this, {
      cluster_name: gcp.name,
      cluster_endpoint: `https://${cluster.endpoint}`,
      namespace: names.namespace(region.parts),
      state_root: region.stateRoot.uri,
      registry: registry.path,
      secret_names: secretNames,
      secret_store: gcp.project.id,
      secret_tenant: '',
      identities,
      oidc_issuer: `https://container.googleapis.com/v1/${cluster.id}`,
      kafka_bootstrap: kafka,
    });
    new TerraformOutput(this, 'egress_addresses', {
      description: 'Addresses that traffic leaves from, for the allow lists of others.',
      value: network.addresses,
    });
    this.contract = regionContract(region, secretNames);
  }
}
