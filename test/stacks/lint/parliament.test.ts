// What a linter of IAM finds in the policies of the AWS stacks: unknown actions, resources that an action does not take.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { App, Testing } from 'cdktf';
import { beforeAll, expect, test } from 'vitest';
import { cacheDirectory } from '../../../ops/dev/cache.ts';
import { AwsRegionStack } from '../../../stacks/aws/region-stack.ts';
import { DEPLOYMENTS } from '../../terraform/deployments.ts';

const run = promisify(execFile);
const VERSION = '1.6.4';
const SCRIPT = fileURLToPath(new URL('./policies.py', import.meta.url));
const MINUTES = 60_000;

/** Findings that stay, as `issue resource`, and why. */
const REASONS: Readonly<Record<string, string>> = {
  'RESOURCE_STAR aws_iam_policy.boundary': 'a boundary grants nothing, it only narrows',
  'PERMISSIONS_MANAGEMENT_ACTIONS aws_iam_policy.boundary': 'a boundary grants nothing, it only narrows',
  'PERMISSIONS_MANAGEMENT_ACTIONS aws_iam_role_policy.aws-ebs-csi-driver-key':
    'EC2 attaches an encrypted volume by a grant, which the driver makes for AWS services alone',
  'UNKNOWN_CONDITION_FOR_ACTION aws_iam_role_policy.identity-flink-policy':
    'kms:ResourceAliases is newer than the list (KMS, "Condition keys")',
  'UNKNOWN_CONDITION_FOR_ACTION aws_iam_role_policy.identity-replicator-policy':
    'kms:ResourceAliases is newer than the list (KMS, "Condition keys")',
};

/** What Terraform's expressions stand for, by the type of the resource. */
const ARNS: Readonly<Record<string, string>> = {
  aws_kms_key: 'arn:aws:kms:us-east-1:111111111111:key/11111111-2222-4333-8444-555555555555',
  aws_kms_replica_key: 'arn:aws:kms:us-west-2:111111111111:key/mrk-11111111222243338444555555555555',
  aws_msk_cluster: 'arn:aws:kafka:us-east-1:111111111111:cluster/reviews/11111111-2222-4333-8444-555555555555-1',
  aws_secretsmanager_secret: 'arn:aws:secretsmanager:us-east-1:111111111111:secret:reviews-us-key-AbCdEf',
  aws_cloudwatch_log_group: 'arn:aws:logs:us-east-1:111111111111:log-group:/headrace/reviews-us/flows',
};

const VARIABLE_ARN = 'arn:aws:kafka:us-east-1:111111111111:cluster/reviews/11111111-2222-4333-8444-666666666666-1';

function resolved(policy: string): string {
  return policy.replace(/\$\{([^}]*)\}/g, (_, expression: string) => {
    if (expression.includes('account_id')) return '111111111111';
    const [, type = ''] = /(aws_\w+)\./.exec(expression) ?? [];
    const known = ARNS[type] ?? (expression.includes('var.kafka') ? VARIABLE_ARN : undefined);
    if (!known) throw new Error(`no example of ${expression}`);
    const [, from, to] = /replace\(.*"([^"]+)", "([^"]+)"\)/.exec(expression.replaceAll('\\"', '"')) ?? [];
    return from && to ? known.replace(from, to) : known;
  });
}

interface Policy {
  readonly name: string;
  readonly policy: string;
}

/** Policies of identities. Those of resources name principals, which the linter does not read. */
function policies(): Policy[] {
  return DEPLOYMENTS.flatMap(([, load]) => {
    const deployment = load();
    return deployment.regions
      .filter(({ cloud }) => cloud === 'aws')
      .flatMap((region) => {
        const stack = new AwsRegionStack(new App({ stackTraces: false }), deployment, region);
        const { resource } = JSON.parse(Testing.synth(stack, false)) as {
          resource: Record<string, Record<string, { policy: string }>>;
        };
        return ['aws_iam_policy', 'aws_iam_role_policy'].flatMap((type) =>
          Object.entries(resource[type] ?? {}).map(([name, { policy }]) => ({
            name: `${type}.${name}`,
            policy: resolved(policy),
          })),
        );
      });
  });
}

async function analyze(all: readonly Policy[]): Promise<{ name: string; issue: string; detail: string }[]> {
  const environment = join(cacheDirectory(), `parliament-${VERSION}`);
  const python = join(environment, 'bin', 'python');
  if (!existsSync(python)) {
    await run('python3', ['-m', 'venv', environment]);
    // It still looks for resources by setuptools' own way, which later versions of that dropped.
    await run(python, ['-m', 'pip', 'install', '-q', `parliament==${VERSION}`, 'setuptools<81'], {
      maxBuffer: 1 << 24,
    });
  }
  const running = run(python, [SCRIPT], { maxBuffer: 1 << 26 });
  running.child.stdin?.end(all.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const { stdout } = await running;
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

let all: Policy[];
let found: Awaited<ReturnType<typeof analyze>>;
beforeAll(async () => {
  all = [...new Map(policies().map((one) => [one.name + one.policy, one])).values()];
  found = await analyze(all);
}, 10 * MINUTES);

test('nothing is found without a reason', () => {
  expect(all.length).toBeGreaterThan(30);
  const keys = new Map(found.map(({ issue, name, detail }) => [`${issue} ${name}`, detail]));
  expect([...keys].filter(([key]) => !REASONS[key])).toEqual([]);
});

test('every reason still has its finding', () => {
  const seen = new Set(found.map(({ issue, name }) => `${issue} ${name}`));
  expect(Object.keys(REASONS).filter((key) => !seen.has(key))).toEqual([]);
});

test('a misspelt action and a resource that an action does not take would be found', async () => {
  const policy = (Action: string, Resource: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: [Action], Resource }] });
  const broken = await analyze([
    { name: 'misspelt', policy: policy('s3:GetObjects', 'arn:aws:s3:::reviews/*') },
    { name: 'mismatch', policy: policy('s3:GetObject', 'arn:aws:s3:::reviews') },
  ]);
  expect(broken.map(({ name, issue }) => `${name} ${issue}`)).toEqual([
    'misspelt UNKNOWN_ACTION',
    'mismatch RESOURCE_MISMATCH',
  ]);
});
