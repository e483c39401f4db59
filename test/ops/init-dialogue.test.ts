import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import { expect, it } from 'vitest';
import { loadDeployment } from '../../config/index.ts';
import { exampleCopy } from './command-line.ts';

const MAIN = fileURLToPath(new URL('../../ops/main.ts', import.meta.url));
const DOWN = '\u001b[B';

/** What a person sees, and what they type when they see it, in order. */
const DIALOGUE: [string, string][] = [
  ['Name of the deployment', 'asked\r'],
  ['Agent file', '\r'],
  ['Cloud of the active region', '\r'],
  ['Its location', '\r'],
  ['Short name', 'us\r'],
  ['Size', '\r'],
  ['Add a standby region?', 'y'],
  ['Cloud of the standby region', `${DOWN}\r`],
  ['Its location', '\r'],
  ['Short name', 'eu\r'],
  ['Size', `${DOWN}\r`],
  ['Add another standby region?', 'n'],
  ['Chat model', '\r'],
  ['Kafka topic of inputs', '\r'],
  ['Kafka topic of outputs', '\r'],
];

it('headrace init asks for what it needs on a terminal, and writes a file that validates', async () => {
  const cwd = exampleCopy();
  const terminal = spawn(process.execPath, [MAIN, 'init', '--file', 'new.yaml'], { cwd, cols: 100, rows: 40 });
  let seen = '';
  let step = 0;
  const code = await new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode }) => resolve(exitCode));
    terminal.onData((data) => {
      seen += data;
      const [question, answer] = DIALOGUE[step] ?? [];
      if (question === undefined || !seen.includes(question)) return;
      step += 1;
      seen = '';
      terminal.write(answer ?? '');
    });
  });
  expect(step).toBe(DIALOGUE.length);
  expect(code).toBe(0);
  const { name, regions } = loadDeployment(join(cwd, 'new.yaml'));
  expect(name).toBe('asked');
  expect(regions.map(({ name, cloud, role, size }) => [name, cloud, role, size])).toEqual([
    ['us', 'aws', 'active', 'small'],
    ['eu', 'azure', 'standby', 'medium'],
  ]);
});
