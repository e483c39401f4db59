import { App, Chart } from 'cdk8s';
import { workerMonitoring } from '../monitoring/worker-monitoring.ts';
import type { Release } from '../release.ts';
import { disruptionBudget, serviceAccounts, services } from './access.ts';
import { adapterRule, autoscalers } from './autoscaler.ts';
import { certificates } from './certificates.ts';
import { deploymentFile } from './deployment-file.ts';
import { helmTest } from './helm-test.ts';
import { job } from './job.ts';
import { networkPolicies } from './network-policies.ts';
import { replicator } from './replicator.ts';
import { schedules } from './schedules.ts';
import { secretSource } from './secrets.ts';
import type { AgentsValues } from './values.ts';
import { workers } from './worker.ts';

export interface AgentsChartInput {
  /** Whether the deployment declares any secret: without one there is nothing to mount. */
  readonly hasSecrets: boolean;
  /** In active-active the regions that have a job each. Default: all regions share one. */
  readonly homes?: readonly string[];
}

/** Objects of the agents-app chart, from values or from placeholders for them. */
export function agentsApp(release: Release, values: AgentsValues, input: AgentsChartInput): object[] {
  const chart = new Chart(new App(), 'agents-app', { disableResourceNameHashes: true });
  serviceAccounts(chart, release, values);
  certificates(chart, release, values);
  deploymentFile(chart, release, values);
  if (input.hasSecrets) secretSource(chart, release, values);
  services(chart, release);
  workers(chart, release, values, input.hasSecrets);
  disruptionBudget(chart, release);
  autoscalers(chart, release, values);
  adapterRule(chart, release);
  schedules(chart, release, values);
  for (const home of input.homes ?? [undefined]) {
    job(chart, release, values, home);
    replicator(chart, release, values, home);
  }
  networkPolicies(chart, release, values);
  workerMonitoring(chart, release, values.monitoring, values.worker.replicas);
  helmTest(chart, release, values);
  return chart.toJson() as object[];
}
