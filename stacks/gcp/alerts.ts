import { jobAlerts } from '../job-alerts.ts';
import type { GcpRegion } from './project.ts';
import { MonitoringAlertPolicy, type MonitoringNotificationChannel } from './provider.ts';

/** Alerts on the job's own metrics, told to the file's addresses. */
export function createAlerts(gcp: GcpRegion, channels: readonly MonitoringNotificationChannel[]): void {
  for (const alert of jobAlerts(gcp.deployment, gcp.region, gcp.name)) {
    new MonitoringAlertPolicy(gcp.stack, `alert-${alert.id}`, {
      displayName: `${gcp.name}: ${alert.title}`,
      combiner: 'OR',
      severity: 'CRITICAL',
      conditions: [
        {
          displayName: alert.title,
          conditionPrometheusQueryLanguage: {
            query: alert.query,
            duration: `${alert.forMinutes * 60}s`,
            evaluationInterval: '60s',
            // The metric appears with the first job, after the policy.
            disableMetricValidation: true,
          },
        },
      ],
      documentation: { content: alert.mend, mimeType: 'text/markdown' },
      notificationChannels: channels.map((channel) => channel.name),
      dependsOn: [gcp.api('monitoring')],
    });
  }
}
