import { ApiObject, type Chart } from 'cdk8s';
import { isTrue, onlyWhen } from '../helm/conditions.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { Monitoring } from './values.ts';

/** An alert as Prometheus takes it, but for what all have. */
export interface Alert {
  /** `Headrace…`; its runbook is the page of that name under `runbooks/`. */
  readonly name: string;
  readonly expr: string;
  /** How long the expression must hold, such as `5m`. */
  readonly for: string;
  /** critical: somebody gets up; warning: somebody looks today. */
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  /** What it means and what to look at first. Prometheus fills in `{{ $value }}` and `{{ $labels.… }}`. */
  readonly description: string;
}

/** The alerts of a chart as one PrometheusRule. */
export function prometheusRule(
  chart: Chart,
  release: Release,
  monitoring: Monitoring,
  { name, alerts }: { readonly name: string; readonly alerts: readonly Alert[] },
): void {
  const rule = new ApiObject(chart, 'rules', {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: `${release.name}-alerts`,
      namespace: release.namespace,
      labels: { ...labels(name, release.name, 'alerts'), ...monitoring.labels },
    },
    spec: {
      groups: [
        {
          name: `${release.namespace}-${release.name}`,
          rules: alerts.map((alert) => ({
            alert: alert.name,
            expr: alert.expr,
            for: alert.for,
            // An expression that aggregates has no labels of its own left.
            labels: { severity: alert.severity, namespace: release.namespace, release: release.name },
            annotations: {
              summary: alert.summary,
              description: alert.description,
              runbook_url: `${monitoring.runbookBase}${alert.name}.md`,
            },
          })),
        },
      ],
    },
  });
  onlyWhen(rule, isTrue('monitoring.rules'));
}
