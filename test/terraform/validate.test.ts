// Every stack as the real providers see it: `terraform init` and `terraform validate`, offline but for the providers.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { DeploymentModel } from '../../config/index.ts';
import { buildApp } from '../../stacks/app.ts';
import { DEPLOYMENTS } from './deployments.ts';
import { secretsIn } from './secrets.ts';
import { describeDiagnostic, findTerraform } from './terraform.ts';

/** A stack as synthesis left it. */
interface Written {
  readonly stack: string;
  readonly folder: string;
  readonly text: string;
}

const work = mkdtempSync(join(tmpdir(), 'headrace-terraform-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function synthesize(title: string, deployment: DeploymentModel): Promise<Written[]> {
  const outdir = join(work, title);
  const { app, stacks } = await buildApp(deployment, outdir);
  app.synth();
  return stacks.map((stack) => {
    const folder = join(outdir, 'stacks', stack);
    return { stack, folder, text: readFileSync(join(folder, 'cdk.tf.json'), 'utf8') };
  });
}

const deployments: [string, Written[]][] = [];
for (const [title, load] of DEPLOYMENTS) deployments.push([title, await synthesize(title, load())]);

/** The providers of all stacks, in the versions that they name. */
const required = Object.assign(
  {},
  ...deployments.flatMap(([, stacks]) => stacks.map(({ text }) => JSON.parse(text).terraform.required_providers)),
) as object;
const terraform = await findTerraform(work, required);
// A machine without a registry cannot know what a provider would say; everything else is tested without one.
if (typeof terraform === 'string') process.stderr.write(`skipped: ${terraform}\n`);

/** A deployment has up to five stacks, and a provider takes seconds to start on a small machine. */
const MINUTES = 60_000;

describe.each(deployments)('%s', (title, stacks) => {
  test.skipIf(typeof terraform === 'string')(
    'is valid to the real providers',
    async () => {
      if (typeof terraform === 'string') throw new Error(terraform);
      const found = await Promise.all(
        stacks.map(async ({ stack, folder }) =>
          (await terraform.validate(folder)).map((one) => ({ ...one, line: `${stack}: ${describeDiagnostic(one)}` })),
        ),
      );
      const lines = (severity: string) => found.flat().flatMap((one) => (one.severity === severity ? [one.line] : []));
      for (const warning of lines('warning')) process.stderr.write(`${title}: ${warning}\n`);
      expect(lines('error')).toEqual([]);
    },
    10 * MINUTES,
  );

  test('holds no value of a secret', () => {
    for (const { stack, text } of stacks) expect(secretsIn(JSON.parse(text)), stack).toEqual([]);
  });

  test('holds no path of the machine that synthesized it', () => {
    const checkout = fileURLToPath(new URL('../..', import.meta.url));
    for (const { stack, text } of stacks) {
      for (const place of [checkout, work, `${homedir()}/`, `${tmpdir()}/`, 'file://']) {
        expect(text.includes(place), `${place} in ${stack}`).toBe(false);
      }
    }
  });
});

test.skipIf(typeof terraform === 'string')('an argument that a provider does not know is an error', async () => {
  if (typeof terraform === 'string') throw new Error(terraform);
  const broken = mkdtempSync(join(work, 'broken-'));
  const stack = {
    terraform: { required_providers: required },
    resource: {
      aws_vpc: { one: { cidr_block: '10.0.0.0/16', headrace: true } },
      azurerm_resource_group: { one: { name: 'one', location: 'westeurope', headrace: true } },
      google_compute_network: { one: { name: 'one', headrace: true } },
    },
  };
  writeFileSync(join(broken, 'cdk.tf.json'), JSON.stringify(stack));
  const found = await terraform.validate(broken);
  expect(found.map(({ severity, summary }) => `${severity}: ${summary}`)).toEqual(
    Array(3).fill('error: Extraneous JSON object property'),
  );
});

describe('what counts as a secret', () => {
  test.each([
    ['a resource', { resource: { azurerm_key_vault_secret: { one: { value: 'x' } } } }],
    ['a data source', { data: { google_secret_manager_secret_version: { one: {} } } }],
    ['an argument', { resource: { aws_msk_scram: { one: { password: 'x' } } } }],
    ['a key in a text', { output: { key: { value: 'id=AKIAABCDEFGHIJKLMNOP' } } }],
  ])('is %s', (_, stack) => {
    expect(secretsIn(stack)).toHaveLength(1);
  });

  test('is not a name of a secret', () => {
    const named = { resource: { aws_secretsmanager_secret: { one: { name: 'reviews-us-openai-key' } } } };
    expect(secretsIn(named)).toEqual([]);
  });
});
