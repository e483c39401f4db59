import { type DeploymentModel, leaseKeeper, type RegionModel, sourcesOf, type Workload } from '../../config/index.ts';
import { arns, keyAlias } from './arns.ts';
import { bedrockModels } from './bedrock.ts';
import { kafkaPolicy } from './kafka-policy.ts';
import { leasePolicy } from './lease-policies.ts';
import { awsSources } from './peers.ts';
import { type Place, placeOf } from './place.ts';
import type { Statement } from './policy-document.ts';
import { peerKey, readPrefix, throughS3, writePrefix } from './state-policies.ts';

/** What the workloads' rights are about. */
export interface Granted {
  readonly place: Place;
  readonly stateKeyArn: string;
  readonly secretsKeyArn: string;
  /** Exact ARNs, by name in the deployment file. */
  readonly secretArns: ReadonlyMap<string, string>;
  /** ARN of the managed Kafka cluster, where there is one. */
  readonly kafkaArn?: string;
}

/** Rights of each workload; a workload without statements has an identity that may do nothing. */
export function workloadPolicies(
  deployment: DeploymentModel,
  region: RegionModel,
  granted: Granted,
): Record<Workload, Statement[]> {
  const { place, stateKeyArn } = granted;
  const bucket = arns.bucket(place, region.stateRoot.bucket);
  const { prefix } = region.stateRoot;
  const keepsLease = leaseKeeper(deployment)?.name === region.name;
  const lease = leasePolicy(deployment, region, place, stateKeyArn);
  const stateKey = throughS3('StateKey', stateKeyArn, place.region, true);
  return {
    flink: [
      ...writePrefix(bucket, prefix, { list: 'StateList', write: 'StateObjects' }),
      stateKey,
      ...(granted.kafkaArn ? kafkaPolicy(deployment, granted.kafkaArn) : []),
      // The region's own prefix holds the lease that is kept here.
      ...(keepsLease ? [] : lease),
    ],
    worker: workerPolicy(deployment, granted),
    // Only who copies from somewhere may write copies.
    replicator:
      sourcesOf(deployment, region).length === 0
        ? lease
        : [
            ...writePrefix(bucket, prefix, { list: 'CopyOwnList', write: 'CopyOwnObjects' }),
            stateKey,
            ...sourcesPolicy(awsSources(deployment, region), place),
            ...(keepsLease ? [] : lease),
          ],
  };
}

function workerPolicy(deployment: DeploymentModel, granted: Granted): Statement[] {
  const secrets = [...granted.secretArns.values()];
  const models = bedrockModels(deployment, granted.place);
  const statements: Statement[] = [];
  if (secrets.length > 0) {
    statements.push(
      {
        Sid: 'Secrets',
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: secrets,
      },
      {
        Sid: 'SecretsKey',
        Effect: 'Allow',
        Action: ['kms:Decrypt'],
        Resource: granted.secretsKeyArn,
        Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${granted.place.region}.amazonaws.com` } },
      },
    );
  }
  if (models.length > 0) {
    statements.push({
      Sid: 'Models',
      Effect: 'Allow',
      Action: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
      Resource: models,
    });
  }
  return statements;
}

/** Reading the state of other AWS regions. One Sid a region, so that the policy stays valid with several. */
const sourcesPolicy = (sources: readonly RegionModel[], here: Place): Statement[] =>
  sources.flatMap((source) => {
    const place = placeOf(source, here);
    const statements = [
      ...readPrefix(arns.bucket(place, source.stateRoot.bucket), source.stateRoot.prefix, {
        list: 'ReadPeerList',
        read: 'ReadPeerObjects',
      }),
      peerKey('PeerKey', place, keyAlias(source, 'state'), false),
    ];
    return statements.map((one) => ({ ...one, Sid: `${one.Sid}${source.index}` }));
  });
