import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ChartInput } from '../../charts/index.ts';
import { type DeploymentModel, parseDeployment } from '../../config/index.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url));

/** A plan whose text holds what YAML, Go templates and JSON each treat specially. */
const PLAN = {
  name: 'review-analysis',
  hash: 'sha256:0f3c',
  json: JSON.stringify({ version: 1, prompt: 'Rate <this> & that:\n{{ text }} "quoted" – 100 %', actions: ['rate'] }),
};

export const inputsOf = (deployment: DeploymentModel): ChartInput[] =>
  deployment.regions.map((region) => ({ deployment, region, plan: PLAN }));

/** The example: AWS active, Azure and Google Cloud standing by. */
export const example = () => inputsOf(parseDeployment('headrace.yaml', readFileSync(EXAMPLE, 'utf8')));

/** One region with ZooKeeper, an own registry, own brokers, no secret, and keys of Flink that need quotes. */
export const zooKeeper = () =>
  inputsOf(
    parseDeployment(
      'headrace.yaml',
      `version: 1
name: solo
agent: { entry: ./agent.ts, parallelism: 5, config: { greeting: 'yes: {{ no }}', ratio: 0.5, dry: true, big: 12345678 } }
regions:
  - { name: west, cloud: gcp, region: europe-west4, role: active, size: medium, account: streams-prod }
source: { kafka: { topic: in, bootstrap: ["broker.example.net:9093"] } }
sink: { kafka: { topic: out, bootstrap: ["broker.example.net:9093"] } }
dr: { mode: none }
network: { egress: [api.example.net], enforcement: { gcp: proxy } }
resources:
  notes: { vectorStore: opensearch, collection: notes }
  pages: { vectorStore: elasticsearch, collection: pages }
  chats: { vectorStore: chroma, collection: chats }
  judge: { chat: ollama, model: llama3.2, url: "http://ollama.solo-stores.svc:11434" }
stores: { ollama: { deploy: true, gpus: 1 } }
images: { registry: registry.example.com/team, tag: 1.2.3 }
flink:
  jobManagers: 3
  highAvailability: zookeeper
  zookeeper: ["zk-0.example.net:2181", "zk-1.example.net:2181"]
  configuration: { execution.checkpointing.timeout: 3 min, rest.flamegraph.enabled: true, heartbeat.timeout: 90000 }
`,
    ),
  );

/** Two regions that each have a job of their own, and would adopt the other's. */
export const activeActive = () =>
  inputsOf(
    parseDeployment(
      'headrace.yaml',
      `version: 1
name: both
id: 5c1a9e
agent: { entry: ./agent.ts, parallelism: 4 }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active, size: small }
  - { name: eu, cloud: gcp, region: europe-west4, role: active, size: small }
dr: { mode: active-active }
source: { kafka: { topic: "reviews-{region}", bootstrap: managed } }
sink: { kafka: { topic: ratings, bootstrap: managed } }
images: { registry: registry.example.com/team }
`,
    ),
  );

export const DEPLOYMENTS = [
  ['the example', example],
  ['active-active', activeActive],
  ['one region with ZooKeeper', zooKeeper],
] as const;
