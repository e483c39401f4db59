// A job on a real Flink from file to file, with a model that takes its time: what its graph and its metrics show, and what
// a savepoint carries from one parallelism to another.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bridgeJar, FlinkCluster } from '../../ops/dev/flink.ts';
import { startWorker, type WorkerProcess } from '../../ops/dev/worker.ts';
import { asArgument, JOB_CLASS } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { expectedRatings } from './expected-ratings.ts';
import { MockModel } from './mock-model.ts';
import { byInput, committedLines } from './part-lines.ts';
import { mockDeployment, reviewsJob, sentences, sentencesSource } from './reviews.ts';

const directory = temporaryDirectory(afterAll);
const model = new MockModel([500, 1_000]);
let flink: FlinkCluster;
let worker: WorkerProcess;

beforeAll(async () => {
  const file = mockDeployment(directory, await model.start());
  flink = await FlinkCluster.prepare({
    directory: join(directory, 'flink'),
    configuration: {
      'execution.checkpointing.interval': '1 s',
      'metrics.reporter.prom.port': '19250-19350',
    },
  });
  [worker] = await Promise.all([startWorker({ file, directory, env: { OPENAI_API_KEY: 'sk-test' } }), flink.start(1)]);
});
afterAll(async () => {
  model.close();
  await Promise.all([flink?.stop(), worker?.child.stop('SIGKILL')]);
});

const out = join(directory, 'out');

async function submit(parallelism: number, savepointPath?: string): Promise<string> {
  mkdirSync(out, { recursive: true });
  const job = await reviewsJob({
    parallelism,
    inFlight: 2_000,
    source: sentencesSource(200),
    sink: { file: { path: `file://${out}` } },
    workers: { targets: [worker.target], tls: null },
  });
  return flink.rest.submit(bridgeJar(), {
    entryClass: JOB_CLASS,
    args: ['--specification', asArgument(job)],
    ...(savepointPath ? { savepointPath } : {}),
  });
}

/** Stops with a savepoint. @returns its path, and how long it took, milliseconds. */
async function stop(id: string): Promise<{ path: string; took: number }> {
  const begun = performance.now();
  const path = await flink.rest.stop(id);
  await flink.rest.until(id, 'FINISHED');
  return { path, took: performance.now() - begun };
}

test('memory and pending inputs go from one subtask to two and back, through savepoints that wait for no model', async () => {
  const took: number[] = [];
  let savepoint: string | undefined;
  for (const parallelism of [1, 2, 1]) {
    const id = await submit(parallelism, savepoint);
    await flink.rest.until(id, 'RUNNING');
    if (parallelism === 2) await graphAndMetrics(id);
    await sleep(3_000);
    const inFlight = expect.poll(() => model.inFlight(), {
      timeout: 60_000,
      message: 'calls in flight at the savepoint',
    });
    await inFlight.toBeGreaterThan(20);
    const stopped = await stop(id);
    took.push(stopped.took);
    savepoint = stopped.path;
  }
  const id = await submit(2, savepoint);
  await flink.rest.until(id, 'FINISHED');
  const lines = byInput(committedLines(out));
  const records = sentences().map(({ value }) => value);
  expect(lines).toEqual(await expectedRatings(directory, records));
  console.log(
    `measured: stops with savepoint took ${took.map((ms) => `${Math.round(ms)} ms`).join(', ')}; calls made again: ${model.repeated}`,
  );
  // Queues of keys are many calls long.
  expect(Math.max(...took)).toBeLessThan(5_000);
});

async function graphAndMetrics(id: string): Promise<void> {
  const { plan, vertices } = await flink.rest.job(id);
  const operator = plan.nodes.find((node) => node.description.includes('action-execute-operator'));
  const source = plan.nodes.find((node) => node.description.startsWith('Source: source'));
  expect(operator?.parallelism).toBe(2);
  expect(source?.parallelism).toBe(2);
  expect(operator?.inputs).toMatchObject([{ id: source?.id, ship_strategy: 'HASH' }]);
  // One exchange, by key; everything behind the operator is chained to it or of the same parallelism.
  const strategies = plan.nodes.flatMap((node) => node.inputs ?? []).map((input) => input.ship_strategy);
  expect(strategies.filter((strategy) => strategy === 'HASH')).toHaveLength(1);
  expect(strategies.filter((strategy) => strategy === 'REBALANCE')).toEqual([]);
  expect(vertices.every((vertex) => vertex.maxParallelism === 128)).toBe(true);
  const text = await taskManagerMetrics();
  for (const name of ['runsInFlight', 'runsPending', 'runsFinished', 'workers', 'runLatencyMs', 'checkpointedInputs'])
    expect(text, name).toMatch(
      new RegExp(
        `^flink_taskmanager_job_task_operator_headrace_${name}\\{[^}]*operator_name="action_execute_operator"`,
        'm',
      ),
    );
  await expect
    .poll(async () => (await fetch(`${worker.httpUrl}/metrics`)).text(), { timeout: 10_000 })
    .toMatch(/^headrace_worker_streams 2$/m);
}

/** Of the reporter's ports, the first one that tells of operators: JobManager and TaskManager have one each. */
async function taskManagerMetrics(): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    for (let port = 19_250; port < 19_256; port++) {
      const text = await fetch(`http://127.0.0.1:${port}`).then(
        (response) => response.text(),
        () => '',
      );
      if (text.includes('headrace_runLatencyMs')) return text;
    }
    await sleep(100);
  }
  throw new Error('no reporter tells of the operator');
}
