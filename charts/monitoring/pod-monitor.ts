import { ApiObject, type Chart } from 'cdk8s';
import { isTrue, onlyWhen } from '../helm/conditions.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { Monitoring } from './values.ts';

/**
 * Tells Prometheus of every pod of a release with a port named `metrics`. The label `job` of what it scrapes is the
 * release, which is what alerts and dashboards select by.
 * @param components of the chart whose pods have such a port.
 */
export function podMonitor(
  chart: Chart,
  release: Release,
  monitoring: Monitoring,
  { name, components }: { readonly name: string; readonly components: readonly string[] },
): void {
  const monitor = new ApiObject(chart, 'pod-monitor', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: {
      name: `${release.name}-metrics`,
      namespace: release.namespace,
      labels: { ...labels(name, release.name, 'metrics'), ...monitoring.labels },
    },
    spec: {
      jobLabel: 'app.kubernetes.io/instance',
      podTargetLabels: ['app.kubernetes.io/component'],
      selector: {
        matchLabels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': release.name },
        matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values: components }],
      },
      podMetricsEndpoints: [{ port: 'metrics', interval: `${monitoring.scrapeIntervalSeconds}s` }],
    },
  });
  onlyWhen(monitor, isTrue('monitoring.podMonitor'));
}

/** Selects what a release's PodMonitor scrapes, in PromQL. */
export const ofRelease = (release: Release) => `namespace="${release.namespace}",job="${release.name}"`;
