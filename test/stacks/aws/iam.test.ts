// Who may do what: rights and trust by table, and a walk over every policy for what none may hold without a reason.
import { describe, expect, test } from 'vitest';
import type { DeploymentModel } from '../../../config/index.ts';
import { bedrockModels } from '../../../stacks/aws/bedrock.ts';
import { AwsStackError } from '../../../stacks/aws/errors.ts';
import { WILDCARD_REASONS } from '../../../stacks/aws/policy-document.ts';
import { accounts, active, deployment, everything, pair, restricted, US } from './deployments.ts';
import { type Json, ref, type Synthesized, synthesize } from './synthesized.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** Quotes inside a Terraform expression are Terraform's, not the document's. */
const parse = (policy: unknown) => {
  const text = String(policy).replace(/\$\{[^}]*\}/g, (expression) => expression.replaceAll('"', "'"));
  return (JSON.parse(text) as { Statement: Statement[] }).Statement;
};
const rights = (stack: Synthesized, name: string) => parse(stack.one('aws_iam_role_policy', name)['policy']);
const bySid = (statements: readonly Statement[], sid: string) => {
  const found = statements.find(({ Sid }) => Sid === sid);
  if (!found) throw new Error(`no ${sid} among ${statements.map(({ Sid }) => Sid).join(', ')}`);
  return found;
};

/** Every policy of a stack, by resource. */
function policies({ json }: Synthesized): [string, Statement[]][] {
  const resources = json['resource'] as Record<string, Record<string, Json>>;
  return Object.entries(resources).flatMap(([type, byName]) =>
    Object.entries(byName).flatMap(([name, one]) =>
      ['policy', 'assume_role_policy']
        .filter((key) => String(one[key]).includes('"Statement"'))
        .map((key): [string, Statement[]] => [`${type}.${name}.${key}`, parse(one[key])]),
    ),
  );
}

const hasWildcard = ({ Action, Resource, Principal }: Statement) =>
  JSON.stringify([Action, Resource ?? '', Principal ?? '']).includes('*');

const deployments: [string, () => DeploymentModel, string][] = [
  ['active', active, 'us'],
  ['pair, active', pair, 'us'],
  ['pair, standby', pair, 'west'],
  ['accounts, active', accounts, 'us'],
  ['accounts, standby', accounts, 'west'],
  ['restricted', restricted, 'us'],
  ['everything', everything, 'us'],
];

describe.each(deployments)('%s', (_, model, region) => {
  test('no statement allows a wildcard without a reason', () => {
    const unreasoned = policies(synthesize(model(), region)).flatMap(([place, statements]) =>
      statements
        .filter((one) => one.Effect === 'Allow' && hasWildcard(one))
        .filter(({ Sid }) => !WILDCARD_REASONS[Sid.replace(/\d+$/, '')])
        .map(({ Sid }) => `${place} ${Sid}`),
    );
    expect(unreasoned).toEqual([]);
  });

  test('the worker’s rights hold no wildcard at all', () => {
    expect(rights(synthesize(model(), region), 'identity-worker-policy').filter(hasWildcard)).toEqual([]);
  });

  test('every Sid is one that IAM takes, once a policy', () => {
    for (const [place, statements] of policies(synthesize(model(), region))) {
      const sids = statements.map(({ Sid }) => Sid);
      expect(new Set(sids).size, place).toBe(sids.length);
      for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/);
    }
  });
});

test.each(['flink', 'worker', 'replicator'])('%s trusts one cluster, namespace and service account', (workload) => {
  const [statement] = parse(synthesize(accounts()).one('aws_iam_role', `identity-${workload}`)['assume_role_policy']);
  expect(statement).toEqual({
    Sid: 'PodIdentity',
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringEquals: {
        'aws:SourceAccount': '111111111111',
        'aws:RequestTag/kubernetes-namespace': 'reviews',
        'aws:RequestTag/kubernetes-service-account': `${workload}-us`,
      },
      ArnEquals: { 'aws:SourceArn': 'arn:aws:eks:us-east-1:111111111111:cluster/reviews-us' },
    },
  });
});

test('flink writes below its own prefix only', () => {
  const policy = rights(synthesize(active()), 'identity-flink-policy');
  expect(bySid(policy, 'StateObjects').Resource).toBe('arn:aws:s3:::reviews-us-state-5c1a9e/reviews/*');
  expect(bySid(policy, 'StateList').Condition).toEqual({ StringLike: { 's3:prefix': ['reviews', 'reviews/*'] } });
  expect(bySid(policy, 'StateKey').Resource).toBe(ref('aws_kms_key.key-state.arn'));
});

test('the worker reads the declared secrets by their exact ARNs', () => {
  const policy = rights(synthesize(active()), 'identity-worker-policy');
  expect(bySid(policy, 'Secrets').Resource).toEqual([
    ref('aws_secretsmanager_secret.secret-openai-key.arn'),
    ref('aws_secretsmanager_secret.secret-store-password.arn'),
  ]);
});

