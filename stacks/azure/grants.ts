import {
  type DeploymentModel,
  managedTopics,
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

/** Everything that a region's workloads may do in Azure. */
export const workloadGrants = (deployment: DeploymentModel, region: RegionModel): Grant[] => [
  ...workloadRights(deployment, region).map((right) => ({ ...right, role: ROLES[right.on.kind] })),
  ...topicGrants(deployment),
];

function topicGrants(deployment: DeploymentModel): Grant[] {
  const { reads, writes, journals } = managedTopics(deployment);
  const on = (role: Grant['role'], reason: string) => (topic: string) => ({
    ...{ workload: 'flink' as const, role, reason },
    on: { kind: 'topic' as const, topic },
  });
  return [
    ...reads.map(on('Azure Event Hubs Data Receiver', 'inputs')),
    ...writes.map(on('Azure Event Hubs Data Sender', 'outputs, and inputs that were given up')),
    ...journals.flatMap((topic) => [
      on('Azure Event Hubs Data Receiver', 'finished calls, after a restart')(topic),
      on('Azure Event Hubs Data Sender', 'finished calls')(topic),
    ]),
  ];
}
