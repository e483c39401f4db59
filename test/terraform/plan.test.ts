// A plan of stacks by the real providers of Google Cloud and Azure without a cloud: one server gives tokens and the few
// answers that a plan reads. (AWS is planned, and more, in on-moto.test.ts.)
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cloud } from '../../config/index.ts';
import { buildApp } from '../../stacks/app.ts';
import { acceptedBy } from '../stacks/lint/accepted.ts';
import { findCheckov, scan, share } from '../stacks/lint/checkov.ts';
import { DEPLOYMENTS } from './deployments.ts';
import { findTerraform, providersOf } from './terraform.ts';

const MINUTES = 60_000;
const work = mkdtempSync(join(tmpdir(), 'headrace-plan-'));
const ID = '11111111-2222-4333-8444-555555555555';

/** What only a plan shows, by check and resource. */
const OF_PLANS: Readonly<Record<string, string>> = {
  'CKV_GCP_63 state':
    'the bucket writes no access logs, so none to itself: a plan lists the absent block as an empty one',
};

/** An unsigned token with the claims that Azure's provider reads. */
function token(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ oid: ID, tid: ID, appid: ID, exp: 4_000_000_000 })}.`;
}

const answer = (url: string): object | undefined => {
  if (/\/projects\/[^/]+$/.test(url.split('?')[0] ?? ''))
    return { projectId: url.split('/').at(-1)?.split('?')[0], projectNumber: '123456789012', lifecycleState: 'ACTIVE' };
  if (url.includes('/billingInfo'))
    return { billingAccountName: 'billingAccounts/000000-000000-000000', billingEnabled: true };
  if (url.includes('/token'))
    return { access_token: token(), expires_in: '86400', expires_on: '4000000000', token_type: 'Bearer', resource: '' };
  return undefined;
};

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const found = answer(request.url ?? '');
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { error: { code: 404, message: `not known here: ${request.url}` } }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => {
  server?.close();
  rmSync(work, { recursive: true, force: true });
});

const ENVIRONMENT: Readonly<Record<Exclude<Cloud, 'aws'>, () => Record<string, string>>> = {
  gcp: () => ({
    GOOGLE_OAUTH_ACCESS_TOKEN: 'none',
    GOOGLE_PROJECT: 'streams-prod',
    GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT: `${url}/v1/`,
    GOOGLE_CLOUD_BILLING_CUSTOM_ENDPOINT: `${url}/v1/`,
  }),
  azure: () => ({
    ARM_USE_MSI: 'true',
    ARM_USE_CLI: 'false',
    ARM_MSI_ENDPOINT: `${url}/token`,
    ARM_TENANT_ID: ID,
    ARM_CLIENT_ID: ID,
    ARM_SUBSCRIPTION_ID: ID,
    ARM_PROVIDER_ENHANCED_VALIDATION: 'false',
    ARM_RESOURCE_PROVIDER_REGISTRATIONS: 'none',
  }),
};

describe.each([
  ['gcp', 'two-regions-of-gcp', 50],
  ['azure', 'two-regions-of-azure', 90],
] as const)('%s', async (cloud, title, least) => {
  // A mirror that lacks a provider fails the tests of this cloud, and not the other's.
  const terraform = await findTerraform(join(work, cloud), providersOf(cloud)).catch((error: Error) => error);
  if (typeof terraform === 'string') process.stderr.write(`skipped: ${cloud}: ${terraform}\n`);

  test.skipIf(typeof terraform === 'string')(
    'a region can be planned, and a scanner finds nothing in the plan without a reason',
    async () => {
      if (typeof terraform === 'string') throw new Error(terraform);
      if (terraform instanceof Error) throw terraform;
      const load = DEPLOYMENTS.find(([name]) => name === title)?.[1];
      if (!load) throw new Error(`no deployment ${title}`);
      const outdir = join(work, title);
      mkdirSync(outdir);
      const { app } = await buildApp(load(), outdir);
      app.synth();
      const folder = join(outdir, 'stacks', 'reviews-one');
      const plan = await terraform.plan(folder, ENVIRONMENT[cloud]());
      expect(plan.add, plan.output).toBeGreaterThanOrEqual(least);
      if (!findCheckov()) {
        process.stderr.write(`${cloud}: the plan was not scanned: checkov is missing\n`);
        return;
      }
      const accepted = acceptedBy(app);
      const isAccepted = ({ check, resource }: { check: string; resource: string }) =>
        accepted.has(`reviews-one ${check} ${resource}`) || `${check} ${resource}` in OF_PLANS;
      const found = scan('plan', plan.json);
      process.stdout.write(`checkov on the plan of ${cloud}: ${share(found, isAccepted)}\n`);
      expect(
        found.findings.filter((one) => !isAccepted(one)).map((one) => `${one.check} ${one.resource}: ${one.title}`),
      ).toEqual([]);
    },
    10 * MINUTES,
  );
});
