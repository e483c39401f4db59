// The readme shows what the first command prints: a step that it does not show was forgotten there.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadDeployment } from '../../../config/index.ts';
import { nextSteps } from '../../../ops/quickstart/next-steps.ts';
import type { SynthResult } from '../../../ops/synth/synth.ts';

test('the readme shows every step as it is printed', () => {
  const file = 'examples/review-analysis/headrace.yaml';
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8').split('\n');
  const stacks = ['us', 'eu', 'asia', 'global'].map((name) => `reviews-${name}`);
  const steps = nextSteps(loadDeployment(file), file, { stacks } as unknown as SynthResult);
  expect(steps.length).toBeGreaterThan(10);
  expect(steps.filter((line) => !readme.includes(`      ${line}`))).toEqual([]);
});
