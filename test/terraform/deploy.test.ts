// Deploying and taking down with a real Terraform and no cloud: stacks of `terraform_data`, which needs no provider.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DeploymentModel, parseDeployment } from '../../config/index.ts';
import { missingCredentials } from '../../ops/deploy/credentials.ts';
import { type DeployRun, deployStacks } from '../../ops/deploy/deploy.ts';
import { allowDestroy, destroyStacks } from '../../ops/deploy/destroy.ts';
import { outputsFile, readOutputs } from '../../ops/deploy/outputs-file.ts';
import { peerVariables } from '../../ops/deploy/peers.ts';
import { selectStacks, stackOrder } from '../../ops/deploy/preflight.ts';
import { mendOf } from '../../ops/deploy/stack.ts';
import { terraformCommand } from '../../ops/deploy/terraform.ts';
import type { Terminal } from '../../ops/terminal/terminal.ts';

const deployment = (protection = false, more = ''): DeploymentModel =>
  parseDeployment(
    'headrace.yaml',
    [
      'version: 1',
      'name: reviews',
      'id: 5c1a9e',
      'agent: { entry: ./agent.ts }',
      'regions:',
      '  - { name: us, cloud: aws, region: us-east-1, role: active }',
      '  - { name: eu-1, cloud: azure, region: westeurope, role: standby }',
      'source: { kafka: { topic: reviews, bootstrap: managed } }',
      'sink: { kafka: { topic: ratings, bootstrap: managed } }',
      `cluster: { deletionProtection: ${protection} }`,
      more,
    ].join('\n'),
  );

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'headrace-deploy-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(out, { recursive: true, force: true });
});

interface Written {
  readonly peer: string;
  readonly fails?: boolean;
}

/** A stack as synthesis would leave it: two resources, one output, and a variable that waits for a peer. */
function write(id: string, { peer, fails = false }: Written): void {
  const folder = join(out, 'cdktf.out', 'stacks', id);
  mkdirSync(folder, { recursive: true });
  const stack = {
    terraform: { backend: { local: { path: join(out, `${id}.tfstate`) } } },
    variable: { [`issuer_${peer}`]: { type: 'string', default: '' } },
    resource: {
      terraform_data: {
        network: { input: id },
        trust: {
          input: `\${var.issuer_${peer}}`,
          depends_on: ['terraform_data.network'],
          ...(fails ? { provisioner: [{ 'local-exec': { command: 'echo quota exceeded >&2; exit 1' } }] } : {}),
        },
      },
    },
    output: { oidc_issuer: { value: `https://${id}.example.net`, depends_on: ['terraform_data.network'] } },
  };
  writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(stack));
}

function run(lines: string[] = []): DeployRun {
  const terminal: Terminal = {
    line: (text = '') => lines.push(text),
    step: (text) => lines.push(text),
    progress() {},
    progressDone() {},
  };
  const stacks = [
    { id: 'reviews-us', cloud: undefined },
    { id: 'reviews-eu-1', cloud: undefined },
  ];
  const command = terraformCommand();
  if (!command) throw new Error('terraform is missing: put it on PATH or into HEADRACE_TOOLS');
  return { deployment: deployment(), out, stacks, command, yes: true, terminal, signal: new AbortController().signal };
}

const both = (fails = false) => {
  write('reviews-us', { peer: 'eu_1' });
  write('reviews-eu-1', { peer: 'us', fails });
};
const trustOf = (id: string) => {
  const state = JSON.parse(readFileSync(join(out, `${id}.tfstate`), 'utf8')) as {
    resources: { name: string; instances: { attributes: { input: { value: string } | string } }[] }[];
  };
  const input = state.resources.find(({ name }) => name === 'trust')?.instances[0]?.attributes.input;
  return typeof input === 'string' ? input : input?.value;
};

