import { expect, test } from 'vitest';
import { deploymentOfJob, parseDeployment } from '../../../config/index.ts';
import { reportOf } from '../../../ops/failover/report.ts';

const file = (mode: string, role: string, dns = '') =>
  parseDeployment(
    'headrace.yaml',
    `version: 1
name: reviews
agent: { entry: ./agent.ts }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active }
  - { name: eu, cloud: aws, region: eu-west-1, role: ${role} }
dr: { mode: ${mode} }
source: { kafka: { topic: "reviews${mode === 'active-active' ? '-{region}' : ''}" } }
sink: { kafka: { topic: ratings } }
${dns}`,
  );

test('what remains after an adoption is to give the job back, and after a failover to say so in the file', () => {
  const whole = file('active-active', 'active');
  const [us] = whole.regions;
  if (!us) throw new Error('no region');
  const adopted = reportOf(deploymentOfJob(whole, us), 'eu', undefined, 'us');
  expect(adopted.job).toBe('reviews-us');
  expect(adopted.remains.join('\n')).toContain('headrace failback --job-of us gives it back');
  const moved = reportOf(file('active-standby', 'standby'), 'eu', undefined).remains.join('\n');
  expect(moved).toContain('has no standby until the file says so');
  expect(moved).not.toContain('--job-of');
  // Back at home nothing remains but what was there before.
  expect(reportOf(deploymentOfJob(whole, us), 'us', undefined, 'us').remains).toHaveLength(1);
});

test.each([
  ['aws', 'follow the health checks'],
  ['gcp', 'stay where they are'],
])('names of %s: it tells the command that moves them', (authority, says) => {
  const dns = `dns: { zone: reviews.example.com, authority: ${authority} }\n`;
  const [names] = reportOf(file('active-standby', 'standby', dns), 'eu', undefined).remains;
  expect(names).toContain(says);
  expect(names).toContain('headrace traffic --to eu');
  const [none] = reportOf(file('active-standby', 'standby'), 'eu', undefined).remains;
  expect(none).not.toContain('headrace traffic');
});
