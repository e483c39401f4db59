import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import type { GcpRegion } from './project.ts';
import { MonitoringAlertPolicy, type MonitoringNotificationChannel } from './provider.ts';

/** A condition on the metrics that managed Prometheus collects from Flink. */
export interface Alert {
  readonly id: string;
  readonly title: string;
  /** PromQL that yields a value while something is wrong. */
  readonly query: string;
  /** How long it must stay wrong, in seconds. */
  readonly forSeconds: number;
  readonly mend: string;
}

/** What pages somebody. A standby runs no job, so its silence is no fault. */
export function alerts(deployment: DeploymentModel, region: RegionModel, cluster: string): Alert[] {
  if (region.role !== 'active') return [];
  const of = `{cluster="${cluster}"}`;
  const window = `${Math.ceil((deployment.state.checkpoint.interval * 5 + deployment.state.checkpoint.timeout) / 1000)}s`;
  return [
    {
      id: 'silence',
      title: 'The job reports nothing',
      query: `absent(flink_jobmanager_numRunningJobs${of}) or sum(flink_jobmanager_numRunningJobs${of}) == 0`,
      forSeconds: Math.max(60, Math.ceil(deployment.dr.rto / 2000 / 60) * 60),
      mend: 'Look at the JobManager; fail over when the region is lost.',
    },
    {
      id: 'checkpoints',
      title: 'Checkpoints fail',
      query: `increase(flink_jobmanager_job_numberOfFailedCheckpoints${of}[${window}]) > 0`,
      forSeconds: 60,
      mend: 'Look at the failed checkpoint in the Flink UI: storage rights, backpressure or a slow subtask.',
    },
  ];
}

export function createAlerts(gcp: GcpRegion, channels: readonly MonitoringNotificationChannel[]): void {
  for (const alert of alerts(gcp.deployment, gcp.region, gcp.name)) {
    new MonitoringAlertPolicy(gcp.stack, `alert-${alert.id}`, {
      displayName: `${gcp.name}: ${alert.title}`,
      combiner: 'OR',
      severity: 'CRITICAL',
      conditions: [
        {
          displayName: alert.title,
          conditionPrometheusQueryLanguage: {
            query: alert.query,
            duration: `${alert.forSeconds}s`,
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
