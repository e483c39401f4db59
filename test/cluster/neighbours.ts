import { join } from 'node:path';
import type { Child } from '../../ops/dev/child.ts';
import { type Kafka, startKafka } from '../../ops/dev/kafka.ts';
import { MockModel } from '../flink/mock-model.ts';
import { startMoto } from '../flink/moto.ts';
import { createTopics } from '../flink/topics.ts';
import { HOST } from './kubernetes/cluster.ts';

export const TOPICS = ['reviews', 'ratings', 'ratings.dead-letter'] as const;
/** What ends the names of the deployment's buckets. */
export const DEPLOYMENT_ID = '5c1a9e';
const BUCKETS = ['us', 'eu'].map((region) => `reviews-${region}-state-${DEPLOYMENT_ID}`);

/** What a deployment finds around its clusters: brokers, an object store, a model service. On the bridge to the clusters. */
export interface Neighbours {
  readonly kafka: Kafka;
  readonly s3: { readonly url: string; readonly child: Child };
  readonly model: MockModel;
  readonly modelUrl: string;
  stop(): Promise<void>;
}

/** @param latency of the model, shortest and longest, milliseconds. The bridge is there once a cluster is. */
export async function startNeighbours(
  directory: string,
  latency: readonly [number, number],
  say: (text: string) => void,
): Promise<Neighbours> {
  const model = new MockModel(latency);
  const [kafka, s3, modelUrl] = await Promise.all([
    startKafka(join(directory, 'kafka'), say, HOST),
    startMoto(directory, { host: HOST }),
    model.start(HOST),
  ]);
  await createTopics(kafka.bootstrap, TOPICS, 2);
  for (const bucket of BUCKETS) await fetch(`${s3.url}/${bucket}`, { method: 'PUT' });
  return {
    kafka,
    s3,
    model,
    modelUrl,
    async stop() {
      model.close();
      await Promise.all([kafka.child.stop('SIGKILL'), s3.child.stop('SIGKILL')]);
    },
  };
}

export const portOf = (address: string) => Number(address.split(':').at(-1)?.split('/')[0]);
