import type { Chart } from 'cdk8s';
import type { z } from 'zod';
import type { DeploymentModel } from '../../config/index.ts';
import type { Release } from '../release.ts';
import { dashboard } from './dashboard.ts';
import { podMonitor } from './pod-monitor.ts';
import { prometheusRule } from './prometheus-rule.ts';
import { monitoringSchema, monitoringValues } from './values.ts';
import { workerAlerts, workerThresholds, workerThresholdValues } from './worker-alerts.ts';
import { workerRows } from './worker-dashboard.ts';

export const workerMonitoringSchema = monitoringSchema(workerThresholds);
export type WorkerMonitoring = z.infer<typeof workerMonitoringSchema>;

export const workerMonitoringValues = (deployment: DeploymentModel): WorkerMonitoring => ({
  ...monitoringValues(deployment),
  thresholds: workerThresholdValues(deployment),
});

/** Scraping, alerts and dashboard of the agents-app chart. @param workers how many there should be at least. */
export function workerMonitoring(chart: Chart, release: Release, monitoring: WorkerMonitoring, workers: number) {
  const name = 'agents-app';
  podMonitor(chart, release, monitoring, { name, components: ['worker', 'replicator'] });
  prometheusRule(chart, release, monitoring, { name, alerts: workerAlerts(release, monitoring.thresholds, workers) });
  dashboard(chart, release, monitoring, { name, title: 'Headrace: workers', rows: workerRows(release) });
}
