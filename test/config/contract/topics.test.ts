import { expect, test } from 'vitest';
import { copiedTopics, managedTopics, parseDeployment } from '../../../config/index.ts';

const parse = (mode: 'active-active' | 'active-standby', topic: string, more = '') =>
  parseDeployment(
    'headrace.yaml',
    `version: 1
name: reviews
agent: { entry: ./agent.ts }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active }
  - { name: eu, cloud: aws, region: eu-west-1, role: ${mode === 'active-active' ? 'active' : 'standby'} }
dr: { mode: ${mode} }
source: { kafka: { topic: "${topic}" } }
sink: { kafka: { topic: ratings } }
${more}`,
  );

test.each([
  [
    'a job that regions share has one of each',
    parse('active-standby', 'reviews', 'state: { journal: kafka }'),
    { reads: ['reviews'], writes: ['ratings', 'ratings.dead-letter'], journals: ['reviews.journal'] },
  ],
  [
    'jobs of their own have what their names say, in every region',
    parse('active-active', 'reviews-{region}', 'state: { journal: kafka }'),
    {
      reads: ['reviews-eu', 'reviews-us'],
      writes: ['ratings', 'ratings.dead-letter'],
      journals: ['reviews-us.journal', 'reviews-eu.journal'],
    },
  ],
  [
    'without a journal in Kafka there is none',
    parse('active-active', 'reviews'),
    { reads: ['reviews'], writes: ['ratings', 'ratings.dead-letter'], journals: [] },
  ],
])('%s', (_, deployment, expected) => {
  expect(managedTopics(deployment)).toEqual(expected);
});

test.each([
  ['a standby copies the inputs', parse('active-standby', 'reviews'), ['reviews']],
  ['each copies the other’s own', parse('active-active', 'reviews-{region}'), ['reviews-eu']],
  ['what has the same name in both is not copied both ways', parse('active-active', 'reviews'), []],
])('%s', (_, deployment, expected) => {
  const from = deployment.regions.find(({ name }) => name === 'eu');
  expect(from && copiedTopics(deployment, from)).toEqual(expected);
});