describe('deploy', () => {
  test('goes stack by stack, tells regions of each other in a second round, and saves the outputs', async () => {
    both();
    const lines: string[] = [];
    const done = await deployStacks(run(lines));
    expect(done.map(({ stack, round, add, change }) => [stack, round, add, change])).toEqual([
      ['reviews-us', 1, 2, 0],
      ['reviews-eu-1', 1, 2, 0],
      ['reviews-us', 2, 0, 1],
      ['reviews-eu-1', 2, 0, 1],
    ]);
    expect(trustOf('reviews-us')).toBe('https://reviews-eu-1.example.net');
    expect(readOutputs(out)).toEqual({
      'reviews-us': { oidc_issuer: 'https://reviews-us.example.net' },
      'reviews-eu-1': { oidc_issuer: 'https://reviews-eu-1.example.net' },
    });
    const resources = lines.filter((line) => line.includes('terraform_data.'));
    expect(resources[0]).toMatch(/^ {2}1\/2 terraform_data\.network made \(\d+ s\)$/);
    expect(resources).toHaveLength(6);
  });

  test('a second time changes nothing', async () => {
    both();
    await deployStacks(run());
    expect(await deployStacks(run())).toEqual([]);
  });

  test('goes on from where a failed one ended, and says what the failure was', async () => {
    both(true);
    await expect(deployStacks(run())).rejects.toMatchObject({
      code: 'HR-DEPLOY-005',
      place: 'reviews-eu-1 terraform_data.trust',
      exitCode: 1,
      mend: expect.stringContaining('ask the cloud for more'),
    });
    expect(Object.keys(readOutputs(out))).toEqual(['reviews-us']);
    both();
    const done = await deployStacks(run());
    expect(done.map(({ stack, round }) => [stack, round])).toEqual([
      ['reviews-eu-1', 1],
      ['reviews-us', 2],
    ]);
  });

  test('changes no stack when one cannot be planned', async () => {
    both();
    writeFileSync(
      join(out, 'cdktf.out', 'stacks', 'reviews-eu-1', 'broken.tf.json'),
      `{"output":{"x":{"value":"\${no.such}"}}}`,
    );
    await expect(deployStacks(run())).rejects.toMatchObject({
      exitCode: 2,
      place: expect.stringContaining('reviews-eu-1'),
    });
    expect(existsSync(join(out, 'reviews-us.tfstate'))).toBe(false);
    expect(existsSync(outputsFile(out))).toBe(false);
  });

  test('asks before it changes anything, and refuses where nobody can be asked', async () => {
    both();
    await expect(deployStacks({ ...run(), yes: false })).rejects.toMatchObject({ code: 'HR-DEPLOY-008', exitCode: 2 });
    expect(existsSync(join(out, 'reviews-us.tfstate'))).toBe(false);
  });
});

describe('variables of the names', () => {
  const ID = 'reviews-global';
  const named = (): DeployRun => ({
    ...run(),
    deployment: deployment(false, 'dns: { zone: reviews.example.com }'),
    stacks: [{ id: ID, cloud: undefined }],
  });
  const kept = () => readOutputs(out)[ID]?.['dns_variables'];
  /** As synthesis writes it: without what Headrace told it before. */
  function writeNames(): void {
    rmSync(join(out, 'cdktf.out'), { recursive: true, force: true });
    const folder = join(out, 'cdktf.out', 'stacks', ID);
    mkdirSync(folder, { recursive: true });
    const variable = {
      enabled_us: { type: 'bool', default: true },
      enabled_eu_1: { type: 'bool', default: true },
      endpoint_us: { type: 'string', default: '' },
    };
    const value = Object.fromEntries(Object.keys(variable).map((name) => [name, `\${var.${name}}`]));
    const stack = {
      terraform: { backend: { local: { path: join(out, `${ID}.tfstate`) } } },
      variable,
      resource: { terraform_data: { check: { input: `\${!var.enabled_us}` } } },
      output: { dns_variables: { value } },
    };
    writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(stack));
  }

  test('outlive a deploy that is told none of them, also those that change no resource', async () => {
    writeNames();
    await deployStacks(named());
    vi.stubEnv('TF_VAR_enabled_us', 'false');
    vi.stubEnv('TF_VAR_endpoint_us', '192.0.2.1');
    expect(await deployStacks(named())).toMatchObject([{ stack: ID, change: 1 }]);
    vi.stubEnv('TF_VAR_endpoint_us', '192.0.2.9');
    expect(await deployStacks(named())).toMatchObject([{ stack: ID, change: 0 }]);
    vi.unstubAllEnvs();
    const told = { enabled_us: false, enabled_eu_1: true, endpoint_us: '192.0.2.9' };
    expect(kept()).toEqual(told);
    // Nothing but Terraform's state is left of it.
    writeNames();
    rmSync(outputsFile(out));
    expect(await deployStacks(named())).toEqual([]);
    expect(kept()).toEqual(told);
  });
});

