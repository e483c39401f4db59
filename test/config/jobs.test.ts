import { expect, test } from 'vitest';
import { deploymentOfJob, homes, jobNameOf, parseDeployment, replicasOf } from '../../config/index.ts';

const file = (mode: string, source: string) =>
  `version: 1
name: reviews
agent: { entry: ./agent.ts }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active }
  - { name: eu, cloud: azure, region: westeurope, role: ${mode === 'active-active' ? 'active' : 'standby'} }
  - { name: asia, cloud: gcp, region: asia-southeast1, role: standby }
dr: { mode: ${mode}, failover: automatic }
source: { kafka: { topic: "${source}" } }
sink: { kafka: { topic: ratings, deadLetterTopic: "lost-{region}" } }
`.replace(mode === 'active-active' ? '\0' : ', deadLetterTopic: "lost-{region}"', '');

const parse = (mode: string, source: string) => parseDeployment('headrace.yaml', file(mode, source));
const regionOf = (d: ReturnType<typeof parse>, name: string) => {
  const found = d.regions.find((region) => region.name === name);
  if (!found) throw new Error(`no region ${name}`);
  return found;
};

test('in active-active each active region has a job, with its own name, inputs and standbys', () => {
  const whole = parse('active-active', 'reviews-{region}');
  expect(homes(whole).map((home) => jobNameOf(whole, home))).toEqual(['reviews-us', 'reviews-eu']);
  const view = deploymentOfJob(whole, regionOf(whole, 'eu'));
  expect(view).toMatchObject({
    name: 'reviews-eu',
    dr: { mode: 'active-standby', failover: 'automatic' },
    source: { kafka: { topic: 'reviews-eu' } },
    sink: { kafka: { topic: 'ratings', deadLetterTopic: 'lost-eu' } },
    leaseRegion: whole.leaseRegion,
  });
  expect(view.regions.map(({ name, role }) => `${name} ${role}`)).toEqual(['us standby', 'eu active', 'asia standby']);
  for (const d of [whole, view])
    expect(replicasOf(d, regionOf(d, 'eu')).map(({ name }) => name)).toEqual(['us', 'asia']);
  // Where state lies does not depend on the job.
  expect(view.regions.map(({ stateRoot }) => stateRoot)).toEqual(whole.regions.map(({ stateRoot }) => stateRoot));
});

test('inputs that another region cannot tell from its own are not adopted by themselves', () => {
  const whole = parse('active-active', 'reviews');
  expect(deploymentOfJob(whole, regionOf(whole, 'us')).dr.failover).toBe('manual');
});

test('where regions share a job, it is the deployment itself', () => {
  const whole = parse('active-standby', 'reviews');
  expect(homes(whole).map((home) => jobNameOf(whole, home))).toEqual(['reviews']);
  expect(deploymentOfJob(whole, regionOf(whole, 'us'))).toBe(whole);
});
