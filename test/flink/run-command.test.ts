// `headrace run --engine flink`, as a person types it: stopped by Ctrl-C in the middle, and run again to its end.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { reviewDeployment } from '../support/review-deployment.ts';
import { byInput, committedLines } from './part-lines.ts';

const COMMAND = fileURLToPath(new URL('../../ops/main.ts', import.meta.url));

/** Runs the command. @param stopAt text of its output at which Ctrl-C is sent. */
function run(cwd: string, stopAt?: RegExp): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [COMMAND, 'run', '--file', 'headrace.yaml', '--engine', 'flink'], {
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
          child.kill('SIGINT');
        }
      });
    child.on('close', (code) => resolve({ code, output }));
  });
}

test('a run is stopped with a savepoint, and the same command finishes it with each output once', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'headrace.yaml'), reviewDeployment(400));
  const stopped = await run(directory, /running: [1-9][\d,]* finished/);
  expect(stopped.output).toMatch(/web interface is at http:\/\/127\.0\.0\.1:\d+/);
  expect(stopped).toMatchObject({ code: 130, output: expect.stringContaining('stopped with a savepoint') });
  const before = committedLines(join(directory, 'outputs')).length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(3_708);
  const finished = await run(directory);
  expect(finished).toMatchObject({ code: 0, output: expect.stringContaining('goes on from savepoint') });
  expect(byInput(committedLines(join(directory, 'outputs'))).size).toBe(3_708);
});
