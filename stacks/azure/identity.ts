import { leasePrefix, names, WORKLOADS, type Workload } from '../../config/index.ts';
import { type Grant, workloadGrants } from './grants.ts';
import { leaseCondition } from './lease-condition.ts';
import {
  type Eventhub,
  FederatedIdentityCredential,
  type KeyVault,
  type KubernetesCluster,
  type StorageContainer,
  UserAssignedIdentity,
} from './provider.ts';
import { secretScope } from './secrets.ts';
import { type AzureRegion, assign } from './subscription.ts';

/** The one audience that Entra trades tokens for. */
export const TOKEN_AUDIENCE = 'api://AzureADTokenExchange';

export interface IdentityProps {
  readonly cluster: KubernetesCluster;
  readonly container: StorageContainer;
  readonly vault: KeyVault;
  /** By topic name; empty without a managed Kafka. */
  readonly topics: ReadonlyMap<string, Eventhub>;
}

/** Gives each workload a managed identity that only its service account in this cluster can take. @returns client ids. */
export function createIdentities(azure: AzureRegion, props: IdentityProps): Record<Workload, string> {
  const identities = Object.fromEntries(
    WORKLOADS.map((workload) => [workload, createIdentity(azure, workload, props.cluster)]),
  ) as Record<Workload, UserAssignedIdentity>;
  for (const grant of workloadGrants(azure.deployment, azure.region)) {
    assign(azure, grantId(grant), {
      role: grant.role,
      principal: identities[grant.workload].principalId,
      scope: scopeOf(azure, grant, props),
      ...(grant.on.kind === 'lease' ? { condition: leaseCondition(leasePrefix(azure.region.parts)) } : {}),
    });
  }
  return {
    flink: identities.flink.clientId,
    worker: identities.worker.clientId,
    replicator: identities.replicator.clientId,
  };
}

function createIdentity(azure: AzureRegion, workload: Workload, cluster: KubernetesCluster): UserAssignedIdentity {
  const { stack, name, place, region } = azure;
  const identity = new UserAssignedIdentity(stack, `identity-${workload}`, { ...place, name: `${name}-${workload}` });
  new FederatedIdentityCredential(stack, `trust-${workload}`, {
    name: names.region(region.parts),
    resourceGroupName: place.resourceGroupName,
    parentId: identity.id,
    issuer: cluster.oidcIssuerUrl,
    subject: names.subject(region.parts, workload),
    audience: [TOKEN_AUDIENCE],
  });
  return identity;
}

function scopeOf({ region }: AzureRegion, { on }: Grant, { container, vault, topics }: IdentityProps): string {
  switch (on.kind) {
    case 'state':
    case 'lease':
      return container.id;
    case 'secret':
      return secretScope(vault.id, region.parts, on.secret);
    case 'topic': {
      const topic = topics.get(on.topic);
      if (!topic) throw new Error(`topic ${on.topic} is missing in managedTopics()`);
      return topic.id;
    }
  }
}

function grantId({ workload, role, on }: Grant): string {
  switch (on.kind) {
    case 'state':
      return `${workload}-state`;
    case 'lease':
      return `${workload}-lease`;
    case 'secret':
      return `${workload}-secret-${on.secret}`;
    case 'topic':
      // One topic may be read and written.
      return `${workload}-topic-${on.topic.replaceAll('.', '_')}-${role.endsWith('Sender') ? 'send' : 'receive'}`;
  }
}
