// Tools do what they are for in a run, and not where the file or a drill runs them dry.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workerSettings } from '../../../ops/commands/worker.ts';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { AgentWorker } from '../../../runtime/worker/index.ts';
import { edit, exampleCopy, headrace, withTool } from '../command-line.ts';

const DRY = 'parallelism: 2, tools: dry-run';

function example(tools: 'run' | 'dry-run', dryRun: string): string {
  const cwd = exampleCopy((file) => (tools === 'run' ? file : file.replace('parallelism: 2', DRY)));
  edit(cwd, 'agent.ts', withTool(dryRun));
  return cwd;
}
const run = (cwd: string) => headrace(['run', '--profile', 'local', '--json'], { cwd });

test('a run calls tools, and with agent.tools: dry-run what stands in for them', async () => {
  const real = example('run', "dryRun: () => 'not sent'");
  const ran = await run(real);
  expect(ran.code, ran.stderr).toBe(0);
  expect(readFileSync(join(real, 'sent'), 'utf8')).toHaveLength(3_708);
  const dry = example('dry-run', "dryRun: () => 'not sent'");
  const dried = await run(dry);
  expect(dried.code, dried.stderr).toBe(0);
  expect(JSON.parse(dried.stdout)).toMatchObject({ outputs: JSON.parse(ran.stdout).outputs });
  expect(existsSync(join(dry, 'sent'))).toBe(false);
});

test('a drill runs tools dry, whatever the file says of them', async () => {
  const cwd = example('run', "dryRun: () => 'not sent'");
  const { code, stdout } = await headrace(['drill'], { cwd });
  expect(code, stdout).toBe(0);
  expect(existsSync(join(cwd, 'sent'))).toBe(false);
});

test('a worker has it from the file, and does not start with a tool that cannot be run dry', async () => {
  const settings = async (cwd: string) =>
    workerSettings(await openDeployment(join(cwd, 'headrace.yaml'), { profile: 'local' }), {
      ...{ file: 'headrace.yaml', listen: '127.0.0.1:0', http: '127.0.0.1:0', insecureDevelopment: true },
      ...{ processes: '1', grace: '1s', hangAfter: '5s' },
    });
  const dry = await settings(example('dry-run', ''));
  expect(dry.agent.tools).toBe('dry-run');
  await expect(AgentWorker.start(dry, () => {})).rejects.toThrow(/cannot be|HR-RESOURCE-006/);
  const real = await AgentWorker.start(await settings(example('run', '')), () => {});
  await real.close();
});
