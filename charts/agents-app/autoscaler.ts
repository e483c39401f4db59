import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { all, isTrue, not, onlyWhen } from '../helm/conditions.ts';
import { WORKER } from '../monitoring/worker-alerts.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { AgentsValues } from './values.ts';
import { workerName } from './worker-name.ts';

const CHART = 'agents-app';

/** A gauge of every worker; an adapter of Prometheus serves it as a metric of pods. */
const IN_FLIGHT = `${WORKER}runs_in_flight`;

/**
 * Workers follow their load up at once, and down slowly: a worker that goes must drain first. CPU alone does not show
 * a worker whose runs wait for a model, so with `worker.inFlightMetric` runs in flight count too; the higher need wins.
 */
export function autoscalers(chart: Chart, release: Release, values: AgentsValues): void {
  const cpu: k8s.MetricSpecV2 = {
    type: 'Resource',
    resource: {
      name: 'cpu',
      target: { type: 'Utilization', averageUtilization: values.worker.targetCpuPercent },
    },
  };
  const inFlight: k8s.MetricSpecV2 = {
    type: 'Pods',
    pods: {
      metric: { name: IN_FLIGHT },
      target: { type: 'AverageValue', averageValue: k8s.Quantity.fromNumber(values.worker.targetInFlight) },
    },
  };
  const byCpu = scaler(chart, 'autoscaler', release, values, workerName(release), [cpu]);
  onlyWhen(byCpu, all(isTrue('worker.autoscaling'), not(isTrue('worker.inFlightMetric'))));
  const byBoth = scaler(chart, 'autoscaler-in-flight', release, values, `${workerName(release)}-in-flight`, [
    cpu,
    inFlight,
  ]);
  onlyWhen(byBoth, all(isTrue('worker.autoscaling'), isTrue('worker.inFlightMetric')));
}

function scaler(
  chart: Chart,
  id: string,
  release: Release,
  { worker }: AgentsValues,
  name: string,
  metrics: k8s.MetricSpecV2[],
) {
  return new k8s.KubeHorizontalPodAutoscalerV2(chart, id, {
    metadata: { name, namespace: release.namespace, labels: labels(CHART, release.name, 'worker') },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: worker.kind, name: workerName(release) },
      minReplicas: worker.replicas,
      maxReplicas: worker.maxReplicas,
      metrics,
      behavior: {
        scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
      },
    },
  });
}

/**
 * The rule by which prometheus-adapter serves the gauge (its `rules.custom`), in a ConfigMap for whoever runs the
 * adapter: one adapter serves a whole cluster, so no chart of ours installs it.
 */
export function adapterRule(chart: Chart, release: Release): void {
  const map = new k8s.KubeConfigMap(chart, 'adapter-rule', {
    metadata: {
      name: `${release.name}-prometheus-adapter`,
      namespace: release.namespace,
      labels: labels(CHART, release.name, 'worker'),
    },
    data: { 'rules.yaml': ADAPTER_RULE },
  });
  onlyWhen(map, all(isTrue('worker.autoscaling'), isTrue('worker.inFlightMetric')));
}

const ADAPTER_RULE = `- seriesQuery: '${IN_FLIGHT}{namespace!="",pod!=""}'
  resources:
    overrides:
      namespace: { resource: namespace }
      pod: { resource: pod }
  name: { as: ${IN_FLIGHT} }
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;
