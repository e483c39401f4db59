import { type DeploymentModel, managedTopics, type NameParts, names } from '../../config/index.ts';
import type { ServiceKey } from './keys.ts';
import type { AzureNetwork } from './network.ts';
import { wholeDays } from './placement.ts';
import { privateEndpoint } from './private-access.ts';
import { Eventhub, EventhubNamespace, EventhubNamespaceCustomerManagedKey } from './provider.ts';
import { type AzureRegion, protect } from './subscription.ts';

/** What a region's Kafka offers the rest of the stack. */
export interface AzureKafka {
  /** By topic name. */
  readonly topics: ReadonlyMap<string, Eventhub>;
  /** Bootstrap servers, known from the file alone. */
  readonly bootstrap: string;
}

/** Event Hubs namespace: globally unique, at most 40 characters here. */
export const kafkaNamespace = (parts: NameParts) => `${names.region(parts)}-${parts.id}`;

const CAPACITIES = [1, 2, 4, 8, 16];

/** Processing units: one for every three brokers, the next that Azure sells. */
export const processingUnits = ({ brokers }: DeploymentModel['kafka']) =>
  CAPACITIES.find((units) => units * 3 >= brokers) ?? 16;

/** Partitions can grow on Premium and never shrink, so a topic starts with one a subtask. */
export const partitions = ({ parallelism }: DeploymentModel['agent']) => Math.min(100, Math.max(3, parallelism));

/**
 * Event Hubs with its Kafka endpoint: TLS and Entra alone, inside the network. Premium, since only that takes an own
 * key. Brokers, zones and their replication are the service's.
 */
export function createKafka(azure: AzureRegion, net: AzureNetwork, { key, identity, ready }: ServiceKey): AzureKafka {
  const { stack, place, region, deployment } = azure;
  const namespace = new EventhubNamespace(stack, 'kafka', {
    ...place,
    name: kafkaNamespace(region.parts),
    sku: 'Premium',
    capacity: processingUnits(deployment.kafka),
    minimumTlsVersion: '1.2',
    localAuthenticationEnabled: false,
    publicNetworkAccessEnabled: false,
    networkRulesets: [
      {
        defaultAction: 'Deny',
        publicNetworkAccessEnabled: false,
        trustedServiceAccessEnabled: true,
        ipRule: [],
        virtualNetworkRule: [],
      },
    ],
    identity: { type: 'UserAssigned', identityIds: [identity.id] },
    dependsOn: ready,
  });
  new EventhubNamespaceCustomerManagedKey(stack, 'kafka-key', {
    eventhubNamespaceId: namespace.id,
    keyVaultKeyIds: [key.versionlessId],
    userAssignedIdentityId: identity.id,
    infrastructureEncryptionEnabled: true,
  });
  const { reads, writes, journals } = managedTopics(deployment);
  const topics = [...new Set([...reads, ...writes, ...journals])].sort().map((topic) => {
    // Dots would fall out of the id.
    const hub = new Eventhub(stack, `topic-${topic.replaceAll('.', '_')}`, {
      name: topic,
      namespaceId: namespace.id,
      partitionCount: partitions(deployment.agent),
      retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: retentionHours(deployment) },
      lifecycle: { ignoreChanges: ['partition_count'] },
    });
    return [topic, hub] as const;
  });
  privateEndpoint(azure, net, 'namespace', namespace.id);
  protect(azure, 'kafka', namespace.id);
  return {
    topics: new Map(topics),
    bootstrap: `${kafkaNamespace(region.parts)}.servicebus.windows.net:9093`,
  };
}

/** As long as state can be brought back, so that what it has not seen can be read again; Premium keeps 90 days. */
const retentionHours = ({ state }: DeploymentModel) => Math.min(90, wholeDays(state.versions)) * 24;
