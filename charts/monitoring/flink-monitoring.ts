import type { Chart } from 'cdk8s';
import type { z } from 'zod';
import type { DeploymentModel, RegionModel } from '../../config/index.ts';
import type { Release } from '../release.ts';
import { dashboard } from './dashboard.ts';
import { flinkAlerts, flinkThresholds, flinkThresholdValues } from './flink-alerts.ts';
import { flinkRows } from './flink-dashboard.ts';
import { podMonitor } from './pod-monitor.ts';
import { prometheusRule } from './prometheus-rule.ts';
import { monitoringSchema, monitoringValues } from './values.ts';

export const flinkMonitoringSchema = monitoringSchema(flinkThresholds);
export type FlinkMonitoring = z.infer<typeof flinkMonitoringSchema>;

export const flinkMonitoringValues = (deployment: DeploymentModel, region: RegionModel): FlinkMonitoring => ({
  ...monitoringValues(deployment),
  thresholds: flinkThresholdValues(deployment, region),
});

/** Scraping, alerts and dashboard of the flink-cluster chart. @param taskManagers how many there should be. */
export function flinkMonitoring(chart: Chart, release: Release, monitoring: FlinkMonitoring, taskManagers: number) {
  const name = 'flink-cluster';
  podMonitor(chart, release, monitoring, { name, components: ['jobmanager', 'taskmanager'] });
  prometheusRule(chart, release, monitoring, {
    name,
    alerts: flinkAlerts(release, monitoring.thresholds, taskManagers),
  });
  dashboard(chart, release, monitoring, { name, title: 'Headrace: Flink', rows: flinkRows(release) });
}
