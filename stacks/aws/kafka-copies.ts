import { conditional, Fn, Op, TerraformOutput, TerraformVariable, Token } from 'cdktf';
import type { RegionModel } from '../../config/index.ts';
import type { AwsRegion } from './account.ts';
import type { Brokers } from './kafka.ts';
import { kafkaVariable } from './peers.ts';
import { policyDocument, type Statement } from './policy-document.ts';
import { IamRole, IamRolePolicy, MskClusterPolicy, MskReplicator } from './provider.ts';
import { serviceTrust } from './trust-documents.ts';

/** Lets MSK's own service reach the brokers, and tells what the region that copies them is to be told. */
export function offerTopics({ stack }: AwsRegion, { cluster, group, subnets }: Brokers): void {
  new MskClusterPolicy(stack, 'kafka-policy', {
    clusterArn: cluster.arn,
    policy: policyDocument([
      {
        Sid: 'CopyTopics',
        Effect: 'Allow',
        Principal: { Service: 'kafka.amazonaws.com' },
        Action: ['kafka:CreateVpcConnection', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
        Resource: cluster.arn,
      },
    ]),
  });
  new TerraformOutput(stack, 'kafka_source', {
    description: 'Brokers that other regions copy topics from, as kafka_REGION.',
    value: { cluster: cluster.arn, security_groups: [group.id], subnets },
  });
}

/**
 * Copies the source's topic of a region that this one stands by for, so that a failover finds the records that the
 * restored state has not seen. It begins once that region is deployed. Offsets of groups come along for people; the job
 * finds its place by time.
 */
export function copyTopics(aws: AwsRegion, target: Brokers, source: RegionModel, topics: readonly string[]): void {
  const { stack, name, place } = aws;
  const known = new TerraformVariable(stack, kafkaVariable(source), {
    type: 'object({ cluster = string, security_groups = list(string), subnets = list(string) })',
    default: { cluster: '', security_groups: [], subnets: [] },
    description: `Output kafka_source of region ${source.name}; empty until it is deployed.`,
  });
  const arn = Token.asString(Fn.lookup(known.value, 'cluster', ''));
  const count = Token.asNumber(conditional(Op.gte(Fn.lengthOf(arn), 1), 1, 0));
  const id = `kafka-copy-${source.name}`;
  const roleName = `${name}-kafka-copy-${source.name}`;
  const role = new IamRole(stack, `${id}-role`, {
    name: roleName,
    assumeRolePolicy: policyDocument(serviceTrust('kafka.amazonaws.com', place.account)),
  });
  const rights = new IamRolePolicy(stack, `${id}-policy`, {
    count,
    name: 'copy',
    role: role.name,
    policy: policyDocument(copyRights(arn, target.cluster.arn)),
  });
  new MskReplicator(stack, id, {
    count,
    replicatorName: roleName,
    description: `Topics of ${source.name}`,
    serviceExecutionRoleArn: role.arn,
    kafkaCluster: [
      {
        amazonMskCluster: { mskClusterArn: arn },
        vpcConfig: {
          subnetIds: Token.asList(Fn.lookup(known.value, 'subnets', [])),
          securityGroupsIds: Token.asList(Fn.lookup(known.value, 'security_groups', [])),
        },
      },
      {
        amazonMskCluster: { mskClusterArn: target.cluster.arn },
        vpcConfig: { subnetIds: [...target.subnets], securityGroupsIds: [target.group.id] },
      },
    ],
    replicationInfoList: {
      sourceKafkaClusterArn: arn,
      targetKafkaClusterArn: target.cluster.arn,
      targetCompressionType: 'NONE',
      topicReplication: [
        {
          topicsToReplicate: [...topics],
          copyTopicConfigurations: true,
          copyAccessControlListsForTopics: false,
          detectAndCopyNewTopics: true,
          startingPosition: { type: 'LATEST' },
          // The job reads the same name in either region.
          topicNameConfiguration: { type: 'IDENTICAL' },
        },
      ],
      consumerGroupReplication: [
        {
          consumerGroupsToReplicate: ['.*'],
          detectAndCopyNewConsumerGroups: true,
          synchroniseConsumerGroupOffsets: true,
        },
      ],
    },
    dependsOn: [rights],
  });
}

/** Rights of the replicator on both ends (Amazon MSK, "MSK Replicator: service execution role"). */
function copyRights(source: string, target: string): Statement[] {
  const under = (arn: string, kind: string) => `${Fn.replace(arn, ':cluster/', `:${kind}/`)}/*`;
  return [
    {
      Sid: 'CopyConnect',
      Effect: 'Allow',
      Action: [
        'kafka-cluster:AlterCluster',
        'kafka-cluster:Connect',
        'kafka-cluster:DescribeCluster',
        'kafka-cluster:DescribeClusterDynamicConfiguration',
        'kafka-cluster:WriteDataIdempotently',
      ],
      Resource: [source, target],
    },
    {
      Sid: 'CopyTopicsOf',
      Effect: 'Allow',
      Action: [
        'kafka-cluster:AlterTopic',
        'kafka-cluster:AlterTopicDynamicConfiguration',
        'kafka-cluster:CreateTopic',
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:DescribeTopicDynamicConfiguration',
        'kafka-cluster:ReadData',
        'kafka-cluster:WriteData',
      ],
      Resource: [under(source, 'topic'), under(target, 'topic')],
    },
    {
      Sid: 'CopyGroups',
      Effect: 'Allow',
      Action: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
      Resource: [under(source, 'group'), under(target, 'group')],
    },
  ];
}
