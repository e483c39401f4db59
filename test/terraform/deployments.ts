import { fileURLToPath } from 'node:url';
import { type Cloud, type DeploymentModel, loadDeployment, parseDeployment } from '../../config/index.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url));

/** Two cloud regions each, and the zones that the first is said to have. */
const PLACES: Readonly<Record<Cloud, { regions: readonly [string, string]; zones: string }>> = {
  aws: { regions: ['us-east-1', 'us-west-2'], zones: '[us-east-1b, us-east-1c, us-east-1d]' },
  azure: { regions: ['westeurope', 'northeurope'], zones: '["3", "1", "2"]' },
  gcp: {
    regions: ['asia-southeast1', 'europe-west4'],
    zones: '[asia-southeast1-a, asia-southeast1-b, asia-southeast1-c]',
  },
};
const ACCOUNT: Readonly<Record<Cloud, string>> = {
  aws: '"111111111111"',
  azure: '6f1c2d3e-0000-4000-8000-00000000000a',
  gcp: 'streams-prod',
};
const CLOUDS = ['aws', 'azure', 'gcp'] as const;

const BROKERS = 'source: { kafka: { topic: reviews, bootstrap: ["broker.example.net:9093", "192.0.2.7:9094"] } }';
const FILES = 'sink: { file: { path: ./out } }';
const MANAGED = [
  'source: { kafka: { topic: reviews, bootstrap: managed } }',
  'sink: { kafka: { topic: ratings, bootstrap: managed } }',
];

const parse = (regions: readonly string[], more: readonly string[]): DeploymentModel =>
  parseDeployment(
    'headrace.yaml',
    [
      'version: 1',
      'name: reviews',
      'id: 5c1a9e',
      'agent: { entry: ./agent.ts, parallelism: 8 }',
      'regions:',
      ...regions.map((region) => `  - { ${region} }`),
      'secrets: [openai-key, store-password]',
      'resources: { judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key } }',
      ...more,
    ].join('\n'),
  );

const regionOf = (cloud: Cloud, name: string, i: 0 | 1, rest: string) =>
  `name: ${name}, cloud: ${cloud}, region: ${PLACES[cloud].regions[i]}, ${rest}`;

/** An active region and its standby in one cloud. */
const pair = (cloud: Cloud) =>
  parse(
    [regionOf(cloud, 'one', 0, 'role: active, size: medium'), regionOf(cloud, 'two', 1, 'role: standby')],
    // Google Cloud's firewall takes whole names only.
    [BROKERS, FILES, ...(cloud === 'gcp' ? [] : ['network: { egress: ["*.example.net"] }'])],
  );

/** As `pair`, in an account that the file names and in one that differs from it. */
const accounts = (cloud: Cloud, other: string) =>
  parse(
    [
      regionOf(cloud, 'one', 0, `role: active, account: ${ACCOUNT[cloud]}`),
      regionOf(cloud, 'two', 1, `role: standby, account: ${other}`),
    ],
    [BROKERS, FILES],
  );

/** A public endpoint limited to ranges, spot workers, zones by name, the smallest network, no deletion protection. */
const restricted = (cloud: Cloud) =>
  parse(
    [
      regionOf(
        cloud,
        'one',
        0,
        `role: active, spot: true, size: large, cidr: 10.40.0.0/20, zones: ${PLACES[cloud].zones}`,
      ),
    ],
    [
      BROKERS,
      FILES,
      'dr: { mode: none }',
      'cluster: { endpoint: restricted, authorizedRanges: [203.0.113.0/24], deletionProtection: false }',
    ],
  );

/** Accounts that hold the deployment alone, and buckets of Google in two regions: what counts for whole accounts. */
const dedicated = (cloud: Cloud) =>
  parse(
    [
      regionOf(cloud, 'one', 0, `role: active, account: ${ACCOUNT[cloud]}`),
      cloud === 'gcp'
        ? `name: two, cloud: gcp, region: asia-northeast1, role: standby, account: ${ACCOUNT.gcp}`
        : regionOf(cloud, 'two', 1, `role: standby, account: ${ACCOUNT[cloud]}`),
    ],
    [
      ...MANAGED,
      'accounts: dedicated',
      'state: { googleBuckets: dual-region }',
      'observability: { alarms: [oncall@example.com], monthlyBudget: 900 }',
    ],
  );

/** Everything that the file can switch on, in an active region and a standby of each cloud. */
const everything = (authority: Cloud) =>
  parse(
    CLOUDS.flatMap((cloud) => [
      regionOf(cloud, cloud, 0, cloud === 'aws' ? 'role: active' : 'role: standby'),
      ...(cloud === authority ? [regionOf(cloud, 'last', 1, 'role: standby')] : []),
    ]),
    [
      ...MANAGED,
      `dns: { zone: reviews.example.com, authority: ${authority}, ttl: 20s }`,
      'network: { egress: [api.example.org] }',
      'cluster: { administrators: { aws: ["arn:aws:iam::111111111111:role/admins"], azure: [11111111-2222-4333-8444-555555555555], gcp: ["gke-security-groups@example.com"] } }',
      'observability: { alarms: [oncall@example.com], monthlyBudget: 1250.5, logRetention: 400d, traces: "http://otel.example.net:4318" }',
      'state: { versions: 14d }',
      'dr: { lease: { region: last } }',
      'images: { registry: "images.example.org:8443/team" }',
      'flink: { highAvailability: zookeeper, zookeeper: ["zk.example.org:2181"] }',
      'terraform:',
      '  backend:',
      '    aws: { bucket: terraform-states, region: us-east-1, kmsKeyId: alias/terraform }',
      '    azure: { resourceGroup: terraform, storageAccount: terraformstates, container: states }',
      '    gcp: { bucket: terraform-states }',
    ],
  );

/** Each cloud works on its own keys. */
const activeActive = () =>
  parse(
    CLOUDS.map((cloud) => regionOf(cloud, cloud, 0, 'role: active')),
    [...MANAGED, 'dr: { mode: active-active }'],
  );

/** What is synthesized and validated, by a title that is a folder's name as well. */
export const DEPLOYMENTS: readonly (readonly [string, () => DeploymentModel])[] = [
  ['the-example', () => loadDeployment(EXAMPLE)],
  ...CLOUDS.map((cloud) => [`two-regions-of-${cloud}`, () => pair(cloud)] as const),
  ['two-accounts-of-aws', () => accounts('aws', '"222222222222"')],
  ['two-projects-of-gcp', () => accounts('gcp', 'streams-dr')],
  ...CLOUDS.map((cloud) => [`restricted-on-${cloud}`, () => restricted(cloud)] as const),
  ...CLOUDS.map((cloud) => [`dedicated-on-${cloud}`, () => dedicated(cloud)] as const),
  ...CLOUDS.map((cloud) => [`everything-with-dns-of-${cloud}`, () => everything(cloud)] as const),
  ['active-active', activeActive],
];
