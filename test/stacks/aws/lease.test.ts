// The lease lies in one region's bucket: who may write it there, and that they may nothing else.
import { describe, expect, test } from 'vitest';
import { ASIA, accounts, active, deployment, EU, everything, pair, restricted, US, WEST } from './deployments.ts';
import { at, type Json, ref, type Synthesized, synthesize } from './synthesized.ts';

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** Quotes inside a Terraform expression are Terraform's, not the document's. */
const parse = (policy: unknown) => {
  const text = String(policy).replace(/\$\{[^}]*\}/g, (expression) => expression.replaceAll('"', "'"));
  return (JSON.parse(text) as { Statement: Statement[] }).Statement;
};
const about = (policy: unknown, pattern: RegExp) => parse(policy).filter(({ Sid }) => pattern.test(Sid));
const rights = (stack: Synthesized, name: string) => stack.one('aws_iam_role_policy', name)['policy'];

/** Kept on AWS by an active region, with peers of every cloud. */
const keeper = () =>
  deployment({
    regions: [`${US}, role: active`, `${WEST}, role: standby`, `${EU}, role: standby`, `${ASIA}, role: standby`],
    more: ['dr: { lease: { region: us } }'],
  });

const LEASES = 'arn:aws:s3:::reviews-us-state-5c1a9e/reviews/leases/*';

describe.each(['eu', 'asia'])('region %s of another cloud', (peer) => {
  test('takes a role for its two workloads alone, once its issuer is known', () => {
    const stack = synthesize(keeper());
    const role = stack.one('aws_iam_role', `lease-${peer}`);
    expect(role['count']).toBe(ref(`(length(var.issuer_${peer}) >= 1) ? 1 : 0`));
    const [trust] = parse(role['assume_role_policy']);
    expect(Object.values(trust?.Condition?.['StringEquals'] ?? {})).toEqual([
      [`system:serviceaccount:reviews:flink-${peer}`, `system:serviceaccount:reviews:replicator-${peer}`],
      'sts.amazonaws.com',
    ]);
    expect(at(stack.json, `output.lease_writers.value.${peer}`)).toMatch(`role/reviews-us-lease-${peer}`);
  });

  test('reads and writes leases with it, deletes none and reaches nothing else', () => {
    const policy = parse(rights(synthesize(keeper()), `lease-${peer}-policy`));
    expect(policy.map(({ Action }) => Action)).toEqual([
      ['s3:ListBucket'],
      ['s3:GetObject', 's3:PutObject'],
      ['kms:Decrypt', 'kms:GenerateDataKey'],
    ]);
    expect(policy[0]?.Condition).toEqual({ StringLike: { 's3:prefix': ['reviews/leases/*'] } });
    expect(policy[1]?.Resource).toBe(LEASES);
  });

  test('has one provider of tokens, for reading state as well', () => {
    const providers = Object.keys(synthesize(keeper()).all('aws_iam_openid_connect_provider'));
    expect(providers.sort()).toEqual(['issuer-of-asia', 'issuer-of-eu']);
  });
});

describe.each(['flink', 'replicator'])('%s of another region on AWS', (workload) => {
  test('may write the lease where it is kept, through that region’s S3', () => {
    const policy = rights(synthesize(pair()), `identity-${workload}-policy`);
    const [list, objects, key] = about(policy, /^Lease/);
    expect(list?.Condition).toEqual({ StringLike: { 's3:prefix': ['reviews/leases/*'] } });
    expect(objects?.Resource).toBe('arn:aws:s3:::reviews-west-state-5c1a9e/reviews/leases/*');
    expect(objects?.Action).toEqual(['s3:GetObject', 's3:PutObject']);
    expect(key?.Condition).toMatchObject({
      StringEquals: { 'kms:ViaService': 's3.us-west-2.amazonaws.com' },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/reviews-west-state' },
    });
  });

  test('passes the bucket’s network rule', () => {
    const [rule] = about(synthesize(pair(), 'west').one('aws_s3_bucket_policy', 'state-policy')['policy'], /^OnlyFrom/);
    expect(rule?.Condition?.['ArnNotEquals']?.['aws:PrincipalArn']).toContainEqual(
      expect.stringMatching(`:role/reviews-us-${workload}$`),
    );
  });
});

test('roles of another account are admitted by bucket and key, to the prefix alone', () => {
  const stack = synthesize(accounts(), 'west');
  const roles = ['flink', 'replicator'].map((one) => `arn:aws:iam::111111111111:role/reviews-us-${one}`);
  const [list, objects] = about(stack.one('aws_s3_bucket_policy', 'state-policy')['policy'], /^PeersLease/);
  expect(list?.Condition).toEqual({
    StringLike: { 's3:prefix': ['reviews/leases/*'] },
    ArnEquals: { 'aws:PrincipalArn': roles },
  });
  expect(objects).toMatchObject({
    Principal: { AWS: ['arn:aws:iam::111111111111:root'] },
    Resource: 'arn:aws:s3:::reviews-west-state-5c1a9e/reviews/leases/*',
    Action: ['s3:GetObject', 's3:PutObject'],
    Condition: { ArnEquals: { 'aws:PrincipalArn': roles } },
  });
  const [key] = about(stack.one('aws_kms_key', 'key-state')['policy'], /^KeyOfLease/);
  expect(key?.Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  expect(key?.Condition?.['ArnEquals']).toEqual({ 'aws:PrincipalArn': roles });
});

test('the region that keeps the lease gives it to a replicator that copies nothing', () => {
  const [, objects, key] = about(rights(synthesize(keeper()), 'identity-replicator-policy'), /./);
  expect(objects?.Resource).toBe(LEASES);
  expect(key?.Resource).toBe(ref('aws_kms_key.key-state.arn'));
});

test.each([
  ['a region that another cloud keeps the lease for', active],
  ['an active region of that kind', everything],
  ['a region alone', restricted],
])('%s grants nothing about it', (_, model) => {
  const { json } = synthesize(model());
  expect(JSON.stringify(json)).not.toContain('/leases/');
  expect((json['output'] as Json)['lease_writers']).toBeUndefined();
});
