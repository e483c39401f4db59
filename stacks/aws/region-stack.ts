import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import {
  copiedTopics,
  type DeploymentModel,
  names,
  type RegionContract,
  type RegionModel,
} from '../../config/index.ts';
import { useBackend } from '../backend.ts';
import { declareOutputs, regionContract } from '../outputs.ts';
import { openAccount } from './account.ts';
import { createAccountSettings } from './account-settings.ts';
import { createNodeAddons, createPodAddons } from './addons.ts';
import { createAlarms, createTopic } from './alarms.ts';
import { createAnomalies } from './anomalies.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createAutoscalerIdentity } from './autoscaler.ts';
import { createBackup } from './backup.ts';
import { createBudget } from './budget.ts';
import { createCluster } from './cluster.ts';
import { createCopies } from './copies.ts';
import { noticeDeletions } from './deletion-notices.ts';
import { createFirewall } from './firewall.ts';
import { createFlowLogs } from './flow-logs.ts';
import { createIdentities } from './identity.ts';
import { createKafka } from './kafka.ts';
import { copyTopics, offerTopics } from './kafka-copies.ts';
import { createKeys } from './keys.ts';
import { grantLease } from './lease-access.ts';
import { createMetrics } from './metrics.ts';
import { createNetwork } from './network.ts';
import { createNodePools } from './nodes.ts';
import { awsPrimaries, awsReplicas } from './peers.ts';
import { createRegistry } from './registry.ts';
import { grantReplicas } from './replica-access.ts';
import { createResolverFirewall } from './resolver-firewall.ts';
import { createSecrets } from './secrets.ts';
import { createStateStore } from './state.ts';

/** Everything of one region on AWS. */
export class AwsRegionStack extends TerraformStack {
  /** What the stack promises to the charts. */
  readonly contract: RegionContract;

  constructor(scope: Construct, deployment: DeploymentModel, region: RegionModel) {
    super(scope, `${deployment.name}-${region.name}`);
    useBackend(this, deployment, 'aws');
    const aws = openAccount(this, deployment, region);
    const keys = createKeys(aws);
    const network = createNetwork(aws);
    const egress = createFirewall(aws, network, keys.logs);
    createResolverFirewall(aws, network);
    createFlowLogs(aws, network, keys.logs);
    const cluster = createCluster(aws, network, keys);
    const addons = createNodeAddons(aws, cluster);
    const pools = createNodePools(aws, {
      cluster,
      network,
      disksKey: keys.disks,
      dependsOn: [...egress, ...network.endpoints, ...addons],
    });
    createPodAddons(aws, cluster, keys.disks, pools);
    createAutoscalerIdentity(aws, cluster, addons);
    const registry = createRegistry(aws, keys.registry);
    const state = createStateStore(aws, network, keys.state);
    const copies = createCopies(aws, state, keys.state);
    const secretArns = createSecrets(aws, keys.secrets);
    const copied = awsReplicas(deployment, region).length > 0;
    const kafka = keys.kafka && createKafka(aws, network, keys, keys.kafka, copied);
    const identities = createIdentities(aws, cluster, addons, {
      place: aws.place,
      stateKeyArn: keys.state.arn,
      secretsKeyArn: keys.secrets.arn,
      secretArns,
      ...(kafka ? { kafkaArn: kafka.cluster.arn } : {}),
    });
    const { source } = deployment;
    if (kafka && source.kafka?.bootstrap === 'managed') {
      if (copied) offerTopics(aws, kafka);
      for (const peer of awsPrimaries(deployment, region)) {
        const topics = copiedTopics(deployment, peer);
        if (topics.length > 0) copyTopics(aws, kafka, peer, topics);
      }
    }
    grantReplicas(aws, keys.state);
    grantLease(aws, keys.state);
    createBackup(aws, keys.backup);
    const notified = createTopic(aws, keys.alarms);
    const { topic } = notified;
    noticeDeletions(aws, 'state', state, notified);
    createAlarms(aws, network, copies, topic);
    createMetrics(aws, { cluster, network, key: keys.metrics, topic });
    createBudget(aws, topic);
    createAnomalies(aws);
    createAccountSettings(aws, keys);
    if (keys.audit) createAuditTrail(aws, keys.audit, notified);

    const secretNames = Object.fromEntries(
      deployment.secrets.map((secret) => [secret, names.secret(region.parts, secret)]),
    );
    declareOutputs(this, {
      cluster_name: cluster.name,
      cluster_endpoint: cluster.endpoint,
      namespace: names.namespace(region.parts),
      state_root: region.stateRoot.uri,
      registry,
      secret_names: secretNames,
      secret_store: region.region,
      secret_tenant: '',
      identities,
      oidc_issuer: cluster.identity.get(0).oidc.get(0).issuer,
      kafka_bootstrap: kafka?.cluster.bootstrapBrokersSaslIam ?? '',
    });
    new TerraformOutput(this, 'egress_addresses', {
      description: 'Addresses that traffic leaves from; other regions admit them as addresses_REGION.',
      value: network.zones.map(({ address }) => address.publicIp),
    });
    this.contract = regionContract(region, secretNames);
  }
}
