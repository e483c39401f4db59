// With dr.failback a job comes back: the region that lost it copies it from the one that has it, so each may read the other's state.
// Without it a primary reads nobody's.
import { describe, expect, test } from 'vitest';
import { type DeploymentModel, parseDeployment, readersOf, sourcesOf } from '../../config/index.ts';
import { synthesize as aws } from './aws/synthesized.ts';
import { synthesize as azure } from './azure/synthesized.ts';
import { synthesize as gcp } from './gcp/synthesized.ts';

const REGIONS = {
  us: 'cloud: aws, region: us-east-1',
  west: 'cloud: aws, region: us-west-2',
  eu: 'cloud: azure, region: westeurope',
  north: 'cloud: azure, region: northeurope',
  asia: 'cloud: gcp, region: asia-southeast1',
  tokyo: 'cloud: gcp, region: asia-northeast1',
} as const;
type Name = keyof typeof REGIONS;

const parse = (failback: boolean, active: Name, ...standbys: Name[]): DeploymentModel =>
  parseDeployment(
    'headrace.yaml',
    `version: 1
name: reviews
agent: { entry: ./agent.ts }
regions:
  - { name: ${active}, ${REGIONS[active]}, role: active }
${standbys.map((name) => `  - { name: ${name}, ${REGIONS[name]}, role: standby }`).join('\n')}
dr: { mode: active-standby, failback: ${failback} }
source: { kafka: { topic: reviews, bootstrap: [kafka.example.com:9092] } }
sink: { kafka: { topic: ratings, bootstrap: [kafka.example.com:9092] } }
`,
  );
const region = (d: DeploymentModel, name: Name) => {
  const found = d.regions.find((one) => one.name === name);
  if (!found) throw new Error(`no region ${name}`);
  return found;
};
const named = (regions: readonly { name: string }[]) => regions.map(({ name }) => name);

test('each region may copy from every other one, a standby from another standby that has the job as well', () => {
  const [without, back] = [parse(false, 'us', 'eu', 'asia'), parse(true, 'us', 'eu', 'asia')];
  expect(named(sourcesOf(without, region(without, 'us')))).toEqual([]);
  expect(named(sourcesOf(without, region(without, 'asia')))).toEqual(['us']);
  expect(named(sourcesOf(back, region(back, 'us')))).toEqual(['eu', 'asia']);
  expect(named(sourcesOf(back, region(back, 'asia')))).toEqual(['us', 'eu']);
  expect(named(readersOf(back, region(back, 'eu')))).toEqual(['us', 'asia']);
});

/** What a standby's stack says of its active peer's replicator, and the other way round, in each cloud and between two. */
const PAIRS: [string, Name, Name, (d: DeploymentModel) => readonly unknown[]][] = [
  [
    'AWS',
    'us',
    'west',
    (d) => [
      aws(d, 'us').one('aws_iam_role_policy', 'identity-replicator-policy')['policy'],
      aws(d, 'west').one('aws_s3_bucket_policy', 'state-policy')['policy'],
    ],
  ],
  ['Azure', 'eu', 'north', (d) => [azure(d, 'north').all('role_assignment')['reader-eu-state']]],
  ['Google Cloud', 'asia', 'tokyo', (d) => [gcp(d, 'tokyo').all('google_storage_bucket_iam_member')['replica-asia']]],
  ['Azure to AWS', 'eu', 'us', (d) => [aws(d, 'us').all('aws_iam_role')['reader-eu']]],
  ['AWS to Google Cloud', 'us', 'asia', (d) => [gcp(d, 'asia').all('google_storage_bucket_iam_member')['replica-us']]],
  ['Google Cloud to Azure', 'asia', 'eu', (d) => [azure(d, 'eu').all('role_assignment')['reader-asia-state']]],
];

describe.each(PAIRS)('%s', (_, active, standby, grants) => {
  test('the standby’s state can be read by the active region’s replicator with dr.failback, and by nobody without', () => {
    const [without, back] = [parse(false, active, standby), parse(true, active, standby)];
    for (const [i, grant] of grants(back).entries()) {
      expect(grant).toBeDefined();
      expect(grant).not.toEqual(grants(without)[i]);
    }
    expect(JSON.stringify(grants(back)[0])).toMatch(
      new RegExp(`${region(back, standby).stateRoot.bucket}|${active}|replicator|objectViewer|Blob Data Reader`),
    );
  });
});

test('on AWS the active region’s replicator may read the standby’s bucket and its key', () => {
  const d = parse(true, 'us', 'west');
  const policy = String(aws(d, 'us').one('aws_iam_role_policy', 'identity-replicator-policy')['policy']);
  expect(policy).toContain(region(d, 'west').stateRoot.bucket);
  expect(policy).toMatch(/s3:GetObject/);
  expect(
    String(aws(parse(false, 'us', 'west'), 'us').one('aws_iam_role_policy', 'identity-replicator-policy')['policy']),
  ).not.toMatch(/CopyOwnObjects/);
});
