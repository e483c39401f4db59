import {
  type DeploymentModel,
  managedKafka,
  type RegionModel,
  replicatorNeedsLease,
  sourcesOf,
  type Workload,
} from '../../config/index.ts';

/** One right of one workload. `secret` names an entry of the deployment file, `topic` one of the managed Kafka. */
export interface Grant {
  readonly workload: Workload;
  /** Name of the built-in role. */
  readonly role: string;
  readonly on:
    | { readonly kind: 'state' }
    | { readonly kind: 'lease' }
    | { readonly kind: 'secret'; readonly secret: string }
    | { readonly kind: 'topic'; readonly topic: string };
  readonly reason: string;
}

/** Topics of the deployment file that live in the region's own Kafka, sorted. */
export function managedTopics({ source, sink }: Pick<DeploymentModel, 'source' | 'sink'>): string[] {
  const topics = [source.kafka, sink.kafka].flatMap((kafka) => (kafka?.bootstrap === 'managed' ? [kafka.topic] : []));
  return [...new Set(topics)].sort();
}

/** Everything that a region's workloads may do in Azure. */
export function workloadGrants(deployment: DeploymentModel, region: RegionModel): Grant[] {
  return [
    {
      workload: 'flink',
      role: 'Storage Blob Data Contributor',
      on: { kind: 'state' },
      reason: 'checkpoints, savepoints and high-availability data',
    },
    ...(managedKafka(deployment) ? topicGrants(deployment) : []),
    ...deployment.secrets.map(
      (secret): Grant => ({
        workload: 'worker',
        role: 'Key Vault Secrets User',
        on: { kind: 'secret', secret },
        reason: 'an entry of secrets',
      }),
    ),
    ...(sourcesOf(deployment, region).length
      ? [
          {
            workload: 'replicator',
            role: 'Storage Blob Data Contributor',
            on: { kind: 'state' },
            reason: 'writing copies of other regions’ restore points',
          } as const,
        ]
      : []),
    ...(replicatorNeedsLease(deployment, region)
      ? [
          {
            workload: 'replicator',
            role: 'Storage Blob Data Contributor',
            on: { kind: 'lease' },
            reason: 'taking over the lease that the region keeps',
          } as const,
        ]
      : []),
  ];
}

function topicGrants({ source, sink }: DeploymentModel): Grant[] {
  const grants: Grant[] = [];
  if (source.kafka?.bootstrap === 'managed') {
    const { topic } = source.kafka;
    grants.push({
      workload: 'flink',
      role: 'Azure Event Hubs Data Receiver',
      on: { kind: 'topic', topic },
      reason: 'inputs',
    });
  }
  if (sink.kafka?.bootstrap === 'managed') {
    const { topic } = sink.kafka;
    grants.push({
      workload: 'flink',
      role: 'Azure Event Hubs Data Sender',
      on: { kind: 'topic', topic },
      reason: 'outputs',
    });
  }
  return grants;
}
