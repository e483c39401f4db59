import type { AwsRegion } from './account.ts';
import type { Key, Keys } from './keys.ts';
import { createLogGroup } from './log-groups.ts';
import type { AwsNetwork } from './network.ts';
import { MskCluster, MskConfiguration, SecurityGroup, VpcSecurityGroupIngressRule } from './provider.ts';

/** Topics are made on purpose; a record counts once two of three brokers have it. */
export const BROKER_PROPERTIES = [
  'auto.create.topics.enable=false',
  'default.replication.factor=3',
  'min.insync.replicas=2',
  'unclean.leader.election.enable=false',
].join('\n');

/** A region's brokers and where they are reached. */
export interface Brokers {
  readonly cluster: MskCluster;
  readonly group: SecurityGroup;
  readonly subnets: readonly string[];
}

/**
 * Managed Kafka that only identities of IAM reach, over TLS, from the nodes.
 * @param copied whether another region copies its topics: MSK does that over connections of its own.
 */
export function createKafka(aws: AwsRegion, network: AwsNetwork, keys: Keys, key: Key, copied: boolean): Brokers {
  const { stack, name, deployment } = aws;
  const { version, brokers, storage } = deployment.kafka;
  const group = new SecurityGroup(stack, 'brokers', {
    name: `${name}-brokers`,
    description: 'Kafka with IAM from the nodes',
    vpcId: network.vpc.id,
    tags: { Name: `${name}-brokers` },
  });
  for (const [i, zone] of network.zones.entries()) {
    new VpcSecurityGroupIngressRule(stack, `brokers-in-${i}`, {
      securityGroupId: group.id,
      description: 'Kafka with IAM from the nodes of a zone',
      cidrIpv4: zone.blocks.nodes,
      ipProtocol: 'tcp',
      fromPort: 9098,
      toPort: 9098,
    });
  }
  const configuration = new MskConfiguration(stack, 'broker-configuration', {
    name,
    kafkaVersions: [brokerVersion(version)],
    serverProperties: BROKER_PROPERTIES,
  });
  const logs = createLogGroup(aws, 'log-brokers', `/headrace/${name}/brokers`, keys.logs);
  const subnets = network.zones.map(({ inner }) => inner.id);
  const cluster = new MskCluster(stack, 'kafka', {
    clusterName: name,
    kafkaVersion: brokerVersion(version),
    // MSK wants the same number in each zone.
    numberOfBrokerNodes: Math.ceil(brokers / 3) * 3,
    brokerNodeGroupInfo: {
      instanceType: 'kafka.m7g.large',
      clientSubnets: subnets,
      securityGroups: [group.id],
      storageInfo: { ebsStorageInfo: { volumeSize: Math.ceil(storage / 2 ** 30) } },
      connectivityInfo: {
        publicAccess: { type: 'DISABLED' },
        ...(copied ? { vpcConnectivity: { clientAuthentication: { sasl: { iam: true, scram: false } } } } : {}),
      },
    },
    configurationInfo: { arn: configuration.arn, revision: configuration.latestRevision },
    clientAuthentication: { unauthenticated: false, sasl: { iam: true, scram: false } },
    encryptionInfo: {
      encryptionAtRestKmsKeyArn: key.arn,
      encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
    },
    enhancedMonitoring: 'PER_TOPIC_PER_BROKER',
    loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: logs.name } } },
    lifecycle: { preventDestroy: deployment.cluster.deletionProtection },
  });
  return { cluster, group, subnets };
}

/** A version as MSK offers it: from 3.8 on the patch is Amazon's affair, and 4.0 and later come as KRaft only (Amazon MSK, "Supported Apache Kafka versions"). */
export const brokerVersion = (version: string) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const line = `${major}.${minor}.x`;
  return major > 3 || minor >= 8 ? (major > 3 ? `${line}.kraft` : line) : version;
};
