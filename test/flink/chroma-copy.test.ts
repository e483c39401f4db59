// The script that copies Chroma's directory, with a real rclone. Faults: a writer that never rests, a copy that cannot be
// sent, a directory that cannot be read.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COPY_SCRIPT } from '../../charts/platform/chroma-copy.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';

const NAME = `chroma-${process.pid}`;
let directory: string;
let writer: ChildProcess;

beforeEach(async (context) => {
  directory = temporaryDirectory(context.onTestFinished);
  for (const name of ['data', 'copy', 'target']) mkdirSync(join(directory, name));
  writeFileSync(join(directory, 'copy.sh'), COPY_SCRIPT);
  // Writes the same number to two files, one after the other: a copy of two moments has two numbers.
  const script = `const fs = require('fs'); const [a, b] = ['a', 'b'].map((name) => fs.openSync(name, 'w'));
    for (let i = 1; ; i++) for (const file of [a, b]) fs.writeSync(file, String(i).padStart(9), 0);`;
  copyFileSync(process.execPath, join(directory, NAME));
  writer = spawn(join(directory, NAME), ['-e', script], { cwd: join(directory, 'data'), stdio: 'inherit' });
  while (!existsSync(join(directory, 'data', 'b'))) await sleep(20);
});
afterEach(() => {
  writer.kill('SIGKILL');
});

const copy = (environment: Record<string, string> = {}) =>
  new Promise<{ failed: boolean; output: string }>((resolve) => {
    const env = {
      PATH: process.env['PATH'],
      RCLONE_CONFIG: '/nowhere',
      HOME: directory,
      TARGET: join(directory, 'target'),
      DATA: join(directory, 'data'),
      COPY: join(directory, 'copy'),
      PROCESS: NAME,
      RETAIN: '2',
      ...environment,
    };
    execFile('sh', [join(directory, 'copy.sh')], { env }, (error, stdout) =>
      resolve({ failed: error !== null, output: stdout }),
    );
  });

const state = () => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${writer.pid}/status`, 'utf8'))?.[1];
const number = (folder: string, file: string) => Number(readFileSync(join(directory, 'target', folder, file), 'utf8'));
const complete = () => readdirSync(join(directory, 'target')).filter((name) => name.endsWith('.complete'));

test('a copy is the state of one moment, and the writer goes on', async () => {
  const { output } = await copy();
  const { copied } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as { copied: string };
  expect(complete()).toEqual([`${copied}.complete`]);
  // At most one write apart: the writer was stopped between its two files or after both.
  expect(number(copied, 'a') - number(copied, 'b')).toBeLessThanOrEqual(1);
  expect(number(copied, 'a') - number(copied, 'b')).toBeGreaterThanOrEqual(0);
  const before = readFileSync(join(directory, 'data', 'a'), 'utf8');
  await sleep(200);
  expect(readFileSync(join(directory, 'data', 'a'), 'utf8')).not.toBe(before);
});

test('copies beyond those that are kept go, the oldest first', async () => {
  const seen: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { output } = await copy();
    seen.push((JSON.parse(output.trim().split('\n').at(-1) ?? '') as { copied: string }).copied);
    await sleep(1_100);
  }
  expect(complete().sort()).toEqual(seen.slice(1).map((one) => `${one}.complete`));
  expect(existsSync(join(directory, 'target', seen[0] ?? ''))).toBe(false);
});

test.each([
  ['cannot be sent', { TARGET: '/dev/null/nowhere' }],
  ['cannot be made', { DATA: '/does/not/exist' }],
])('a copy that %s fails, is not counted, and leaves the writer running', async (_, environment) => {
  const { failed, output } = await copy(environment);
  expect(failed).toBe(true);
  expect(output).not.toContain('"copied"');
  expect(complete()).toEqual([]);
  expect(state()).not.toBe('T');
});