test('a replicator that copies nothing has no right but on the lease; a standby’s reads its source, writes its own', () => {
  const idle = rights(synthesize(pair()), 'identity-replicator-policy');
  expect(idle.map(({ Sid }) => Sid)).toEqual(['LeaseList', 'LeaseObjects', 'LeaseKey']);
  const alone = Object.keys(synthesize(restricted()).all('aws_iam_role_policy'));
  expect(alone).not.toContain('identity-replicator-policy');
  const policy = rights(synthesize(pair(), 'west'), 'identity-replicator-policy');
  expect(bySid(policy, 'ReadPeerObjects0').Action).toEqual(['s3:GetObject']);
  expect(bySid(policy, 'ReadPeerObjects0').Resource).toBe('arn:aws:s3:::reviews-us-state-5c1a9e/reviews/*');
  expect(bySid(policy, 'PeerKey0').Condition?.['ForAnyValue:StringEquals']).toEqual({
    'kms:ResourceAliases': 'alias/reviews-us-state',
  });
  expect(bySid(policy, 'CopyOwnObjects').Resource).toBe('arn:aws:s3:::reviews-west-state-5c1a9e/reviews/*');
});

test('a replicator of another account is admitted by bucket and key, by its role alone', () => {
  const stack = synthesize(accounts());
  const role = 'arn:aws:iam::222222222222:role/reviews-west-replicator';
  const bucket = parse(stack.one('aws_s3_bucket_policy', 'state-policy')['policy']);
  expect(bySid(bucket, 'PeersReadObjects').Action).toEqual(['s3:GetObject']);
  expect(bySid(bucket, 'PeersReadObjects').Principal).toEqual({ AWS: ['arn:aws:iam::222222222222:root'] });
  expect(bySid(bucket, 'PeersReadObjects').Condition).toEqual({ ArnEquals: { 'aws:PrincipalArn': [role] } });
  const key = parse(stack.one('aws_kms_key', 'key-state')['policy']);
  expect(bySid(key, 'KeyOfPeers').Condition?.['ArnEquals']).toEqual({ 'aws:PrincipalArn': [role] });
});

test.each(['eu', 'asia'])(
  'another cloud’s region %s reads once its issuer is known, as its replicator only',
  (peer) => {
    const stack = synthesize(active());
    expect((stack.json['variable'] as Json)[`issuer_${peer}`]).toMatchObject({ type: 'string', default: '' });
    const role = stack.one('aws_iam_role', `reader-${peer}`);
    expect(role['count']).toBe(ref(`(length(var.issuer_${peer}) >= 1) ? 1 : 0`));
    const host = ref(`trimprefix(var.issuer_${peer}, "https://")`);
    expect(role['assume_role_policy']).toContain(`"${host}:sub":["system:serviceaccount:reviews:replicator-${peer}"]`);
    expect(role['assume_role_policy']).toContain(`"${host}:aud":"sts.amazonaws.com"`);
    expect(rights(stack, `reader-${peer}-policy`).flatMap(({ Action }) => Action)).toEqual([
      's3:ListBucket',
      's3:GetObject',
      'kms:Decrypt',
    ]);
  },
);

test('state refuses plain HTTP, old TLS, and objects asked for from outside the network', () => {
  const policy = parse(synthesize(active()).one('aws_s3_bucket_policy', 'state-policy')['policy']);
  expect(bySid(policy, 'NoPlainHttp')).toMatchObject({
    Effect: 'Deny',
    Principal: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  });
  expect(bySid(policy, 'NoOldTls').Condition).toEqual({ NumericLessThan: { 's3:TlsVersion': '1.2' } });
  expect(bySid(policy, 'OnlyFromTheNetwork').Condition?.['StringNotEquals']).toEqual({
    'aws:SourceVpce': ref('aws_vpc_endpoint.endpoint-s3.id'),
  });
});

const bedrock = (model: string) =>
  deployment({
    regions: [`${US}, role: active`],
    more: ['dr: { mode: none }', `resources: { judge: { chat: bedrock, model: "${model}" } }`],
  });
const place = { partition: 'aws', region: 'us-east-1', account: '111111111111' };

test.each([
  ['amazon.nova-lite-v1:0', ['arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0']],
  [
    'us.amazon.nova-lite-v1:0',
    [
      'arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.amazon.nova-lite-v1:0',
      'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0',
      'arn:aws:bedrock:us-east-2::foundation-model/amazon.nova-lite-v1:0',
      'arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0',
    ],
  ],
])('the worker calls %s by exact ARNs', (model, expected) => {
  expect(bedrockModels(bedrock(model), place)).toEqual(expected);
});

test('a profile whose regions are not known is refused with its place', () => {
  const call = () => bedrockModels(bedrock('global.amazon.nova-lite-v1:0'), place);
  expect(call).toThrow(AwsStackError);
  expect(call).toThrow(expect.objectContaining({ code: 'HR-AWS-002', path: 'resources.judge.model' }));
});

test('Flink writes outputs and dead letters, in transactions that are named as its sink names them', () => {
  const statements = rights(synthesize(everything(), 'us'), 'identity-flink-policy');
  const ends = (sid: string) =>
    [bySid(statements, sid).Resource ?? []].flat().map((one) => one.replace(/^\$\{.*\}/, ''));
  expect(ends('KafkaSink')).toEqual(['/ratings', '/ratings.dead-letter']);
  // Sinks.java: headrace-JOB-REGION-EPOCH-PART.
  expect(ends('KafkaTransactions')).toEqual(['us', 'west', 'asia'].map((home) => `/headrace-reviews-${home}-*`));
  expect(ends('KafkaGroup')).toEqual(['us', 'west', 'asia'].map((home) => `/reviews-${home}`));
});
