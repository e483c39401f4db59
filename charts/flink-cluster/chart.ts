import { App, Chart } from 'cdk8s';
import { flinkMonitoring } from '../monitoring/flink-monitoring.ts';
import type { Release } from '../release.ts';
import { disruptionBudgets, serviceAccount, services } from './access.ts';
import { flinkCertificate } from './certificate.ts';
import { flinkConfigMap } from './config-map.ts';
import { helmTest } from './helm-test.ts';
import { networkPolicies } from './network-policies.ts';
import { operatorObjects, ownWorkloadsOnlyWhenStandalone } from './operator.ts';
import { jobManagers, taskManagers } from './processes.ts';
import type { FlinkValues } from './values.ts';

/** Objects of the flink-cluster chart, from values or from placeholders for them. */
export function flinkCluster(release: Release, values: FlinkValues): object[] {
  const chart = new Chart(new App(), 'flink-cluster', { disableResourceNameHashes: true });
  serviceAccount(chart, release, values);
  flinkCertificate(chart, release, values);
  flinkConfigMap(chart, release, values);
  services(chart, release);
  jobManagers(chart, release, values);
  taskManagers(chart, release, values);
  disruptionBudgets(chart, release);
  networkPolicies(chart, release, values);
  ownWorkloadsOnlyWhenStandalone(chart);
  operatorObjects(chart, release, values);
  flinkMonitoring(chart, release, values.monitoring, values.taskManager.replicas);
  helmTest(chart, release, values);
  return chart.toJson() as object[];
}
