// What is sent where, against servers that speak each service's own HTTP; the value is in the request's body alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { setSecret, type Writers } from '../../../ops/commands/secrets.ts';
import { awsWriter, azureWriter, gcpWriter } from '../../../ops/deploy/secret-writers.ts';
import type { CommandContext } from '../../../ops/terminal/command.ts';

const VALUE = 'sk-never-to-be-seen';
const FILE = `
version: 1
name: reviews
id: 5c1a9e
agent: { entry: ./agent.ts }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active }
  - { name: eu, cloud: azure, region: westeurope, role: standby }
  - { name: asia, cloud: gcp, region: asia-southeast1, role: standby, account: streams }
source: { kafka: { topic: reviews, bootstrap: managed } }
sink: { kafka: { topic: ratings, bootstrap: managed } }
secrets: [openai-key]
`;

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let folder: string;
let server: Server;
let seen: Seen[];
let status: number;
let address: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-secrets-'));
  writeFileSync(join(folder, 'headrace.yaml'), FILE);
  writeFileSync(join(folder, 'value'), `${VALUE}\n`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  seen = [];
  status = 200;
  server = createServer(async (request, response) => {
    seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: await text(request),
    });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      status === 200 ? '{}' : JSON.stringify({ __type: 'ResourceNotFoundException', error: { message: 'not found' } }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await new Promise((done) => server.close(done));
});

const writers = (): Writers => ({
  aws: awsWriter(address),
  azure: azureWriter(
    async (scope) => `token for ${scope}`,
    () => address,
  ),
  gcp: gcpWriter(async (scope) => `token for ${scope}`, address),
});

async function set(more: object = {}) {
  const said: string[] = [];
  const terminal = {
    line: (line = '') => said.push(line),
    step() {},
    progress: (line: string) => said.push(line),
    progressDone() {},
  };
  const context: CommandContext = { terminal, json: false, signal: new AbortController().signal };
  const options = {
    file: join(folder, 'headrace.yaml'),
    name: 'openai-key',
    region: [],
    from: join(folder, 'value'),
    ...more,
  };
  const { result } = await setSecret(options, context, writers());
  return { result, said: said.join('\n') };
}

test('each region’s secret manager gets the value under the name that its stack knows', async () => {
  const { result } = await set();
  expect(result.written).toEqual([
    { region: 'us', entry: 'reviews-us-openai-key' },
    { region: 'eu', entry: 'reviews-eu-openai-key' },
    { region: 'asia', entry: 'reviews-asia-openai-key' },
  ]);
  const [aws, azure, gcp] = seen;
  expect(aws?.headers['x-amz-target']).toBe('secretsmanager.PutSecretValue');
  expect(JSON.parse(aws?.body ?? '')).toMatchObject({ SecretId: 'reviews-us-openai-key', SecretString: VALUE });
  expect([azure?.method, azure?.url]).toEqual(['PUT', '/secrets/reviews-eu-openai-key?api-version=7.4']);
  expect(azure?.headers.authorization).toBe('Bearer token for https://vault.azure.net/.default');
  expect(JSON.parse(azure?.body ?? '')).toEqual({ value: VALUE });
  expect(gcp?.url).toBe('/v1/projects/streams/secrets/reviews-asia-openai-key:addVersion');
  const { payload } = JSON.parse(gcp?.body ?? '') as { payload: { data: string } };
  expect(Buffer.from(payload.data, 'base64').toString()).toBe(VALUE);
});

test('one region can be named', async () => {
  await set({ region: ['eu'] });
  expect(seen.map(({ method }) => method)).toEqual(['PUT']);
});

test('nothing that is said or returned holds the value, not even a failure', async () => {
  const { said, result } = await set();
  expect(`${said}${JSON.stringify(result)}`).not.toContain(VALUE);
  status = 404;
  for (const region of ['us', 'eu', 'asia']) {
    const failure = await set({ region: [region] }).catch((error: Error) => error);
    expect(failure).toMatchObject({
      code: 'HR-SECRET-003',
      exitCode: 1,
      mend: expect.stringContaining('deploy the region first'),
    });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain(VALUE);
  }
});

describe('refused before anything is sent', () => {
  test.each([
    ['a secret that the file does not name', { name: 'other' }, 'HR-SECRET-001'],
    ['a region that the file does not have', { region: ['mars'] }, 'HR-SECRET-001'],
    ['a file that is not there', { from: '/nowhere' }, 'HR-SECRET-002'],
  ])('%s', async (_, more, code) => {
    await expect(set(more)).rejects.toMatchObject({ code, exitCode: 2 });
    expect(seen).toEqual([]);
  });

  test.each([
    ['nothing', '\n'],
    ['more than Key Vault holds', 'x'.repeat(25 * 1024 + 1)],
  ])('%s', async (_, value) => {
    writeFileSync(join(folder, 'value'), value);
    await expect(set()).rejects.toMatchObject({ code: 'HR-SECRET-002', exitCode: 2 });
    expect(seen).toEqual([]);
  });
});
