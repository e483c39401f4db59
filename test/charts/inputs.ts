import { type ChartInput, renderManifests } from '../../charts/index.ts';
import { parseDeployment } from '../../config/index.ts';
import { type Manifest, objectsIn } from './objects.ts';

export type { Manifest };

/** A region in each cloud, managed Kafka, one secret. */
export const THREE_REGIONS = `version: 1
name: reviews
id: 5c1a9e
agent: { entry: ./agent.ts, parallelism: 2 }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active }
  - { name: eu, cloud: azure, region: westeurope, role: standby }
  - { name: asia, cloud: gcp, region: asia-southeast1, role: standby }
source: { kafka: { topic: reviews, bootstrap: managed } }
sink: { kafka: { topic: ratings, bootstrap: managed } }
resources: { judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key } }
secrets: [openai-key]
`;

/** One region, ZooKeeper, own registry and brokers, no secret, text that Go templates would take for their own. */
export const ONE_REGION = `version: 1
name: solo
agent: { entry: ./agent.ts, config: { greeting: "hello {{ world }}" } }
regions:
  - { name: only, cloud: aws, region: eu-central-1, role: active, size: medium }
source: { kafka: { topic: in, bootstrap: ["broker.example.net:9094"] } }
sink: { kafka: { topic: out, bootstrap: ["broker.example.net:9094"] } }
dr: { mode: none }
images: { registry: registry.example.com/team }
flink: { highAvailability: zookeeper, zookeeper: ["zk-0.zk:2181"] }
`;

export function inputs(text: string): ChartInput[] {
  const deployment = parseDeployment('headrace.yaml', text);
  const plan = { json: '{"prompt":"{{ text }} <b> & more"}', hash: 'a'.repeat(64), name: 'a' };
  return deployment.regions.map((region) => ({ deployment, region, plan }));
}

/** All objects of a region. */
export const manifests = (input: ChartInput): Manifest[] => [...renderManifests(input).values()].flatMap(objectsIn);

/** The object of a kind and name. */
export function pick(objects: readonly Manifest[], kind: string, name: string): Manifest {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found)
    throw new Error(`no ${kind} ${name} among ${objects.map((o) => `${o.kind} ${o.metadata.name}`).join(', ')}`);
  return found;
}
