import {
  type DeploymentModel,
  type RegionModel,
  type RightOn,
  type Workload,
  workloadRights,
} from '../../config/index.ts';

/** One right of one workload. `topic` names one of the managed Kafka. */
export interface Grant {
  readonly workload: Workload;
  /** Name of the built-in role. */
  readonly role: string;
  readonly on: RightOn | { readonly kind: 'topic'; readonly topic: string };
  readonly reason: string;
}

const ROLES: Record<RightOn['kind'], string> = {
  state: 'Storage Blob Data Contributor',
  lease: 'Storage Blob Data Contributor',
  secret: 'Key Vault Secrets User',
};

/** Topics of the deployment file that live in the region's own Kafka, sorted. */
export function managedTopics({ source, sink }: Pick<DeploymentModel, 'source' | 'sink'>): string[] {
  const topics = [source.kafka, sink.kafka].flatMap((kafka) => (kafka?.bootstrap === 'managed' ? [kafka.topic] : []));
  return [...new Set(topics)].sort();
}

/** Everything that a region's workloads may do in Azure. */
export const workloadGrants = (deployment: DeploymentModel, region: RegionModel): Grant[] => [
  ...workloadRights(deployment, region).map((right) => ({ ...right, role: ROLES[right.on.kind] })),
  ...topicGrants(deployment),
];

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
