import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { REVIEWS_AGENT } from '../flink/reviews.ts';
import { HOST } from './kubernetes/cluster.ts';
import { DEPLOYMENT_ID, type Neighbours, portOf } from './neighbours.ts';

export interface ClusterDeployment {
  readonly name?: string;
  /** Laid over everything else. */
  readonly over?: Record<string, unknown>;
  readonly flinkValues?: Record<string, unknown>;
  readonly agentsValues?: Record<string, unknown>;
}

/** Keys that the stand-in of S3 takes; there is no identity to ask for. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'stand-in', AWS_SECRET_ACCESS_KEY: 'stand-in' } as const;

/** Values that differ on one small node without a cloud: sizes, storage class, placement, and where the neighbours are. */
function values({ kafka, s3, modelUrl }: Neighbours, { flinkValues = {}, agentsValues = {} }: ClusterDeployment) {
  const placement = { nodeSelector: { 'headrace.dev/pool': null } };
  const tls = { certManager: false };
  return {
    'flink-cluster': {
      scheduling: placement,
      tls,
      jobManager: { cpu: 0.1, memoryMiB: 1024 },
      taskManager: { cpu: 0.1, memoryMiB: 1536, volumeGiB: 1, storageClassName: 'standard' },
      network: {
        egressCidrs: [`${HOST}/32`],
        egressPorts: [portOf(kafka.bootstrap), portOf(s3.url)],
        kubernetesApiCidrs: ['10.210.0.0/16', '10.231.0.1/32', '10.232.0.1/32'],
        identityCidrs: [],
      },
      configuration: {
        's3.endpoint': s3.url,
        's3.path-style-access': true,
        's3.access-key': CREDENTIALS.AWS_ACCESS_KEY_ID,
        's3.secret-key': CREDENTIALS.AWS_SECRET_ACCESS_KEY,
        'fs.s3.aws.credentials.provider': null,
      },
      ...flinkValues,
    },
    'agents-app': {
      scheduling: placement,
      tls,
      environment: { ...CREDENTIALS, AWS_ENDPOINT_URL_S3: s3.url, AWS_REGION: 'us-east-1', HEADRACE_WAIT: '90s' },
      worker: { replicas: 2, autoscaling: false, cpu: 0.1, memoryMiB: 512, heapMiB: 256, drainSeconds: 20 },
      commands: { cpu: 0.05 },
      network: {
        egressCidrs: [`${HOST}/32`],
        egressPorts: [portOf(modelUrl)],
        stateCidrs: [`${HOST}/32`],
        statePorts: [portOf(s3.url)],
        identityCidrs: [],
      },
      secrets: { source: 'secret' },
      ...agentsValues,
    },
  };
}

/** Writes the deployment file of the example's agent for a cluster of this machine. @returns its path. */
export function writeDeployment(directory: string, neighbours: Neighbours, options: ClusterDeployment = {}): string {
  const file = join(directory, 'headrace.yaml');
  const kafka = { bootstrap: [neighbours.kafka.bootstrap] };
  writeFileSync(
    file,
    stringify({
      version: 1,
      name: options.name ?? 'reviews',
      id: DEPLOYMENT_ID,
      agent: { entry: REVIEWS_AGENT, parallelism: 2, inFlight: 500, retry: { initialBackoff: '100ms' } },
      regions: [{ name: 'us', cloud: 'aws', region: 'us-east-1', role: 'active', size: 'small' }],
      dr: { mode: 'none' },
      cluster: { issuer: { kind: 'ClusterIssuer', name: 'made-by-the-test' } },
      source: { kafka: { topic: 'reviews', ...kafka } },
      sink: { kafka: { topic: 'ratings', ...kafka, guarantee: 'exactly-once' } },
      resources: { judge: { chat: 'openai', model: 'mock', secret: 'openai-key', url: neighbours.modelUrl } },
      secrets: ['openai-key'],
      state: { checkpoint: { interval: '2s', retain: 3 } },
      images: { registry: 'localhost', tag: 'test', pullPolicy: 'Never' },
      charts: values(neighbours, options),
      ...options.over,
    }),
  );
  return file;
}
