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
    'resources: { judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key } }',
    ...more,
  ].join('\n');
  return parseDeployment('headrace.yaml', text);
}

export const AZURE_EU = 'name: eu, cloud: azure, region: westeurope';
export const AZURE_NORTH = 'name: north-1, cloud: azure, region: northeurope';
export const AWS_US = 'name: us, cloud: aws, region: us-east-1';
export const GCP_ASIA = 'name: asia, cloud: gcp, region: asia-southeast1';
export const SUBSCRIPTION = '6f1c2d3e-0000-4000-8000-00000000000a';

/** A standby on Azure of an active region on AWS. */
export const standby = () => deployment({ regions: [`${AWS_US}, role: active`, `${AZURE_EU}, role: standby`] });

/** An active region on Azure that a region of Azure and one of Google Cloud copy from; the subscription is named. */
export const active = () =>
  deployment({
    regions: [
      `${AZURE_EU}, role: active, size: medium, account: ${SUBSCRIPTION}`,
      `${AZURE_NORTH}, role: standby`,
      `${GCP_ASIA}, role: standby`,
    ],
  });

/** A public endpoint limited to ranges, spot workers, zones by name, the smallest network, no deletion protection. */
export const restricted = () =>
  deployment({
    regions: [`${AZURE_EU}, role: active, spot: true, size: large, cidr: 10.40.0.0/20, zones: ["3", "1", "2"]`],
    more: [
      'dr: { mode: none }',
      'cluster: { endpoint: restricted, authorizedRanges: [203.0.113.0/24], deletionProtection: false }',
    ],
  });

/** Everything that the file can switch on, in three active regions. */
export const everything = () =>
  deployment({
    regions: [`${AZURE_EU}, role: active`, `${AZURE_NORTH}, role: active`, `${AWS_US}, role: active`],
    kafka: true,
    more: [
      'dr: { mode: active-active }',
      'dns: { zone: reviews.example.com, authority: azure, ttl: 20s }',
      'network: { egress: [api.example.org, "*.example.net"] }',
      'cluster: { administrators: { azure: [11111111-2222-4333-8444-555555555555] } }',
      'observability: { alarms: [oncall@example.com], monthlyBudget: 1250.5, logRetention: 400d, traces: "http://otel.example.net:4318" }',
      'state: { versions: 14d }',
      'images: { registry: "images.example.org:8443/team" }',
      'flink: { highAvailability: zookeeper, zookeeper: ["zk.example.org:2181"] }',
    ],
  });
