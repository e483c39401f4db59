// Real processes of Flink behind their launcher: who may speak to them, and what happens when certificates change.
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Authority } from '../../ops/dev/authority.ts';
import { freePort } from '../../ops/dev/child.ts';
import { FlinkCluster } from '../../ops/dev/flink.ts';
import { FlinkRest, RemoteError } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { jobJar } from '../support/java-jar.ts';

const JOB = fileURLToPath(new URL('./jobs/CountJob.java', import.meta.url));
const directory = temporaryDirectory(afterAll);
const certificates = join(directory, 'certificates');
const pem = (from: string) => ({
  ca: join(from, 'ca.crt'),
  cert: join(from, 'tls.crt'),
  key: join(from, 'tls.key'),
});
let authority: Authority;
let cluster: FlinkCluster;
let rpcPort: number;

beforeAll(async () => {
  authority = await Authority.create('headrace');
  await authority.issue(certificates, { name: 'flink' });
  cluster = await FlinkCluster.prepare({
    directory,
    launcher: { HEADRACE_TLS_DIR: certificates, HEADRACE_REQUIRE_TLS: 'true', HEADRACE_TLS_RESTART_SECONDS: '5' },
    tls: pem(certificates),
    configuration: { 'taskmanager.numberOfTaskSlots': 1, 'execution.checkpointing.interval': '1 s' },
  });
  rpcPort = Number(cluster.configuration['jobmanager.rpc.port']);
});
afterAll(() => cluster?.stop());

test('a job runs on two TaskManagers that exchange data, all of it mutually authenticated', async () => {
  await cluster.start(2);
  const jar = await jobJar(JOB, directory);
  const id = await cluster.rest.submit(jar, { entryClass: 'CountJob', args: ['1000', '1000', '2'] });
  await cluster.rest.until(id, 'RUNNING');
  await expect
    .poll(async () => (await cluster.rest.checkpoints(id)).counts.completed, { timeout: 240_000 })
    .toBeGreaterThan(2);
  await cluster.rest.cancel(id);
});

test('REST refuses who shows no certificate, or one of another authority', async () => {
  const foreign = await (await Authority.create('foreign')).issue(join(directory, 'foreign'), { name: 'flink' });
  const ca = join(certificates, 'ca.crt');
  for (const tls of [{ ca }, { ...pem(foreign), ca }]) {
    await expect(new FlinkRest({ url: cluster.rest.url, tls }).overview()).rejects.toThrow(RemoteError);
  }
  // The same address and authority, with the certificate that belongs there.
  await expect(new FlinkRest({ url: cluster.rest.url, tls: pem(certificates) }).overview()).resolves.toMatchObject({
    taskmanagers: 2,
  });
  await expect(new FlinkRest({ url: cluster.rest.url.replace('https', 'http') }).overview()).rejects.toThrow(
    RemoteError,
  );
});

test('the RPC and blob ports answer nobody in plain', async () => {
  for (const port of [rpcPort, Number(cluster.configuration['blob.server.port'])]) {
    expect(await answerTo(port, Buffer.from('GET / HTTP/1.1\r\n\r\n'))).not.toContain('HTTP');
  }
  // A Flink without certificates never becomes a part of it.
  const plain = await FlinkCluster.prepare({
    directory: join(directory, 'plain'),
    launcher: {},
    configuration: {
      'jobmanager.rpc.port': rpcPort,
      'taskmanager.registration.timeout': '10 s',
      'taskmanager.rpc.port': await freePort(),
    },
  });
  const stranger = await plain.startTaskManager();
  await expect.poll(() => stranger.ended, { timeout: 240_000 }).toBe(true);
  expect((await cluster.rest.overview()).taskmanagers).toBe(2);
});

test('processes end by themselves once their certificate has been replaced', async () => {
  const [jobManager, ...taskManagers] = [cluster.jobManager, ...cluster.taskManagers];
  await authority.issue(certificates, { name: 'flink', validTo: 2 });
  await expect.poll(() => taskManagers.every((child) => child?.ended), { timeout: 240_000 }).toBe(true);
  await expect.poll(() => jobManager?.ended, { timeout: 240_000 }).toBe(true);
  await cluster.start(2);
  expect((await cluster.rest.overview()).taskmanagers).toBe(2);
});

test('without the certificates that must be there nothing starts', async () => {
  const none = await FlinkCluster.prepare({
    directory: join(directory, 'none'),
    launcher: { HEADRACE_TLS_DIR: join(directory, 'absent'), HEADRACE_REQUIRE_TLS: 'true' },
    configuration: {},
  });
  await expect(none.startJobManager()).rejects.toThrow(/HR-LAUNCH-003 .*absent/);
});

/** What a port says to a text within a second. */
async function answerTo(port: number, text: Buffer): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.on('error', () => {});
  socket.on('connect', () => socket.write(text));
  await sleep(1_000);
  socket.destroy();
  return answer;
}
