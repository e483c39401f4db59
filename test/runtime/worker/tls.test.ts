// Mutual TLS between operator and worker. Fault model: no certificate, one of another authority, an expired one, plain
// text; certificates that are renewed under an open stream.
import { copyFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { Authority } from '../../../ops/dev/authority.ts';
import { AgentWorker } from '../../../runtime/worker/index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { bytesOf, Operator } from './operator.ts';

let ours: Authority;
let others: Authority;
beforeAll(async () => {
  [ours, others] = await Promise.all([Authority.create('ours'), Authority.create('others')]);
});

async function started(tls: string) {
  const lines: string[] = [];
  const worker = await AgentWorker.start(
    {
      agent: { entry: fileURLToPath(new URL('./troublesome-agent.ts', import.meta.url)), models: {}, config: {} },
      jobs: ['job', 'job-2'],
      name: 'worker-0',
      version: '0.1.0',
      listen: { host: '127.0.0.1', port: 0 },
      http: { host: '127.0.0.1', port: 0 },
      tls,
      inFlight: 10,
      processes: 1,
      grace: 1_000,
      hangAfter: 10_000,
    },
    (line) => lines.push(line),
  );
  onTestFinished(() => worker.close());
  return { worker, lines };
}

function operator(worker: AgentWorker, tls: string, known = true) {
  const one = new Operator(worker.port, tls, known);
  onTestFinished(() => one.close());
  one.hello({ planHash: worker.planHash });
  return one;
}

const run = (id: number) => ({
  id,
  key: 'k',
  inputId: `i${id}`,
  input: bytesOf({ id: `i${id}`, key: 'k', does: '' }),
});

test('an operator with a certificate of the same authority is served', async () => {
  const directory = temporaryDirectory();
  const { worker } = await started(await ours.issue(join(directory, 'worker')));
  const served = operator(worker, await ours.issue(join(directory, 'operator'), { name: 'flink' }));
  await served.until(({ frames }) => frames.length > 0);
  served.run(run(1));
  await served.until(({ results }) => results.size === 1);
  const metrics = await (await fetch(`http://127.0.0.1:${worker.httpPort}/metrics`)).text();
  const expiry = Number(/^headrace_worker_certificate_expiry_seconds (\S+)$/m.exec(metrics)?.[1]);
  expect(expiry - Date.now() / 1000).toBeGreaterThan(80_000);
});

test.each([
  ['of another authority', () => others, 1, /localhost, is not trusted: .* \(both sides need the same ca\.crt\)/],
  ['that has expired', () => ours, -1, /localhost, expired at .*Z \(renew/],
])('an operator with a certificate %s is refused, and both sides learn why', async (_, authority, validTo, reason) => {
  const directory = temporaryDirectory();
  const { worker, lines } = await started(await ours.issue(join(directory, 'worker')));
  // It trusts the worker: only its own certificate is at fault.
  const tls = await authority().issue(join(directory, 'operator'), { validTo });
  const trusting = await ours.issue(join(directory, 'trust'));
  copyFileSync(join(trusting, 'ca.crt'), join(tls, 'ca.crt'));
  const refused = operator(worker, tls);
  await refused.until(({ ended }) => ended !== undefined);
  expect(refused.frames).toEqual([]);
  expect(refused.ended).toMatchObject({ code: status.UNAUTHENTICATED, details: expect.stringMatching(reason) });
  expect(lines.join('\n')).toMatch(reason);
});

test('an operator without a certificate is refused, and both sides learn why', async () => {
  const directory = temporaryDirectory();
  const { worker, lines } = await started(await ours.issue(join(directory, 'worker')));
  const refused = operator(worker, await ours.issue(join(directory, 'operator')), false);
  await refused.until(({ ended }) => ended !== undefined);
  expect(refused.ended).toMatchObject({
    code: status.UNAUTHENTICATED,
    details: expect.stringContaining('no certificate'),
  });
  expect(lines.join('\n')).toContain('it has no certificate');
});

test('plain text is refused, and the worker says so', async () => {
  const { worker, lines } = await started(await ours.issue(join(temporaryDirectory(), 'worker')));
  const socket = connect(worker.port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  await expect.poll(() => lines.join('\n')).toMatch(/it speaks plain text/);
});

test('a renewed certificate serves new connections, and open streams live on', async () => {
  const directory = temporaryDirectory();
  const tls = await ours.issue(join(directory, 'worker'), { validTo: 1 });
  const { worker, lines } = await started(tls);
  const before = operator(worker, await ours.issue(join(directory, 'operator')));
  await before.until(({ frames }) => frames.length > 0);
  await others.issue(tls, { validTo: 2 });
  await expect.poll(() => lines.join('\n'), { timeout: 15_000 }).toContain('new certificate, valid to');
  const after = operator(worker, await others.issue(join(directory, 'new-operator')));
  await after.until(({ frames }) => frames.length > 0);
  before.run(run(1));
  await before.until(({ results }) => results.size === 1);
});

test.each([
  ['expired', { validTo: -1 }, /expired at .*Z/],
  ['missing', undefined, /no such file/],
])('a worker whose own certificate is %s does not start, and says why', async (_, issue, reason) => {
  const directory = join(temporaryDirectory(), 'worker');
  if (issue) await ours.issue(directory, issue);
  await expect(started(directory)).rejects.toMatchObject({
    code: 'HR-WORKER-002',
    place: expect.stringContaining(directory),
    message: expect.stringMatching(reason),
  });
});
