import { type DeploymentModel, parseDeployment } from '../../../config/index.ts';

/** What a test says about a deployment; the rest is as small as a file can be. */
export interface DeploymentText {
  readonly regions: readonly string[];
  /** Further top-level keys, as YAML lines. */
  readonly more?: readonly string[];
  /** Source topic of a managed Kafka. Default: brokers of somebody else. */
  readonly topic?: string;
}

export function deployment({ regions, more = [], topic }: DeploymentText): DeploymentModel {
  const text = [
    'version: 1',
    'name: reviews',
    'id: 5c1a9e',
    'agent: { entry: ./agent.ts, parallelism: 8 }',
    'regions:',
    ...regions.map((region) => `  - { ${region} }`),
    topic
      ? `source: { kafka: { topic: ${topic}, bootstrap: managed } }`
      : 'source: { kafka: { topic: reviews, bootstrap: ["broker.example.net:9093", "192.0.2.7:9094"] } }',
    topic ? 'sink: { kafka: { topic: ratings, bootstrap: managed } }' : 'sink: { file: { path: ./out } }',
    'secrets: [openai-key, store-password]',
    'resources: { judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key } }',
    ...more,
  ].join('\n');
  return parseDeployment('headrace.yaml', text);
}

export const GCP_ASIA = 'name: asia, cloud: gcp, region: asia-southeast1';
export const GCP_EU = 'name: eu, cloud: gcp, region: europe-west4';
export const AWS_US = 'name: us, cloud: aws, region: us-east-1';
export const AZURE_WEST = 'name: west, cloud: azure, region: westeurope';

/** A standby on Google Cloud of an active region on AWS. */
export const standby = () => deployment({ regions: [`${AWS_US}, role: active`, `${GCP_ASIA}, role: standby`] });

/** An active region on Google Cloud that a region of each cloud copies from; projects are named. */
export const active = () =>
  deployment({
    regions: [
      `${GCP_ASIA}, role: active, account: streams-prod, size: medium`,
      `${GCP_EU}, role: standby, account: streams-prod`,
      'name: far, cloud: gcp, region: us-central1, role: standby, account: streams-dr',
      `${AZURE_WEST}, role: standby`,
      `${AWS_US}, role: standby`,
    ],
  });

/** A public endpoint limited to ranges, spot workers, zones by name, no deletion protection. */
export const restricted = () =>
  deployment({
    regions: [
      `${GCP_ASIA}, role: active, spot: true, size: large, cidr: 10.40.0.0/20, zones: [asia-southeast1-a, asia-southeast1-b, asia-southeast1-c]`,
    ],
    more: [
      'dr: { mode: none }',
      'cluster: { endpoint: restricted, authorizedRanges: [203.0.113.0/24], deletionProtection: false }',
    ],
  });

/** Everything that the file can switch on, in two active regions. */
export const everything = () =>
  deployment({
    regions: [
      `${GCP_ASIA}, role: active, account: streams-prod`,
      `${GCP_EU}, role: active, account: streams-eu`,
      `${AWS_US}, role: active`,
    ],
    topic: 'reviews',
    more: [
      'dr: { mode: active-active }',
      'dns: { zone: reviews.example.com, authority: gcp, ttl: 20s }',
      'network: { egress: [api.example.org] }',
      'cluster: { administrators: { gcp: ["gke-security-groups@example.com"] } }',
      'observability: { alarms: [oncall@example.com], monthlyBudget: 1250.5, logRetention: 400d, traces: "http://otel.example.net:4318" }',
      'state: { versions: 14d }',
    ],
  });
