// The proxy's configuration, as it is compiled from a deployment file, in a real Squid. Names are in a hosts file.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, get, type Server } from 'node:https';
import { type AddressInfo, type Socket, createServer as tcpServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workerEgress } from '../../charts/platform/egress-rules.ts';
import { squidConfiguration } from '../../charts/platform/squid-configuration.ts';
import { Authority } from '../../ops/dev/authority.ts';
import { region } from '../charts/platform/deployments.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';

/** As in the image: Squid has no right that another user of the machine has not. */
const NOBODY = 65534;
const directory = temporaryDirectory(afterAll);
let squid: ChildProcess;
let models: Server;
let ports: { proxy: number; health: number; models: number; other: number };
let ca: string;

function program(): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, 'squid')).find((file) => existsSync(file));
  if (!found) throw new Error('squid is missing: apt-get install squid, or the package of your system');
  return found;
}

const listening = (server: { address(): AddressInfo | string | null }) => (server.address() as AddressInfo).port;
async function freePort(): Promise<number> {
  const server = tcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  const authority = await Authority.create('models');
  const tls = await authority.issue(join(directory, 'tls'), { name: 'api.example.net' });
  ca = readFileSync(join(tls, 'ca.crt'), 'utf8');
  models = createServer(
    { key: readFileSync(join(tls, 'tls.key')), cert: readFileSync(join(tls, 'tls.crt')) },
    (_, response) => response.end('answer'),
  );
  await new Promise<void>((resolve) => models.listen(0, '127.0.0.1', resolve));
  ports = { proxy: await freePort(), health: await freePort(), models: listening(models), other: await freePort() };
  const url = `https://api.example.net:${ports.models}`;
  const { deployment, region: only } = region({
    lines: [
      'network: { egress: ["*.example.com"] }',
      `resources: { judge: { chat: openai, model: m, secret: k, url: "${url}" } }`,
      'secrets: [k]',
    ],
  });
  // What the file lists at 443 is at the server's port here, where nobody else serves 443.
  const rules = workerEgress(deployment, only).rules.map((rule) => ({ ...rule, port: ports.models }));
  const names =
    'api.example.net a.example.com b.a.example.com example.com example.net evilexample.com localtest.example.org';
  const file = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const configuration = squidConfiguration(rules, {
    port: ports.proxy,
    healthPort: ports.health,
    address: '127.0.0.1',
    hostsFile: file('hosts', `127.0.0.1 ${names}\n`),
  });
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const outputs = ['access.log', 'errors.log'].map((name) => {
    const path = file(name, '');
    if ('uid' in user) chownSync(path, NOBODY, NOBODY);
    return openSync(path, 'a');
  });
  chmodSync(directory, 0o755);
  squid = spawn(program(), ['-N', '-d', '1', '-f', file('squid.conf', configuration)], {
    stdio: ['ignore', ...outputs],
    ...user,
  });
  for (let i = 0; i < 100 && (await health('/healthz').catch(() => 0)) !== 200; i++) {
    if (squid.exitCode !== null) throw new Error(readFileSync(join(directory, 'errors.log'), 'utf8'));
    await sleep(100);
  }
});

afterAll(async () => {
  models?.close();
  if (squid?.exitCode === null) {
    squid.kill('SIGKILL');
    await new Promise((resolve) => squid.on('exit', resolve));
  }
});

const status = (port: number, options: { method: string; path: string }) =>
  new Promise<{ status: number; socket: Socket }>((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, agent: false, ...options });
    asking.on('connect', (response, socket) => resolve({ status: response.statusCode ?? 0, socket: socket as Socket }));
    asking.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, socket: response.socket });
    });
    asking.on('error', reject).end();
  });

const health = async (path: string) => (await status(ports.health, { method: 'GET', path })).status;

async function tunnel(target: string): Promise<number> {
  const { status: answered, socket } = await status(ports.proxy, { method: 'CONNECT', path: target });
  socket.destroy();
  return answered;
}

test('a listed host answers through a tunnel, by TLS that the proxy does not open', async () => {
  const { status: answered, socket } = await status(ports.proxy, {
    method: 'CONNECT',
    path: `api.example.net:${ports.models}`,
  });
  expect(answered).toBe(200);
  const secure = connect({ socket, servername: 'api.example.net', ca });
  const text = await new Promise<string>((resolve, reject) => {
    get({ host: 'api.example.net', createConnection: () => secure }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    }).on('error', reject);
  });
  expect(text).toBe('answer');
  secure.destroy();
});

describe('tunnels', () => {
  test.each([
    ['a.example.com', 200, 'a sub-domain of the wildcard'],
    ['A.Example.COM', 200, 'whatever its case'],
    ['b.a.example.com', 403, 'a wildcard covers one label'],
    ['example.com', 403, 'a wildcard does not cover its own domain'],
    ['evilexample.com', 403, 'nor a name that only ends like it'],
    ['example.net', 403, 'a host does not cover its parent'],
    ['localtest.example.org', 403, 'a host that is not listed'],
    ['127.0.0.1', 403, 'an address, though a listed name leads there'],
    ['[::1]', 403, 'an address of the sixth version'],
  ])('%s: %i, %s', async (host, expected) => {
    expect(await tunnel(`${host}:${ports.models}`)).toBe(expected);
  });

  test('another port of a listed host is refused', async () => {
    expect(await tunnel(`api.example.net:${ports.other}`)).toBe(403);
    expect(await tunnel('api.example.net:22')).toBe(403);
  });
});

test.each([
  ['GET', (host: string) => `http://${host}/`],
  ['POST', (host: string) => `https://${host}/`],
  ['GET', () => 'http://127.0.0.1/squid-internal-mgr/info'],
])('%s of what is no tunnel is refused, even to a listed host', async (method, path) => {
  const answered = await status(ports.proxy, { method, path: path(`api.example.net:${ports.models}`) });
  expect(answered.status).toBe(403);
});

test('a probe is answered on the health port, which is no way out', async () => {
  expect(await health('/healthz')).toBe(200);
  expect(await health('/')).toBe(403);
  expect(await health('/squid-internal-mgr/info')).toBe(403);
  const { status: answered } = await status(ports.health, {
    method: 'CONNECT',
    path: `api.example.net:${ports.models}`,
  });
  expect(answered).not.toBe(200);
});

test('each tunnel and refusal is a line of JSON on standard output; probes are none', async () => {
  await tunnel('refused"name.example.org:443');
  const lines = readFileSync(join(directory, 'access.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toContainEqual(
    expect.objectContaining({ method: 'CONNECT', target: `api.example.net:${ports.models}`, status: 200 }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({ target: `localtest.example.org:${ports.models}`, status: 403, result: 'TCP_DENIED' }),
  );
  expect(lines.some(({ target }) => String(target).includes('healthz'))).toBe(false);
});
