import { Fn } from 'cdktf';
import type { DeploymentModel } from '../../config/index.ts';
import type { Statement } from './policy-document.ts';

/** What Flink may do on the region's managed Kafka: read its source, write its sink, commit its transactions. */
export function kafkaPolicy({ name, source, sink }: DeploymentModel, clusterArn: string): Statement[] {
  // Topics, groups and transactional ids carry the cluster's name and unique id (Amazon MSK, "Authorization policy resources").
  const under = (kind: string, rest: string) => `${Fn.replace(clusterArn, ':cluster/', `:${kind}/`)}/${rest}`;
  const reads = source.kafka?.bootstrap === 'managed' ? source.kafka : undefined;
  const writes = sink.kafka?.bootstrap === 'managed' ? sink.kafka : undefined;
  const statements: Statement[] = [
    { Sid: 'KafkaConnect', Effect: 'Allow', Action: ['kafka-cluster:Connect'], Resource: clusterArn },
  ];
  if (reads) {
    statements.push(
      {
        Sid: 'KafkaSource',
        Effect: 'Allow',
        Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
        Resource: under('topic', reads.topic),
      },
      {
        Sid: 'KafkaGroup',
        Effect: 'Allow',
        Action: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
        Resource: under('group', reads.group ?? name),
      },
    );
  }
  if (writes) {
    statements.push(
      {
        Sid: 'KafkaSink',
        Effect: 'Allow',
        Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
        Resource: under('topic', writes.topic),
      },
      {
        Sid: 'KafkaTransactions',
        Effect: 'Allow',
        Action: ['kafka-cluster:AlterTransactionalId', 'kafka-cluster:DescribeTransactionalId'],
        Resource: under('transactional-id', `${name}*`),
      },
      {
        Sid: 'KafkaIdempotence',
        Effect: 'Allow',
        Action: ['kafka-cluster:WriteDataIdempotently'],
        Resource: clusterArn,
      },
    );
  }
  return statements;
}
