// `headrace run --engine flink`, as a person types it: stopped by Ctrl-C or killed in the middle, and run again to its end.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { reviewDeployment } from '../support/review-deployment.ts';
import { byInput, committedLines } from './part-lines.ts';

const COMMAND = fileURLToPath(new URL('../../ops/main.ts', import.meta.url));

interface RunOptions {
  readonly stopAt?: RegExp;
  readonly signal?: NodeJS.Signals;
  readonly args?: readonly string[];
}

/** Runs the command. @param stopAt text of its output at which the signal is sent. */
function run(
  cwd: string,
  { stopAt, signal = 'SIGINT', args = [] }: RunOptions = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [COMMAND, 'run', '--file', 'headrace.yaml', '--engine', 'flink', ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: '1' },
    });
    onTestFinished(() => {
      child.kill('SIGTERM');
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
  writeFileSync(join(directory, 'headrace.yaml'), reviewDeployment(400));
  await run(directory, { stopAt: /running: [1-9].* [3-9] checkpoints/, signal: 'SIGKILL' });
  const finished = await run(directory);
  expect(finished).toMatchObject({ code: 0, output: expect.stringMatching(/ended 3 processes.*goes on from/s) });
  expect(outputs(directory).size).toBe(3_708);
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
