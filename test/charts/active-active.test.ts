// In active-active each region has a job of its own, and what it takes to run another's beside it.
import { expect, test } from 'vitest';
import { flinkValues } from '../../charts/flink-cluster/values.ts';
import { activeActive, example } from './deployments.ts';
import { type Manifest, manifests, pick } from './inputs.ts';

const [us, eu] = activeActive().map(manifests) as [Manifest[], Manifest[]];

/** The environment of a Deployment's first container. */
function environmentOf(objects: readonly Manifest[], name: string): Map<string, unknown> {
  const { spec } = pick(objects, 'Deployment', name) as unknown as {
    spec: { template: { spec: { containers: { env: { name: string; value: unknown }[] }[] } } };
  };
  return new Map(spec.template.spec.containers[0]?.env.map(({ name: key, value }) => [key, value]));
}

test.each([
  ['us', us],
  ['eu', eu],
])('region %s supervises and copies every region’s job', (region, objects) => {
  for (const home of ['us', 'eu']) {
    for (const component of ['job', 'replicator']) {
      const env = environmentOf(objects, `both-agents-${component}-${home}`);
      expect(env.get('HEADRACE_JOB_OF')).toBe(home);
      expect(env.get('HEADRACE_REGION')).toBe(region);
    }
  }
  const names = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
  expect(names).not.toContain('both-agents-job');
});

test('each job has a directory of its own, and TaskManagers have room for another region’s', () => {
  const { data } = pick(us, 'ConfigMap', 'both-flink-config') as unknown as { data: Record<string, string> };
  const text = Object.values(data).join('\n');
  expect(text).toMatch(/^execution\.checkpointing\.dir: "?state:\/\/checkpoints"?$/m);
  const { spec } = pick(us, 'StatefulSet', 'both-flink-taskmanager') as unknown as { spec: { replicas: number } };
  // Two jobs of four subtasks and one slot to spare, in TaskManagers of two.
  expect(spec.replicas).toBe(5);
});

test('a cluster of the operator has one job, and its directory', () => {
  const [input] = activeActive();
  if (!input) throw new Error('no region');
  const { deployment } = input;
  const { configuration } = flinkValues({
    ...input,
    deployment: { ...deployment, flink: { ...deployment.flink, manager: 'operator' } },
  });
  expect(configuration['execution.checkpointing.dir']).toBe('state://checkpoints/both-us');
});

test('pods of one job are told from those of another', () => {
  const selectors = us
    .filter(({ kind, metadata }) => kind === 'Deployment' && /-(job|replicator)-/.test(metadata.name))
    .map(({ spec }) => JSON.stringify((spec as unknown as { selector: object }).selector));
  expect(new Set(selectors).size).toBe(4);
});

test('where regions share a job, there is one of each', () => {
  const [first] = example();
  if (!first) throw new Error('no region');
  const env = environmentOf(manifests(first), 'reviews-agents-job');
  expect(env.has('HEADRACE_JOB_OF')).toBe(false);
});
