// Model clients in processes of their own, with the environment that the charts give a worker. The proxy and the TLS
// server are real; only names stand in a table instead of DNS, so a client that went past the proxy would find nobody.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as plainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { proxyEnvironment } from '../../../charts/platform/egress-proxy.ts';
import { Authority } from '../../../ops/dev/authority.ts';
import { region } from '../../charts/platform/deployments.ts';
import { ConnectProxy } from '../../support/connect-proxy.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const HOST = 'models.example.net';
const EXPIRED = 'expired.example.net';
const EXPIRED_AT = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const ASK = fileURLToPath(new URL('./ask-model.ts', import.meta.url));
const directory = temporaryDirectory(afterAll);
let proxy: ConnectProxy;
let environment: Record<string, string>;

const answer = (request: { url?: string | undefined }) =>
  JSON.stringify(
    request.url === '/api/chat'
      ? { message: { content: 'from ollama' } }
      : { choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'from openai' } }] },
  );

beforeAll(async () => {
  const authority = await Authority.create('models');
  const files = await authority.issue(join(directory, 'tls'), { name: HOST });
  const expired = await authority.issue(join(directory, 'expired'), { name: EXPIRED, validTo: new Date(EXPIRED_AT) });
  const servers = [files, expired].map((tls) =>
    createServer(
      { key: readFileSync(join(tls, 'tls.key')), cert: readFileSync(join(tls, 'tls.crt')) },
      (request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(answer(request)),
    ),
  );
  const ports: { port: number }[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push(server.address() as AddressInfo);
  }
  const [ours, theirs] = ports as [AddressInfo, AddressInfo];
  proxy = await ConnectProxy.start({
    [`${HOST}:443`]: ours,
    [`${EXPIRED}:443`]: theirs,
    'away.example.net:443': { status: 503 },
  });
  const { deployment, region: only } = region({ lines: [`network: { egress: [${HOST}] }`] });
  environment = {
    ...proxyEnvironment(deployment, only, 'reviews'),
    HTTPS_PROXY: proxy.url,
    NODE_EXTRA_CA_CERTS: join(files, 'ca.crt'),
  };
  return () => {
    proxy.stop();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  };
});
beforeEach(() => {
  proxy.asked.length = 0;
});

async function ask(kind: 'openai' | 'ollama', url: string): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [ASK, kind, url], {
    env: { PATH: process.env['PATH'], ...environment },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test.each(['openai', 'ollama'] as const)(
  '%s goes through the proxy to a listed host, by TLS from end to end',
  async (kind) => {
    expect(await ask(kind, `https://${HOST}`)).toEqual({ text: `from ${kind}` });
    expect(proxy.asked).toEqual([`${HOST}:443`]);
  },
);

test.each(['openai', 'ollama'] as const)('%s says that the proxy refused a host, and how to mend it', async (kind) => {
  expect(await ask(kind, 'https://elsewhere.example.net')).toEqual({
    code: 'HR-RESOURCE-004',
    message: expect.stringContaining('the egress proxy refused the connection (403)'),
    retryable: false,
    mend: expect.stringContaining('network.egress'),
  });
  expect(proxy.asked).toEqual(['elsewhere.example.net:443']);
});

test.each(['openai', 'ollama'] as const)(
  '%s says which certificate has expired and when, and that another try can help',
  async (kind) => {
    expect(await ask(kind, `https://${EXPIRED}`)).toEqual({
      code: 'HR-RESOURCE-004',
      message: `cannot be reached: the certificate of CN=${EXPIRED} expired at ${new Date(EXPIRED_AT).toISOString()} (CERT_HAS_EXPIRED)`,
      retryable: true,
      mend: expect.stringContaining(`renew the certificate that ${EXPIRED} presents`),
    });
    expect(new Set(proxy.asked)).toEqual(new Set([`${EXPIRED}:443`]));
  },
);

test('a host that the proxy cannot reach is worth another try', async () => {
  expect(await ask('openai', 'https://away.example.net')).toMatchObject({
    message: expect.stringContaining('the egress proxy answered 503'),
    retryable: true,
  });
});

test('an address of the cluster or of the machine is reached directly', async () => {
  const server = plainServer((request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer(request)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await ask('ollama', `http://127.0.0.1:${port}`)).toEqual({ text: 'from ollama' });
  for (const url of ['https://store.reviews-stores.svc', 'https://store.reviews-stores.svc.cluster.local'])
    expect(await ask('openai', url)).toMatchObject({
      message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
      retryable: true,
    });
  expect(proxy.asked).toEqual([]);
  server.closeAllConnections();
  server.close();
});
