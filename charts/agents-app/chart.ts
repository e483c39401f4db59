import { App, Chart } from 'cdk8s';
import { workerMonitoring } from '../monitoring/worker-monitoring.ts';
import type { Release } from '../release.ts';
import { disruptionBudget, networkPolicies, serviceAccounts, services } from './access.ts';
import { adapterRule, autoscalers } from './autoscaler.ts';
import { jobConfigMap } from './job.ts';
import { secretClass } from './secrets.ts';
import type { AgentsValues } from './values.ts';
import { workers } from './worker.ts';

export interface AgentsChartInput {
  readonly plan: { readonly json: string; readonly hash: string };
  /** Whether the deployment declares any secret: without one there is nothing to mount. */
  readonly hasSecrets: boolean;
}

/** Objects of the agents-app chart, from values or from placeholders for them. */
export function agentsApp(release: Release, values: AgentsValues, input: AgentsChartInput): object[] {
  const chart = new Chart(new App(), 'agents-app', { disableResourceNameHashes: true });
  serviceAccounts(chart, release, values);
  jobConfigMap(chart, release, values, input.plan);
  if (input.hasSecrets) secretClass(chart, release, values);
  services(chart, release);
  workers(chart, release, values, input.hasSecrets);
  disruptionBudget(chart, release);
  autoscalers(chart, release, values);
  adapterRule(chart, release);
  networkPolicies(chart, release, values);
  workerMonitoring(chart, release, values.monitoring, values.worker.replicas);
  return chart.toJson() as object[];
}
