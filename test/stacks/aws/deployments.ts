import { type DeploymentModel, parseDeployment } from '../../../config/index.ts';

/** What a test says about a deployment; the rest is as small as a file can be. */
export interface DeploymentText {
  readonly regions: readonly string[];
  /** Further top-level keys, as YAML lines. */
  readonly more?: readonly string[];
  readonly kafka?: boolean;
}

export function deployment({ regions, more = [], kafka = false }: DeploymentText): DeploymentModel {
  const text = [
    'version: 1',
    'name: reviews',
    'id: 5c1a9e',
    'agent: { entry: ./agent.ts, parallelism: 8 }',
    'regions:',
    ...regions.map((region) => `  - { ${region} }`),
    kafka
      ? 'source: { kafka: { topic: reviews, bootstrap: managed } }'
      : 'source: { kafka: { topic: reviews, bootstrap: ["broker.example.net:9093", "192.0.2.7:9094"] } }',
    kafka ? 'sink: { kafka: { topic: ratings, bootstrap: managed } }' : 'sink: { file: { path: ./out } }',
    'secrets: [openai-key, store-password]',
    ...(more.some((line) => line.startsWith('resources:'))
      ? []
      : ['resources: { judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key } }']),
    ...more,
  ].join('\n');
  return parseDeployment('headrace.yaml', text);
}

export const US = 'name: us, cloud: aws, region: us-east-1';
export const WEST = 'name: west, cloud: aws, region: us-west-2';
export const EU = 'name: eu, cloud: azure, region: westeurope';
export const ASIA = 'name: asia, cloud: gcp, region: asia-southeast1, account: streams';

/** Active on AWS, copied by a region of each other cloud. */
export const active = () =>
  deployment({ regions: [`${US}, role: active`, `${EU}, role: standby`, `${ASIA}, role: standby`] });

/** Active and standby on AWS, in one account. */
export const pair = () => deployment({ regions: [`${US}, role: active, size: medium`, `${WEST}, role: standby`] });

/** Active and standby on AWS, in two accounts. */
export const accounts = () =>
  deployment({
    regions: [`${US}, role: active, account: "111111111111"`, `${WEST}, role: standby, account: "222222222222"`],
  });

/** A public endpoint limited to ranges, spot workers, zones by name, no deletion protection. */
export const restricted = () =>
  deployment({
    regions: [
      `${US}, role: active, spot: true, size: large, cidr: 10.40.0.0/20, zones: [us-east-1b, us-east-1c, us-east-1d]`,
    ],
    more: [
      'dr: { mode: none }',
      'cluster: { endpoint: restricted, authorizedRanges: [203.0.113.0/24], deletionProtection: false }',
    ],
  });

/** Everything that the file can switch on, in active regions. */
export const everything = () =>
  deployment({
    regions: [`${US}, role: active`, `${WEST}, role: active`, `${ASIA}, role: active`],
    kafka: true,
    more: [
      'dr: { mode: active-active }',
      'dns: { zone: reviews.example.com, authority: aws, ttl: 20s }',
      'network: { egress: [api.example.org] }',
      'cluster: { administrators: { aws: ["arn:aws:iam::111111111111:role/admins"] } }',
      'observability: { alarms: [oncall@example.com], monthlyBudget: 1250.5, logRetention: 100d }',
      'state: { versions: 14d }',
    ],
  });
