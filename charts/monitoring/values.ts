import { z } from 'zod';
import type { DeploymentModel } from '../../config/index.ts';

/** Values of a chart's monitoring, with the thresholds of its own alerts. */
export const monitoringSchema = <T extends z.ZodRawShape>(thresholds: T) =>
  z
    .strictObject({
      podMonitor: z
        .boolean()
        .describe('Whether a PodMonitor tells Prometheus of the pods; needs the Prometheus Operator.'),
      rules: z.boolean().describe('Whether a PrometheusRule holds the alerts; needs the Prometheus Operator.'),
      dashboard: z
        .boolean()
        .describe('Whether a ConfigMap labelled grafana_dashboard holds a dashboard; for the sidecar of Grafana.'),
      labels: z
        .record(z.string(), z.string())
        .describe('Further labels of PodMonitor, PrometheusRule and dashboard, by which their operators select them.'),
      scrapeIntervalSeconds: z
        .number()
        .int()
        .min(5)
        .max(60)
        .describe('Time between two scrapes, in seconds. Rates of alerts look back over ten minutes.'),
      runbookBase: z
        .string()
        .describe('Address before the name of a runbook page, with its last slash. Empty: the name of the page alone.'),
      thresholds: z.strictObject(thresholds).describe('When alerts fire.'),
    })
    .describe('Metrics, alerts and dashboard.');

/** What both charts take from the deployment file. */
export function monitoringValues({ observability }: DeploymentModel) {
  const { prometheusOperator, runbooks } = observability;
  return {
    podMonitor: prometheusOperator,
    rules: prometheusOperator,
    dashboard: prometheusOperator,
    labels: {} as Record<string, string>,
    scrapeIntervalSeconds: 15,
    runbookBase: runbooks === undefined || runbooks.endsWith('/') ? (runbooks ?? '') : `${runbooks}/`,
  };
}

/** What the constructs of this folder read of a chart's values. */
export interface Monitoring extends ReturnType<typeof monitoringValues> {
  readonly labels: Record<string, string>;
}
