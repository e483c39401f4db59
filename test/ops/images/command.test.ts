import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { exampleCopy, headrace } from '../command-line.ts';

const json = (stdout: string) =>
  JSON.parse(stdout) as { ok: boolean; failures?: { code: string; place: string; mend?: string }[] };

it('refuses a push without a registry, before anything is built', async () => {
  const cwd = exampleCopy();
  const { code, stdout } = await headrace(['images', 'build', '--push', '--json'], { cwd });
  expect(code).toBe(2);
  expect(json(stdout).failures).toEqual([
    expect.objectContaining({
      code: 'HR-IMAGES-007',
      place: '--push',
      mend: expect.stringContaining('--outputs FILE'),
    }),
  ]);
  expect(existsSync(join(cwd, '.headrace'))).toBe(false);
});

it.each([
  [['--image', 'engine'], '--image', 'HR-CLI-006'],
  [['--builder', 'kaniko'], '--builder', 'HR-IMAGES-001'],
  [['--platform', 'windows/amd64'], '--platform', 'HR-IMAGES-007'],
  [['--registry', 'https://registry.example.com', '--push'], '--registry', 'HR-IMAGES-007'],
  [['--outputs', 'away.json'], 'away.json', 'HR-CLI-002'],
])('refuses %j', async (flags, place, failure) => {
  const { code, stdout } = await headrace(['images', 'build', '--json', ...flags], { cwd: exampleCopy() });
  expect(code).toBe(2);
  expect(json(stdout).failures).toEqual([expect.objectContaining({ code: failure, place })]);
});

it('an image runs its own agent, whatever path the mounted deployment file names', async () => {
  const cwd = exampleCopy((file) => file.replace('entry: ./agent.ts', 'entry: ./of-another-machine.ts'));
  const image = join(exampleCopy(), 'agent.ts');
  const file = join(cwd, 'headrace.yaml');
  await expect(openDeployment(file)).rejects.toMatchObject({ code: 'HR-AGENT-001' });
  process.env['HEADRACE_AGENT_ENTRY'] = image;
  try {
    const { entry, plan } = await openDeployment(file);
    expect(entry).toBe(image);
    expect(plan.name).toBe('review-analysis');
    for (const wrong of [join(cwd, 'away.ts'), 'agent.ts']) {
      process.env['HEADRACE_AGENT_ENTRY'] = wrong;
      await expect(openDeployment(file)).rejects.toMatchObject({ code: 'HR-CLI-010', place: 'HEADRACE_AGENT_ENTRY' });
    }
  } finally {
    delete process.env['HEADRACE_AGENT_ENTRY'];
  }
});
