import { names } from '../../config/index.ts';
import { type JobAlert, jobAlerts } from '../job-alerts.ts';
import type { AwsRegion } from './account.ts';
import type { Key } from './keys.ts';
import type { AwsNetwork } from './network.ts';
import {
  type EksCluster,
  PrometheusAlertManagerDefinition,
  PrometheusRuleGroupNamespace,
  PrometheusScraper,
  PrometheusWorkspace,
  type SnsTopic,
} from './provider.ts';

/** Prometheus' settings: pods of the deployment that have a port named `metrics`, every half a minute. JSON is YAML. */
export const scrapeSettings = (cluster: string, namespace: string): string =>
  JSON.stringify({
    global: { scrape_interval: '30s', external_labels: { cluster } },
    scrape_configs: [
      {
        job_name: 'headrace',
        kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: [namespace] } }],
        relabel_configs: [
          { source_labels: ['__meta_kubernetes_pod_container_port_name'], action: 'keep', regex: 'metrics' },
          { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
          { target_label: 'cluster', replacement: cluster },
        ],
      },
    ],
  });

/** Alerts as Prometheus reads them. */
export const ruleGroups = (alerts: readonly JobAlert[]): string =>
  JSON.stringify({
    groups: [
      {
        name: 'job',
        interval: '1m',
        rules: alerts.map(({ id, title, query, forMinutes, mend }) => ({
          alert: id,
          expr: query,
          for: `${forMinutes}m`,
          labels: { severity: 'critical' },
          annotations: { summary: title, description: mend },
        })),
      },
    ],
  });

/** Alert manager's settings: everything goes to one topic. */
const receivers = (topicArn: string, region: string): string =>
  JSON.stringify({
    alertmanager_config: JSON.stringify({
      route: { receiver: 'topic', group_by: ['alertname'] },
      receivers: [{ name: 'topic', sns_configs: [{ topic_arn: topicArn, sigv4: { region } }] }],
    }),
  });

/**
 * Managed Prometheus for what the job reports, and who is told when it reports trouble or nothing. The scraper needs a
 * role inside the cluster as well, which EKS gives it with its access entry (Amazon Managed Service for Prometheus,
 * "Configuring your Amazon EKS cluster for scraping").
 */
export function createMetrics(
  aws: AwsRegion,
  props: { cluster: EksCluster; network: AwsNetwork; key: Key; topic: SnsTopic },
): void {
  const { stack, name, region, deployment } = aws;
  const workspace = new PrometheusWorkspace(stack, 'metrics', { alias: name, kmsKeyArn: props.key.arn });
  new PrometheusScraper(stack, 'metrics-scraper', {
    alias: name,
    source: [{ eks: [{ clusterArn: props.cluster.arn, subnetIds: props.network.zones.map(({ inner }) => inner.id) }] }],
    destination: [{ amp: [{ workspaceArn: workspace.arn }] }],
    scrapeConfiguration: scrapeSettings(name, names.namespace(region.parts)),
  });
  const alerts = jobAlerts(deployment, region, name);
  if (alerts.length === 0) return;
  new PrometheusRuleGroupNamespace(stack, 'metrics-rules', {
    name: 'job',
    workspaceId: workspace.id,
    data: ruleGroups(alerts),
  });
  new PrometheusAlertManagerDefinition(stack, 'metrics-receivers', {
    workspaceId: workspace.id,
    definition: receivers(props.topic.arn, region.region),
  });
}
