import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../ops/dev/child.ts';
import { getExecutionEnvironment } from '../../../runtime/index.ts';
import {
  agentConfiguration,
  FlinkRest,
  type RemoteEnvironmentOptions,
  RemoteExecutionEnvironment,
} from '../../../runtime/remote/index.ts';
import { asker, ScriptedModel } from '../local/sample-job.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const JOB: RemoteEnvironmentOptions['job'] = {
  region: 'us',
  parallelism: 2,
  inFlight: 100,
  retry: { attempts: 5, initialBackoff: 1_000, maxBackoff: 60_000, onFailure: 'dead-letter' },
  memory: { ttl: null },
  journal: { mode: 'checkpoint' },
  sink: { file: { path: 'file:///out' } },
  workers: { targets: ['workers.streams.svc:7443'], tls: { directory: '/etc/headrace/tls', serverName: null } },
};

const remote = (directory = temporaryDirectory(), configurationDirectory = '') =>
  new RemoteExecutionEnvironment({
    target: { directory },
    job: JOB,
    tables: { inputs: "CREATE TABLE inputs (id STRING, `key` STRING) WITH ('connector' = 'datagen')" },
    configurationDirectory,
  });

test('the factory gives a remote environment where it is asked for one', () => {
  expect(getExecutionEnvironment({ remote: { target: { directory: '/' }, job: JOB } })).toBeInstanceOf(
    RemoteExecutionEnvironment,
  );
});

test('an agent is written as a job for a container in application mode', async () => {
  const directory = temporaryDirectory();
  const environment = remote(directory);
  const kafka = { topic: 'in', bootstrap: ['b:9092'], group: 'g', startingOffsets: 'earliest' };
  environment.fromDataStream({ kafka }).apply(asker);
  environment.fromTable('inputs').apply(asker);
  await environment.execute('jobs');
  expect(environment.jobs).toEqual([join(directory, 'jobs-1.json'), join(directory, 'jobs-2.json')]);
  const [first, second] = environment.jobs.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  expect(first).toMatchObject({
    version: 1,
    name: 'jobs-1',
    plan: { name: 'asker', key: '/key', id: '/id' },
    source: { kafka },
    maxParallelism: 128,
    development: false,
  });
  expect(second.source.sql).toMatchObject({ table: 'inputs' });
});

test.each([
  ['a list', (e: RemoteExecutionEnvironment) => e.fromList([1]), /fromDataStream.*fromTable/],
  ['a source that is none', (e: RemoteExecutionEnvironment) => e.fromDataStream({ topic: 'x' }), /\{ kafka:/],
  ['a table that is not there', (e: RemoteExecutionEnvironment) => e.fromTable('inptus'), /there are inputs/],
  [
    'a client',
    (e: RemoteExecutionEnvironment) => e.addResource('model', new ScriptedModel()),
    /resources: \{ model: \{ chat/,
  ],
])('%s is refused, with the way that there is', (_, use, mend) => {
  expect(() => use(remote())).toThrow(
    expect.objectContaining({ code: 'HR-RUNTIME-009', mend: expect.stringMatching(mend) }),
  );
});

test("configuration is the agent node of Flink's file, and empty where there is none", () => {
  const directory = temporaryDirectory();
  expect(agentConfiguration('')).toEqual({});
  expect(agentConfiguration(directory)).toEqual({});
  writeFileSync(join(directory, 'config.yaml'), 'rest.port: 8081\nagent:\n  tone: dry\n  limit: 3\n');
  expect(agentConfiguration(directory)).toEqual({ tone: 'dry', limit: 3 });
  expect(remote(undefined, directory).getConfig()).toEqual({ tone: 'dry', limit: 3 });
});

test.each([
  ['broken', 'rest.port: 8081\nagent: { tone: dry\n', /config\.yaml:3:1$/],
  ['a list', 'agent:\n  - tone\n', /config\.yaml:2:3$/],
  ['a value that is none', 'agent:\n  tone: dry\n  words: [a]\n', /config\.yaml:3:10$/],
])('a configuration file that is %s is refused with line and column', (_, text, place) => {
  const directory = mkdtempSync(join(temporaryDirectory(), 'conf-'));
  writeFileSync(join(directory, 'config.yaml'), text);
  expect(() => agentConfiguration(directory)).toThrow(
    expect.objectContaining({ code: 'HR-REMOTE-005', place: expect.stringMatching(place) }),
  );
});

/** A JobManager that answers as told. */
async function jobManager(answer: (path: string, n: number) => [number, unknown]): Promise<FlinkRest> {
  let n = 0;
  const server = createServer((request, response) => {
    request.resume();
    const [status, body] = answer(request.url ?? '', n++);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return new FlinkRest({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

test("a refusal carries Flink's own reason, and an absent cluster is said to be one", async () => {
  const rest = await jobManager(() => [
    500,
    { errors: ['Internal', 'at x\nCaused by: a.B: outer\nCaused by: c.D: inner'] },
  ]);
  await expect(rest.overview()).rejects.toMatchObject({
    code: 'HR-REMOTE-001',
    status: 500,
    message: 'Flink answered 500: c.D: inner',
  });
  await expect(new FlinkRest({ url: `http://127.0.0.1:${await freePort()}` }).overview()).rejects.toMatchObject({
    message: expect.stringContaining('connection refused'),
    mend: expect.stringContaining('JobManager'),
  });
});

test('while no JobManager leads, a request is made again', async () => {
  const rest = await jobManager((_, n) => (n < 2 ? [503, { errors: ['no leader'] }] : [200, { taskmanagers: 1 }]));
  expect(await rest.overview()).toEqual({ taskmanagers: 1 });
});

test.each([
  [404, 'Jar file abc_job.jar does not exist'],
  [400, 'Could not execute application.\nCaused by: java.net.UnknownHostException: flink-jobmanager-1'],
])('a jar that another JobManager has, or a standby does not hand on, is uploaded again: %i', async (status, why) => {
  const asked: string[] = [];
  const rest = await jobManager((path) => {
    asked.push(path);
    if (path === '/jars/upload') return [200, { filename: '/tmp/flink-web/abc_job.jar' }];
    return asked.length < 3 ? [status, { errors: [why] }] : [200, { jobid: '7' }];
  });
  const jar = join(temporaryDirectory(), 'job.jar');
  writeFileSync(jar, 'jar');
  expect(await rest.submit(jar, { entryClass: 'x', args: [] })).toBe('7');
  // Each upload is taken away again, as far as the one who answers has it.
  const once = ['/jars/upload', '/jars/abc_job.jar/run', '/jars/abc_job.jar'];
  expect(asked).toEqual([...once, ...once]);
});
