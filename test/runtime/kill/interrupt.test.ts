// Fault model: Ctrl-C during `headrace run`, sent to the real command.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readParts } from '../../../runtime/local/index.ts';
import { reviewDeployment } from '../../support/review-deployment.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const COMMAND = fileURLToPath(new URL('../../../ops/main.ts', import.meta.url));

async function end(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

test('an interrupted run ends in good order, and the same command finishes it', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'headrace.yaml'), reviewDeployment(2_500));
  const state = join(directory, 'work');
  const start = () =>
    spawn(process.execPath, [COMMAND, 'run', '--file', 'headrace.yaml', '--state', state], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const child = start();
  const first = end(child);
  const journal = join(state, 'journal');
  while (child.exitCode === null && !(existsSync(journal) && readdirSync(journal).length > 0)) await sleep(10);
  await sleep(200);
  child.kill('SIGINT');
  const interrupted = await first;
  expect(interrupted.output).toContain('stopped in good order');
  expect(interrupted.code).toBe(130);
  expect(await end(start())).toMatchObject({ code: 0, output: expect.stringContaining('went on from checkpoint') });
  const ids = new Set<string>();
  let lines = 0;
  for await (const { id } of readParts<{ id: string }>(join(directory, 'outputs'))) {
    ids.add(id);
    lines += 1;
  }
  expect([lines, ids.size]).toEqual([3_708, 3_708]);
});
