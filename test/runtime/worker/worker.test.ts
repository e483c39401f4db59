// Real workers on loopback, with an operator that the test plays. Fault model: agent code throws, exits, hangs, exhausts
// memory; operators of another plan, job or protocol; drains with runs that take too long.
import { fileURLToPath } from 'node:url';
import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { JOURNAL_MODE_KAFKA } from '../../../runtime/wire/messages.ts';
import { AgentWorker, type WorkerSettings } from '../../../runtime/worker/index.ts';
import { bytesOf, Operator, parsed } from './operator.ts';

const AGENT = fileURLToPath(new URL('./troublesome-agent.ts', import.meta.url));

async function started(change: Partial<WorkerSettings> = {}) {
  const lines: string[] = [];
  const worker = await AgentWorker.start(
    {
      agent: { entry: AGENT, models: {}, config: {}, heapMiB: 96 },
      jobs: ['job', 'job-2'],
      name: 'worker-0',
      version: '0.1.0',
      listen: { host: '127.0.0.1', port: 0 },
      http: { host: '127.0.0.1', port: 0 },
      inFlight: 100,
      processes: 1,
      grace: 2_000,
      hangAfter: 3_000,
      ...change,
    },
    (line) => lines.push(line),
  );
  onTestFinished(() => worker.close());
  return { worker, lines };
}

async function connected(worker: AgentWorker, hello = {}) {
  const operator = new Operator(worker.port);
  onTestFinished(() => operator.close());
  operator.hello({ planHash: worker.planHash, ...hello });
  await operator.until(({ frames }) => frames.length > 0);
  return operator;
}

const input = (id: number, does: string, more: { key?: string; for?: number } = {}) => {
  const value = { id: `i${id}`, key: `k${id}`, does, ...more };
  return { id, key: value.key, inputId: value.id, input: bytesOf(value) };
};

test('a run gives back outputs with their ids, and the memory that it changed', async () => {
  const { worker } = await started();
  const operator = await connected(worker);
  expect(operator.frames[0]).toMatchObject({ hello: { worker: 'worker-0' }, credits: 100 });
  operator.run({ ...input(1, 'forget'), memory: { n: bytesOf(4), gone: bytesOf(1) } }, input(2, ''));
  await operator.until(({ results }) => results.size === 2);
  const finished = operator.results.get(1)?.finished;
  expect(finished?.outputs.map(({ value }) => parsed(value))).toEqual([{ id: 'i1', n: 5 }]);
  expect(finished?.outputs[0]?.id).toMatch(/^[0-9a-f]{32}$/);
  expect(finished?.memory.map(({ name, value }) => [name, value?.byteLength ? parsed(value) : 'deleted'])).toEqual([
    ['gone', 'deleted'],
    ['n', 5],
  ]);
  expect(operator.credits).toBe(102);
});

test('failures say whether another try may help', async () => {
  const { worker } = await started();
  const operator = await connected(worker);
  operator.run(
    input(1, 'throw'),
    input(2, 'give-up'),
    { ...input(3, ''), key: 'another' },
    { ...input(4, ''), input: bytesOf({ id: 3 }) },
    { ...input(5, ''), input: Buffer.from('{') },
  );
  await operator.until(({ results }) => results.size === 5);
  expect([1, 2, 3, 4, 5].map((id) => operator.results.get(id)?.failed)).toMatchObject([
    { code: '', message: 'not today', retryable: true },
    { code: '', message: 'never', retryable: false },
    { code: 'HR-RUNTIME-001', message: expect.stringContaining('its key is k3'), retryable: false },
    { code: 'HR-RUNTIME-001', retryable: false },
    { code: 'HR-RUNTIME-001', message: expect.stringContaining('not JSON'), retryable: false },
  ]);
});

test('calls that finished are told, and are not made again where they are in the journal', async () => {
  const { worker } = await started();
  const operator = await connected(worker);
  operator.run(input(1, 'call', { for: 1 }));
  await operator.until(({ results }) => results.size === 1);
  const [call] = operator.frames.flatMap(({ calls }) => calls);
  expect(call).toMatchObject({ run: 1, entry: { index: 0, name: 'durable:slow' } });
  expect(parsed(call?.entry.result)).toEqual({ called: 'i1' });
  operator.run({ ...input(2, 'call', { for: 60_000 }), journal: call ? [call.entry] : [] });
  await operator.until(({ results }) => results.size === 2);
  expect(operator.results.get(2)?.finished?.outputs).toHaveLength(1);
});

test('with the journal in Kafka a result is used only once its call is recorded', async () => {
  const { worker } = await started();
  const operator = await connected(worker, { journal: JOURNAL_MODE_KAFKA });
  operator.run(input(1, 'call', { for: 1 }), input(2, 'sleep', { for: 300 }));
  await operator.until(({ results }) => results.has(2));
  expect(operator.frames.flatMap(({ calls }) => calls)).toHaveLength(1);
  expect(operator.results.has(1)).toBe(false);
  operator.send({ recorded: [{ run: 1, index: 0 }] });
  await operator.until(({ results }) => results.has(1));
});

