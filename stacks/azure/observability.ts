import type { Cluster } from './cluster.ts';
import type { Egress } from './firewall.ts';
import { logDays } from './placement.ts';
import {
  type KeyVault,
  LogAnalyticsWorkspace,
  MonitorActionGroup,
  MonitorDataCollectionEndpoint,
  MonitorDataCollectionRule,
  MonitorDataCollectionRuleAssociation,
  MonitorDiagnosticSetting,
  MonitorWorkspace,
} from './provider.ts';
import type { StateStore } from './state.ts';
import type { AzureRegion } from './subscription.ts';

/** Where the region's logs are kept. Without a customer key: Azure takes one only with a dedicated cluster of 100 GB a day. */
export function createWorkspace({ stack, name, place, deployment }: AzureRegion): LogAnalyticsWorkspace {
  return new LogAnalyticsWorkspace(stack, 'logs', {
    ...place,
    name,
    sku: 'PerGB2018',
    retentionInDays: logDays(deployment.observability),
    localAuthenticationEnabled: false,
    // Defender's sensor delivers through the firewall, as an Entra identity: no key would be taken.
    internetIngestionEnabled: true,
  });
}

export interface Audited {
  readonly workspace: LogAnalyticsWorkspace;
  readonly cluster: Cluster;
  readonly vault: KeyVault;
  readonly store: StateStore;
  readonly egress: Egress;
}

/** `kube-audit-admin` is the audit log without reads, which would be most of it. */
const CLUSTER_LOGS = ['kube-audit-admin', 'guard', 'kube-apiserver', 'kube-controller-manager', 'cluster-autoscaler'];

/** Records who does what to the cluster, to keys and secrets, to state, and what leaves the network. */
export function createAudit({ stack }: AzureRegion, { workspace, cluster, vault, store, egress }: Audited): void {
  const logAnalyticsWorkspaceId = workspace.id;
  new MonitorDiagnosticSetting(stack, 'audit-cluster', {
    name: 'headrace',
    targetResourceId: cluster.cluster.id,
    logAnalyticsWorkspaceId,
    logAnalyticsDestinationType: 'Dedicated',
    enabledLog: CLUSTER_LOGS.map((category) => ({ category })),
  });
  new MonitorDiagnosticSetting(stack, 'audit-vault', {
    name: 'headrace',
    targetResourceId: vault.id,
    logAnalyticsWorkspaceId,
    enabledLog: [{ categoryGroup: 'audit' }],
  });
  new MonitorDiagnosticSetting(stack, 'audit-state', {
    name: 'headrace',
    targetResourceId: `${store.account.id}/blobServices/default`,
    logAnalyticsWorkspaceId,
    enabledLog: [{ categoryGroup: 'audit' }],
  });
  new MonitorDiagnosticSetting(stack, 'audit-egress', {
    name: 'headrace',
    targetResourceId: egress.firewall.id,
    logAnalyticsWorkspaceId,
    logAnalyticsDestinationType: 'Dedicated',
    enabledLog: [{ categoryGroup: 'allLogs' }],
  });
}

/** Who is told; undefined when the file names nobody. */
export function createActionGroup({ stack, name, place, deployment }: AzureRegion): MonitorActionGroup | undefined {
  const { alarms } = deployment.observability;
  if (alarms.length === 0) return undefined;
  return new MonitorActionGroup(stack, 'alarms', {
    name,
    resourceGroupName: place.resourceGroupName,
    shortName: 'headrace',
    emailReceiver: alarms.map((emailAddress, i) => ({ name: `alarm-${i}`, emailAddress, useCommonAlertSchema: true })),
    tags: place.tags,
  });
}

/** Managed Prometheus for what the cluster and Flink report. */
export function createMetrics({ stack, name, place }: AzureRegion, { cluster }: Cluster): MonitorWorkspace {
  const workspace = new MonitorWorkspace(stack, 'metrics', { ...place, name });
  const endpoint = new MonitorDataCollectionEndpoint(stack, 'metrics-endpoint', { ...place, name, kind: 'Linux' });
  const streams = ['Microsoft-PrometheusMetrics'];
  const rule = new MonitorDataCollectionRule(stack, 'metrics-rule', {
    ...place,
    name,
    kind: 'Linux',
    dataCollectionEndpointId: endpoint.id,
    dataSources: { prometheusForwarder: [{ name: 'prometheus', streams }] },
    destinations: { monitorAccount: [{ name: 'metrics', monitorAccountId: workspace.id }] },
    dataFlow: [{ streams, destinations: ['metrics'] }],
  });
  new MonitorDataCollectionRuleAssociation(stack, 'metrics-cluster', {
    name: `${name}-prometheus`,
    targetResourceId: cluster.id,
    dataCollectionRuleId: rule.id,
  });
  return workspace;
}
