import { managedKafka } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import { arns } from './arns.ts';
import type { StateCopy } from './copies.ts';
import type { Notified } from './deletion-notices.ts';
import { PUBLISHERS } from './key-policies.ts';
import type { Key } from './keys.ts';
import type { AwsNetwork } from './network.ts';
import { policyDocument } from './policy-document.ts';
import { CloudwatchMetricAlarm, SnsTopic, SnsTopicPolicy, SnsTopicSubscription } from './provider.ts';

/** The topic that alarms and notices go to, and from there to the file's addresses. */
export function createTopic({ stack, name, place, deployment }: AwsRegion, key: Key): Notified {
  const topic = new SnsTopic(stack, 'alarms', { name: `${name}-alarms`, kmsMasterKeyId: key.arn });
  const granted = new SnsTopicPolicy(stack, 'alarms-policy', {
    arn: topic.arn,
    policy: policyDocument([
      {
        Sid: 'Publishers',
        Effect: 'Allow',
        Principal: { Service: PUBLISHERS },
        Action: ['sns:Publish'],
        Resource: arns.topic(place, `${name}-alarms`),
        Condition: { StringEquals: { 'aws:SourceAccount': place.account } },
      },
    ]),
  });
  for (const [i, endpoint] of deployment.observability.alarms.entries()) {
    new SnsTopicSubscription(stack, `alarms-to-${i}`, { topicArn: topic.arn, protocol: 'email', endpoint });
  }
  return { topic, granted };
}

interface Watched {
  readonly id: string;
  readonly what: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Record<string, string>;
  readonly statistic: 'Maximum' | 'Sum';
  readonly threshold: number;
  /** Whether silence means trouble, or that nothing happened. */
  readonly silence: 'breaching' | 'notBreaching';
}

/** Alarms on what the region's services report about themselves. */
export function createAlarms(aws: AwsRegion, network: AwsNetwork, copies: readonly StateCopy[], topic: SnsTopic): void {
  const { stack, name } = aws;
  for (const watched of watchList(aws, network, copies)) {
    new CloudwatchMetricAlarm(stack, `alarm-${watched.id}`, {
      alarmName: `${name}-${watched.id}`,
      alarmDescription: watched.what,
      namespace: watched.namespace,
      metricName: watched.metric,
      dimensions: watched.dimensions,
      statistic: watched.statistic,
      period: 300,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: watched.threshold,
      treatMissingData: watched.silence,
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    });
  }
}

function watchList({ name, deployment }: AwsRegion, network: AwsNetwork, copies: readonly StateCopy[]): Watched[] {
  return [
    ...copies.flatMap((copy): Watched[] => {
      const dimensions = { SourceBucket: copy.source, DestinationBucket: copy.target, RuleId: copy.rule };
      const common = { namespace: 'AWS/S3', dimensions };
      return [
        {
          ...common,
          id: `copy-lag-${copy.peer}`,
          what: 'S3’s copy is more than 15 minutes behind, or does not report',
          metric: 'ReplicationLatency',
          statistic: 'Maximum',
          threshold: 900,
          silence: 'breaching',
        },
        {
          ...common,
          id: `copy-failed-${copy.peer}`,
          what: 'S3 could not copy objects',
          metric: 'OperationsFailedReplication',
          statistic: 'Sum',
          threshold: 0,
          silence: 'notBreaching',
        },
      ];
    }),
    ...network.zones.map(
      ({ nat }, i): Watched => ({
        id: `nat-ports-${i}`,
        what: 'a NAT gateway has no ports left for new connections',
        namespace: 'AWS/NATGateway',
        metric: 'ErrorPortAllocation',
        dimensions: { NatGatewayId: nat.id },
        statistic: 'Sum',
        threshold: 0,
        silence: 'notBreaching',
      }),
    ),
    ...(managedKafka(deployment)
      ? [
          {
            id: 'kafka-offline',
            what: 'partitions have no leader, or Kafka does not report',
            namespace: 'AWS/Kafka',
            metric: 'OfflinePartitionsCount',
            dimensions: { 'Cluster Name': name },
            statistic: 'Maximum',
            threshold: 0,
            silence: 'breaching',
          } as const,
        ]
      : []),
    {
      id: 'backup-failed',
      what: 'a backup of volumes failed',
      namespace: 'AWS/Backup',
      metric: 'NumberOfBackupJobsFailed',
      dimensions: { BackupVaultName: `${name}-volumes` },
      statistic: 'Sum',
      threshold: 0,
      silence: 'notBreaching',
    },
  ];
}
