import type { AwsRegion } from './account.ts';
import type { Key } from './keys.ts';
import { createLogGroup } from './log-groups.ts';
import type { AwsNetwork } from './network.ts';
import { policyDocument } from './policy-document.ts';
import { FlowLog, IamRole, IamRolePolicy } from './provider.ts';
import { serviceTrust } from './trust-documents.ts';

/** Logs every flow of the network, admitted or not. */
export function createFlowLogs(aws: AwsRegion, network: AwsNetwork, logs: Key): void {
  const { stack, name, place } = aws;
  const group = createLogGroup(aws, 'log-flows', `/headrace/${name}/flows`, logs);
  const role = new IamRole(stack, 'flow-log-role', {
    name: `${name}-flow-log`,
    assumeRolePolicy: policyDocument(serviceTrust('vpc-flow-logs.amazonaws.com', place.account)),
  });
  new IamRolePolicy(stack, 'flow-log-policy', {
    name: 'deliver',
    role: role.name,
    policy: policyDocument([
      {
        Sid: 'DeliverFlowLogs',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        Resource: `${group.arn}:*`,
      },
    ]),
  });
  new FlowLog(stack, 'flow-log', {
    vpcId: network.vpc.id,
    trafficType: 'ALL',
    logDestinationType: 'cloud-watch-logs',
    logDestination: group.arn,
    iamRoleArn: role.arn,
    maxAggregationInterval: 60,
  });
}
