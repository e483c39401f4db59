import { join } from 'node:path';
import type { Commit } from '../../ops/drill/index.ts';
import { writeDeployment } from './deployment.ts';
import { headrace, type Ran } from './headrace.ts';
import { testImages } from './images/test-images.ts';
import { Cluster } from './kubernetes/cluster.ts';
import { type Neighbours, startNeighbours } from './neighbours.ts';
import { prepareNamespace } from './stage.ts';

export const NAMESPACE = 'reviews';

/** Two real clusters that share a job. Kafka, the object store and the model service are beside both, as services of a cloud are. */
export interface TwoRegions {
  readonly us: Cluster;
  readonly eu: Cluster;
  readonly neighbours: Neighbours;
  /** The deployment file. */
  readonly file: string;
  install(): Promise<void>;
  /** `headrace drill` of both. */
  drill(...more: string[]): Promise<Ran>;
  stop(): Promise<void>;
}

export async function startTwoRegions(
  directory: string,
  commit: Commit,
  say: (text: string) => void,
): Promise<TwoRegions> {
  const images = Object.values(await testImages(say));
  const us = await Cluster.start('c1', 1, say);
  const eu = await Cluster.start('c2', 2, say);
  const neighbours = await startNeighbours(directory, [50, 150], say);
  for (const cluster of [us, eu]) for (const image of images) await cluster.load(image);
  const file = writeDeployment(directory, neighbours, {
    flinkValues: {
      taskManager: { replicas: 1, slots: 3, cpu: 0.1, memoryMiB: 1536, volumeGiB: 1, storageClassName: 'standard' },
    },
    over: {
      regions: [
        { name: 'us', cloud: 'aws', region: 'us-east-1', role: 'active', size: 'small' },
        { name: 'eu', cloud: 'aws', region: 'eu-west-1', role: 'standby', size: 'small' },
      ],
      flink: { jobManagers: 1 },
      dr: {
        ...{ mode: 'active-standby', commit, failback: true },
        lease: { ttl: '10s', renew: '2s', skew: '1s' },
        replication: { every: '1s', retain: 5 },
      },
      state: { checkpoint: { interval: '5s', retain: 3 } },
    },
  });
  return {
    ...{ us, eu, neighbours, file },
    async install() {
      for (const [cluster, region] of [
        [us, 'us'],
        [eu, 'eu'],
      ] as const) {
        await prepareNamespace(cluster, NAMESPACE, 'reviews', join(directory, region));
        const { code, out } = await headrace(cluster, 'install', '--file', file, '--region', region, '--wait', '5m');
        if (code !== 0) throw new Error(`headrace install --region ${region} ended with ${code}: ${out}`);
      }
    },
    drill: (...more) =>
      headrace(
        { kubeconfig: `${us.kubeconfig}:${eu.kubeconfig}` },
        ...['drill', '--file', file, '--context', `us=${us.name}`, '--context', `eu=${eu.name}`, ...more],
      ),
    async stop() {
      await neighbours.stop();
      await Promise.all([us.stop(), eu.stop()]);
    },
  };
}