test.each([
  ['exit', 'code 7'],
  ['abort', 'SIGABRT'],
  ['hang', 'no answer'],
  ['exhaust-memory', 'SIGABRT'],
])('an input that does "%s" is found and given up; those beside it finish', async (does, reason) => {
  // What ends by itself is not to be taken for a hang on a busy machine.
  const { worker, lines } = await started({ hangAfter: does === 'hang' ? 1_500 : 30_000 });
  const operator = await connected(worker);
  const innocent = Array.from({ length: 12 }, (_, i) => input(i + 1, 'sleep', { for: 400 }));
  operator.run(...innocent.slice(0, 6), input(99, does), ...innocent.slice(6));
  await operator.until(({ results }) => results.size === 13, 60_000);
  expect(operator.results.get(99)?.failed).toMatchObject({
    code: 'HR-RUNTIME-010',
    message: expect.stringContaining(reason),
    retryable: false,
  });
  for (const { id } of innocent) expect(operator.results.get(id)?.finished, `run ${id}`).toBeTruthy();
  expect(operator.ended).toBeUndefined();
  expect(lines.some((line) => line.includes('input i99 ends its process'))).toBe(true);
  expect(await (await fetch(`http://127.0.0.1:${worker.httpPort}/livez`)).text()).toBe('ok\n');
});

test.each(['throw-elsewhere', 'reject-elsewhere'])(
  'what nobody catches ("%s") fails its own run alone',
  async (does) => {
    const { worker, lines } = await started();
    const operator = await connected(worker);
    operator.run(input(1, 'sleep', { for: 300 }), input(2, does), input(3, 'sleep', { for: 300 }));
    await operator.until(({ results }) => results.size === 3);
    expect(operator.results.get(2)?.failed).toMatchObject({
      code: 'HR-RUNTIME-010',
      message: expect.stringContaining('nobody'),
    });
    expect(operator.results.get(1)?.finished && operator.results.get(3)?.finished).toBeTruthy();
    expect(lines.filter((line) => line.includes('died'))).toEqual([]);
  },
);

test.each([
  [{ planHash: 'a'.repeat(64) }, /agent plan aaaaaaaaaaaa, this worker has [0-9a-f]{12}; roll out/],
  [{ protocol: 2 }, /Headrace 0\.1\.0\) speaks protocol 2, this worker \(Headrace 0\.1\.0\) 1; deploy both/],
  [{ job: 'other' }, /job other, this worker serves job, job-2; check/],
])('an operator with %o is refused, on both sides with the reason', async (hello, reason) => {
  const { worker, lines } = await started();
  const operator = new Operator(worker.port);
  onTestFinished(() => operator.close());
  operator.hello({ planHash: worker.planHash, ...hello });
  await operator.until(({ ended }) => ended !== undefined);
  expect(operator.ended).toMatchObject({ code: status.FAILED_PRECONDITION, details: expect.stringMatching(reason) });
  expect(lines.join('\n')).toMatch(reason);
});

test('a drain finishes what it can in its time, hands back the rest, and takes nothing new', async () => {
  const { worker } = await started({ grace: 800 });
  const operator = await connected(worker);
  operator.run(input(1, 'sleep', { for: 300 }), input(2, 'sleep', { for: 60_000 }));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const draining = worker.drain();
  await operator.until(({ frames }) => frames.some((frame) => frame.draining));
  expect((await fetch(`http://127.0.0.1:${worker.httpPort}/readyz`)).status).toBe(503);
  operator.run(input(3, ''));
  expect(await draining).toEqual({ returned: 1 });
  await operator.until(({ ended }) => ended !== undefined);
  expect(operator.ended).toBe('orderly');
  expect(operator.results.get(1)?.finished).toBeTruthy();
  expect(operator.frames.flatMap(({ returned }) => returned).sort()).toEqual([2, 3]);
});

test('metrics tell what happened, in the text format of Prometheus', async () => {
  const { worker } = await started();
  const operator = await connected(worker);
  operator.run(input(1, 'call'), input(2, 'give-up'));
  await operator.until(({ results }) => results.size === 2);
  const text = await (await fetch(`http://127.0.0.1:${worker.httpPort}/metrics`)).text();
  for (const line of [
    'headrace_worker_runs_total{end="finished"} 1',
    'headrace_worker_runs_total{end="rejected"} 1',
    'headrace_worker_calls_total{kind="durable",name="slow"} 1',
    'headrace_worker_streams 1',
    'headrace_worker_runs_in_flight 0',
  ])
    expect(text).toContain(line);
  expect(text).not.toContain('certificate');
});

test('an agent that cannot be loaded, or a port in use, is said with place and mend', async () => {
  await expect(started({ agent: { entry: '/nowhere.ts', models: {}, config: {} } })).rejects.toMatchObject({
    code: 'HR-WORKER-004',
    message: expect.stringContaining('HR-AGENT-001'),
  });
  const { worker } = await started();
  await expect(started({ listen: { host: '127.0.0.1', port: worker.port } })).rejects.toMatchObject({
    code: 'HR-WORKER-003',
    mend: expect.stringContaining('--listen'),
  });
  await expect(started({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toMatchObject({
    code: 'HR-WORKER-001',
    mend: expect.stringContaining('--tls'),
  });
});
