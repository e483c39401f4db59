import { type DeploymentModel, JOURNAL_DAYS, managedTopics } from '../../config/index.ts';
import type { Key } from './keys.ts';
import type { GcpNetwork } from './network.ts';
import type { GcpRegion } from './project.ts';
import { ManagedKafkaCluster, ManagedKafkaTopic } from './provider.ts';

const GiB = 2 ** 30;

/**
 * Capacity of a managed cluster, as decimal text. Google chooses the brokers itself (three at least, one more for every
 * 15 virtual CPUs), so `kafka.brokers` is the number of virtual CPUs, with 4 GiB each (1 to 8 are allowed). Storage grows by itself.
 */
export const kafkaCapacity = ({ brokers }: DeploymentModel['kafka']) => ({
  vcpuCount: `${brokers}`,
  memoryBytes: `${brokers * 4 * GiB}`,
});

const DAY_MS = 86_400_000;
const DURABLE = { 'min.insync.replicas': '2' };
/** As the job would make it. */
const JOURNAL = {
  ...DURABLE,
  'cleanup.policy': 'compact,delete',
  'retention.ms': `${JOURNAL_DAYS * DAY_MS}`,
  'message.timestamp.type': 'LogAppendTime',
};

/** Makes the region's Kafka and its topics. @returns the bootstrap servers. */
export function createKafka(gcp: GcpRegion, network: GcpNetwork, key: Key): string {
  const { stack, name, region, deployment, project } = gcp;
  const cluster = new ManagedKafkaCluster(stack, 'kafka', {
    clusterId: name,
    location: region.region,
    capacityConfig: kafkaCapacity(deployment.kafka),
    gcpConfig: {
      kmsKey: key.id,
      accessConfig: { networkConfigs: [{ subnet: network.subnetwork.id }] },
    },
    rebalanceConfig: { mode: 'AUTO_REBALANCE_ON_SCALE_UP' },
    lifecycle: { preventDestroy: deployment.cluster.deletionProtection },
    dependsOn: [gcp.api('managedkafka'), ...key.ready],
  });
  const { reads, writes, journals } = managedTopics(deployment);
  for (const topic of [...new Set([...reads, ...writes, ...journals])].sort()) {
    // Dots would fall out of the id; Kafka itself takes a dot and an underscore for the same.
    new ManagedKafkaTopic(stack, `topic-${topic.replaceAll('.', '_')}`, {
      cluster: cluster.clusterId,
      location: region.region,
      topicId: topic,
      partitionCount: Math.max(3, deployment.agent.parallelism),
      replicationFactor: 3,
      configs: journals.includes(topic) ? JOURNAL : DURABLE,
      lifecycle: {
        preventDestroy: deployment.cluster.deletionProtection,
        // Partitions can be added by hand and never taken away: that would replace the topic.
        ignoreChanges: ['partition_count'],
      },
    });
  }
  return `bootstrap.${name}.${region.region}.managedkafka.${project.id}.cloud.goog:9092`;
}
