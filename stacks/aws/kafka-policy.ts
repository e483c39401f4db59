import { Fn } from 'cdktf';
import { type DeploymentModel, homes, jobNameOf, managedTopics, topicsOf } from '../../config/index.ts';
import type { Statement } from './policy-document.ts';

/**
 * What Flink may do on the region's managed Kafka: read its source, write its sink and its dead letters, commit its transactions,
 * and make and keep its journal.
 */
export function kafkaPolicy(deployment: DeploymentModel, clusterArn: string): Statement[] {
  // Topics, groups and transactional ids carry the cluster's name and unique id (Amazon MSK, "Authorization policy resources").
  const under = (kind: string, rest: string) => `${Fn.replace(clusterArn, ':cluster/', `:${kind}/`)}/${rest}`;
  const topics = (names: readonly string[]) => names.map((name) => under('topic', name));
  const jobs = homes(deployment).map((home) => jobNameOf(deployment, home));
  const { reads, writes, journals } = managedTopics(deployment);
  const { source } = deployment;
  const groups = source.kafka?.group === undefined ? jobs : topicsOf(deployment, source.kafka.group);
  const statement = (Sid: string, Action: string[], Resource: string[] | string): Statement => ({
    ...{ Sid, Effect: 'Allow', Action },
    Resource,
  });
  const produces = writes.length > 0 || journals.length > 0;
  return [
    statement('KafkaConnect', ['kafka-cluster:Connect'], clusterArn),
    ...(reads.length > 0
      ? [
          statement('KafkaSource', ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], topics(reads)),
          statement(
            'KafkaGroup',
            ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
            groups.map((group) => under('group', group)),
          ),
        ]
      : []),
    ...(writes.length > 0
      ? [
          statement('KafkaSink', ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], topics(writes)),
          statement(
            'KafkaTransactions',
            ['kafka-cluster:AlterTransactionalId', 'kafka-cluster:DescribeTransactionalId'],
            // As Sinks.java names them: job, region, epoch and part.
            jobs.map((job) => under('transactional-id', `headrace-${job}-*`)),
          ),
        ]
      : []),
    ...(journals.length > 0
      ? [
          statement(
            'KafkaJournal',
            [
              'kafka-cluster:CreateTopic',
              'kafka-cluster:DescribeTopic',
              'kafka-cluster:ReadData',
              'kafka-cluster:WriteData',
            ],
            topics(journals),
          ),
        ]
      : []),
    ...(produces ? [statement('KafkaIdempotence', ['kafka-cluster:WriteDataIdempotently'], clusterArn)] : []),
  ];
}
