import { expect, it } from 'vitest';
import { agentsValues } from '../../../charts/agents-app/values.ts';
import { flinkValues } from '../../../charts/flink-cluster/values.ts';
import { parseDeployment, type RegionOutputs } from '../../../config/index.ts';
import { imageReferences, registries, tagOf } from '../../../ops/images/references.ts';
import { inputs, ONE_REGION, THREE_REGIONS } from '../../charts/inputs.ts';

const opened = (text: string) => ({ deployment: parseDeployment('headrace.yaml', text) });
const REGISTRIES = {
  'reviews-us': { registry: '123456789012.dkr.ecr.us-east-1.amazonaws.com/reviews-us' },
  'reviews-eu': { registry: 'reviewseu5c1a9e.azurecr.io' },
  // The same one for two regions is one push.
  'reviews-asia': { registry: 'reviewseu5c1a9e.azurecr.io' },
} satisfies Record<string, Partial<RegionOutputs>>;

it('names an image of this machine where no registry is known', () => {
  expect(imageReferences('flink', opened(THREE_REGIONS), {})).toEqual(['headrace-flink:2.3.0-0.1.0']);
  expect(imageReferences('worker', opened(THREE_REGIONS), {})).toEqual(['headrace-worker:0.1.0']);
});

it('takes registry and tag from the command line, then from the file, then from the stacks', () => {
  const own = opened(ONE_REGION);
  expect(imageReferences('worker', own, { outputs: REGISTRIES })).toEqual([
    'registry.example.com/team/headrace-worker:0.1.0',
  ]);
  expect(imageReferences('worker', own, { registry: 'localhost:5000', tag: 'v7' })).toEqual([
    'localhost:5000/headrace-worker:v7',
  ]);
  expect(imageReferences('flink', opened(THREE_REGIONS), { outputs: REGISTRIES, tag: 'v7' })).toEqual([
    '123456789012.dkr.ecr.us-east-1.amazonaws.com/reviews-us/headrace-flink:v7',
    'reviewseu5c1a9e.azurecr.io/headrace-flink:v7',
  ]);
});

it.each([
  ['https://registry.example.com'],
  ['Registry.example.com'],
  ['registry.example.com/'],
  ['registry.example.com/Team'],
  ['registry.example.com:port'],
])('refuses %s as a registry', (registry) => {
  expect(() => registries(opened(THREE_REGIONS), { registry })).toThrow(
    expect.objectContaining({ code: 'HR-IMAGES-007', place: '--registry', exitCode: 2 }),
  );
});

it.each([['a b'], ['-v1'], ['v1/2'], ['']])('refuses "%s" as a tag', (tag) => {
  expect(() => tagOf('flink', opened(THREE_REGIONS), { tag })).toThrow(
    expect.objectContaining({ code: 'HR-IMAGES-007', place: '--tag' }),
  );
});

it.each([
  ['without outputs', undefined],
  ['with outputs', REGISTRIES],
] as const)('names what the charts ask for, %s', (_, outputs) => {
  for (const text of [
    THREE_REGIONS,
    ONE_REGION,
    `${ONE_REGION.replace('registry: registry', 'tag: v9, registry: registry')}`,
  ]) {
    for (const input of inputs(text)) {
      const known = outputs?.[`${input.deployment.name}-${input.region.name}` as keyof typeof REGISTRIES];
      const asked = { ...input, ...(known ? { outputs: known } : {}) };
      const made = (image: 'flink' | 'worker') => imageReferences(image, input, { outputs: outputs ?? {} });
      const [flink, worker] = [flinkValues(asked).image, agentsValues(asked).image];
      expect(made('flink')).toContain(`${flink.repository}:${flink.tag}`);
      expect(made('worker')).toContain(`${worker.repository}:${worker.tag}`);
    }
  }
});
