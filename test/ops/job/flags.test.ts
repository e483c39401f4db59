import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { program } from '../../../ops/cli.ts';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { type ClusterFlags, type JobFlags, type NamedJob, readJob, specify } from '../../../ops/job/open-job.ts';
import { variable } from '../../../ops/job-commands.ts';
import { exampleCopy } from '../command-line.ts';

let file: string;
beforeEach(() => {
  file = join(exampleCopy(), 'headrace.yaml');
});
afterEach(() => vi.unstubAllEnvs());

const flags = (changes: Partial<ClusterFlags> = {}): ClusterFlags => ({
  file,
  region: 'us',
  flink: 'https://flink:8081',
  stateRoot: 'file:///state',
  wait: '5m',
  ...changes,
});
const job = (changes: Partial<JobFlags> = {}): JobFlags => ({
  workers: 'workers.reviews.svc:7443',
  workerTls: '/etc/headrace/tls',
  kafka: 'a:9092,b:9092',
  insecureDevelopment: false,
  ...changes,
});
const named = async (): Promise<NamedJob> => readJob(flags());

test('flags become the specification', async () => {
  expect(specify(await named(), job())).toMatchObject({
    name: 'reviews',
    region: 'us',
    development: false,
    rehearsal: false,
    source: { kafka: { bootstrap: ['a:9092', 'b:9092'] } },
    sink: { kafka: { bootstrap: ['a:9092', 'b:9092'] } },
    workers: { targets: ['workers.reviews.svc:7443'], tls: { directory: '/etc/headrace/tls', serverName: null } },
  });
});

test.each<[string, Partial<ClusterFlags>, string, RegExp]>([
  ['no region among several', { region: undefined }, '--region', /us, eu, asia/],
  ['a region that the file does not have', { region: 'use' }, '--region', /did you mean us/],
  ['no address of Flink', { flink: undefined }, '--flink', /https:\/\/flink:8081/],
  ['an address without a scheme', { flink: 'flink:8081' }, '--flink', /https:\/\/host:port/],
  ['a wait that is no duration', { wait: 'long' }, '--wait', /5m/],
  ['a directory without certificates', { flinkTls: '/nowhere' }, '--flink-tls', /missing: ca\.crt, tls\.crt, tls\.key/],
])('%s is refused with the flag and the way out', async (_, changes, place, mend) => {
  await expect(readJob(flags(changes))).rejects.toMatchObject({
    code: 'HR-JOB-003',
    exitCode: 2,
    place,
    mend: expect.stringMatching(mend),
  });
});

test.each<[string, Partial<JobFlags>, string, RegExp]>([
  ['no workers', { workers: undefined }, '--workers', /svc:7443/],
  ['workers without a port', { workers: 'workers:7443,other' }, '--workers', /host:port/],
  ['no brokers where the file asks for them', { kafka: undefined }, '--kafka', /bootstrap: managed/],
  ['workers without TLS', { workerTls: undefined }, '--worker-tls', /--insecure-development/],
])('%s is refused with the flag and the way out', async (_, changes, place, mend) => {
  const read = await named();
  expect(() => specify(read, job(changes))).toThrow(
    expect.objectContaining({ code: 'HR-JOB-003', exitCode: 2, place, mend: expect.stringMatching(mend) }),
  );
});

test("an agent of another plan than the chart's is refused, and the same one is not", async () => {
  const read = await named();
  const { plan } = await openDeployment(file);
  vi.stubEnv('HEADRACE_PLAN_HASH', plan.hash);
  expect(specify(read, job()).plan.hash).toBe(plan.hash);
  vi.stubEnv('HEADRACE_PLAN_HASH', '0'.repeat(64));
  expect(() => specify(read, job())).toThrow(
    expect.objectContaining({ code: 'HR-JOB-002', exitCode: 2, mend: expect.stringMatching(/headrace synth/) }),
  );
});

/** Flags that a chart sets by the environment. */
const VARIABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  worker: {
    '--listen': 'HEADRACE_LISTEN',
    '--http': 'HEADRACE_HTTP',
    '--tls': 'HEADRACE_TLS',
    '--secrets': 'HEADRACE_SECRETS',
    '--in-flight': 'HEADRACE_IN_FLIGHT',
    '--processes': 'HEADRACE_PROCESSES',
    '--heap': 'HEADRACE_HEAP_MIB',
    '--grace': 'HEADRACE_GRACE',
    '--hang-after': 'HEADRACE_HANG_AFTER',
    '--name': 'HEADRACE_NAME',
  },
  'job submit': {
    '--region': 'HEADRACE_REGION',
    '--flink': 'HEADRACE_FLINK',
    '--flink-tls': 'HEADRACE_FLINK_TLS',
    '--workers': 'HEADRACE_WORKERS',
    '--worker-tls': 'HEADRACE_WORKER_TLS',
    '--kafka': 'HEADRACE_KAFKA',
    '--state-root': 'HEADRACE_STATE_ROOT',
    '--wait': 'HEADRACE_WAIT',
    '--jar': 'HEADRACE_BRIDGE_JAR',
  },
  savepoint: { '--region': 'HEADRACE_REGION', '--flink': 'HEADRACE_FLINK', '--retain': 'HEADRACE_RETAIN' },
  status: { '--region': 'HEADRACE_REGION', '--state-root': 'HEADRACE_STATE_ROOT' },
  'restore-test': { '--flink-tls': 'HEADRACE_FLINK_TLS', '--state-root': 'HEADRACE_STATE_ROOT' },
};

test.each(Object.entries(VARIABLES))('flags of %s read the environment', (name, expected) => {
  let command = program();
  for (const word of name.split(' ')) {
    const found = command.commands.find((one) => one.name() === word);
    if (!found) throw new Error(`there is no ${name}`);
    command = found;
  }
  const read = Object.fromEntries(command.options.map((option) => [option.long, option.envVar]));
  expect(read).toMatchObject(expected);
});

test('the command line counts more than the environment', () => {
  vi.stubEnv('HEADRACE_X', 'environment');
  const command = program()
    .createCommand('x')
    .addOption(variable('--x <x>', 'HEADRACE_X', 'x'));
  expect(command.parse(['--x', 'flag'], { from: 'user' }).opts()).toEqual({ x: 'flag' });
});