describe('destroy', () => {
  test('takes stacks down in reverse, and their outputs with them', async () => {
    both();
    await deployStacks(run());
    const done = await destroyStacks(run());
    expect(done.map(({ stack, remove }) => [stack, remove])).toEqual([
      ['reviews-eu-1', 2],
      ['reviews-us', 2],
    ]);
    expect(readOutputs(out)).toEqual({});
    expect(await destroyStacks(run())).toEqual([]);
  });

  test('refuses while the file protects the deployment, or when state would go along unasked', () => {
    const stacks = stackOrder(deployment());
    expect(() => allowDestroy(deployment(true), stacks, true)).toThrow(
      expect.objectContaining({ code: 'HR-DEPLOY-009', exitCode: 2 }),
    );
    expect(() => allowDestroy(deployment(), stacks, false)).toThrow(
      expect.objectContaining({
        code: 'HR-DEPLOY-010',
        message: expect.stringContaining('s3://reviews-us-state-5c1a9e'),
      }),
    );
    expect(() => allowDestroy(deployment(), stacks, true)).not.toThrow();
    // What spans regions holds no state.
    expect(() => allowDestroy(deployment(), selectStacks(deployment(), ['global']), false)).not.toThrow();
  });
});

test('stacks go in the file’s order, and what spans them last', () => {
  expect(stackOrder(deployment()).map(({ id, cloud }) => [id, cloud])).toEqual([
    ['reviews-us', 'aws'],
    ['reviews-eu-1', 'azure'],
    ['reviews-global', undefined],
  ]);
  expect(selectStacks(deployment(), ['eu-1']).map(({ id }) => id)).toEqual(['reviews-eu-1']);
  expect(() => selectStacks(deployment(), ['asia'])).toThrow(expect.objectContaining({ code: 'HR-DEPLOY-006' }));
});

test('a stack is told only what it declares and the environment does not say', () => {
  const outputs = {
    'reviews-eu-1': { oidc_issuer: 'https://a', egress_addresses: ['192.0.2.1'], kafka_source: { cluster: 'arn' } },
  };
  const told = (declared: string[], env = {}) => peerVariables(deployment(), declared, outputs, env);
  expect(told(['issuer_eu_1', 'addresses_eu_1', 'issuer_us'])).toEqual({
    issuer_eu_1: 'https://a',
    addresses_eu_1: ['192.0.2.1'],
  });
  expect(told(['issuer_eu_1'], { TF_VAR_issuer_eu_1: 'mine' })).toEqual({});
});

test.each([
  ['aws', { AWS_PROFILE: 'prod' }],
  ['azure', { ARM_USE_OIDC: 'true' }],
  ['gcp', { GOOGLE_APPLICATION_CREDENTIALS: '/k' }],
] as const)('credentials of %s are looked for where its provider does', (cloud, env) => {
  expect(missingCredentials(cloud, {}, out)).toMatch(/sign in with/);
  expect(missingCredentials(cloud, env, out)).toBeUndefined();
});

test.each([
  ['VcpuLimitExceeded: you have requested more', 'HR-DEPLOY-005', 'ask the cloud for more'],
  ['AccessDenied: not authorized', 'HR-DEPLOY-004', 'deployer-policy.json'],
  ['Error acquiring the state lock', 'HR-DEPLOY-004', 'force-unlock'],
  ['EntityAlreadyExists: Role with name reviews-us-worker already exists', 'HR-DEPLOY-005', 'terraform import'],
  ['Failed to query available provider packages', 'HR-DEPLOY-003', 'mirror'],
])('%s has its own mend', (text, code, mend) => {
  expect(mendOf(text, code)).toContain(mend);
});
