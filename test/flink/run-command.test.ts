// `headrace run --engine flink`, as a person types it: stopped by Ctrl-C or killed in the middle, and run again to its end.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { endLeftovers } from '../../ops/dev/leftovers.ts';
import { archivedJob, type NotedJob } from '../../ops/run/left-job.ts';
import { FlinkRest } from '../../runtime/remote/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { reviewDeployment } from '../support/review-deployment.ts';
import { byInput, committedLines } from './part-lines.ts';

const COMMAND = fileURLToPath(new URL('../../ops/main.ts', import.meta.url));

/** What a run keeps. */
const stateOf = (directory: string) => join(directory, '.headrace/flink/reviews');

interface RunOptions {
  readonly stopAt?: RegExp;
  readonly signal?: NodeJS.Signals;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs the command. @param stopAt text of its output at which the signal is sent. */
function run(
  cwd: string,
  { stopAt, signal = 'SIGINT', args = [], env = {} }: RunOptions = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [COMMAND, 'run', '--file', 'headrace.yaml', '--engine', 'flink', ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    onTestFinished(() => {
      child.kill('SIGTERM');
      endLeftovers(stateOf(cwd));
    });
    let output = '';
    let sent = false;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        if (!sent && stopAt?.test(output)) {
          sent = true;
          child.kill(signal);
        }
      });
    child.on('close', (code) => resolve({ code, output }));
  });
}

const WORKING = /running: [1-9][\d,]* finished/;
const CHECKPOINTED = /running: [1-9].* [1-9] checkpoints/;
const outputs = (directory: string) => byInput(committedLines(join(directory, 'outputs')));

test('a run is stopped with a savepoint, and the same command finishes it with each output once', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'headrace.yaml'), reviewDeployment(400));
  const stopped = await run(directory, { stopAt: WORKING });
  expect(stopped.output).toMatch(/web interface is at http:\/\/127\.0\.0\.1:\d+/);
  expect(stopped).toMatchObject({ code: 130, output: expect.stringContaining('stopped with a savepoint') });
  const before = outputs(directory).size;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(3_708);
  const finished = await run(directory);
  expect(finished).toMatchObject({ code: 0, output: expect.stringContaining('goes on from') });
  expect(outputs(directory).size).toBe(3_708);
  // Done is done: a third run does nothing.
  expect(await run(directory)).toMatchObject({ code: 0, output: expect.not.stringContaining('web interface') });
  expect(outputs(directory).size).toBe(3_708);
});

test('a killed run leaves no process behind the next one, which finishes it with each output once', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'headrace.yaml'), reviewDeployment(150));
  await run(directory, { stopAt: CHECKPOINTED, signal: 'SIGKILL' });
  const finished = await run(directory);
  expect(finished).toMatchObject({ code: 0, output: expect.stringMatching(/ended 3 processes.*goes on from/s) });
  expect(outputs(directory).size).toBe(3_708);
});

test.each([
  ['its Flink says so', false],
  ['its Flink is gone as well', true],
])('a job that came to its end after its command was killed is not run again: %s', async (_, gone) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'headrace.yaml'), reviewDeployment(300));
  await run(directory, { stopAt: CHECKPOINTED, signal: 'SIGKILL' });
  const state = stateOf(directory);
  const { jobId, webUi } = JSON.parse(readFileSync(join(state, 'job.json'), 'utf8')) as NotedJob;
  await new FlinkRest({ url: webUi }).until(jobId, 'FINISHED');
  if (gone) {
    await expect.poll(() => archivedJob(state, jobId), { timeout: 10_000 }).toBeDefined();
    endLeftovers(state);
  }
  const finished = await run(directory);
  expect(finished).toMatchObject({ code: 0, output: expect.stringContaining('its job came to the end by itself') });
  expect(finished.output).not.toContain('web interface');
  expect(outputs(directory).size).toBe(3_708);
  expect(await run(directory)).toMatchObject({
    code: 0,
    output: expect.not.stringContaining('web interface'),
  });
});

test('without a Java the command says so, and leaves no process', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'headrace.yaml'), reviewDeployment(400));
  const { code, output } = await run(directory, { env: { PATH: directory } });
  expect(code).toBe(1);
  expect(output).toMatch(/java HR-DEV-004 it is not installed.*install Java 17/s);
  expect(output).not.toContain('web interface');
});

test("with --fresh nothing of an earlier run is left, and no file of the user's is gone", async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'headrace.yaml'), reviewDeployment(10_000));
  expect((await run(directory)).code).toBe(0);
  for (const path of ['outputs/notes.md', 'outputs/part-mine.jsonl', '.headrace/flink/reviews/notes.md'])
    writeFileSync(join(directory, path), '');
  expect((await run(directory, { args: ['--fresh'] })).code).toBe(0);
  expect(outputs(directory).size).toBe(3_708);
  for (const path of ['outputs/notes.md', 'outputs/part-mine.jsonl', '.headrace/flink/reviews/notes.md'])
    expect(existsSync(join(directory, path)), path).toBe(true);
});
