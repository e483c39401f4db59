import { App, Chart } from 'cdk8s';
import type { Release } from '../release.ts';
import { autoscaler, disruptionBudget, networkPolicies, serviceAccounts, services } from './access.ts';
import { helmTest } from './helm-test.ts';
import { jobConfigMap } from './job.ts';
import { secretClass } from './secrets.ts';
import type { AgentsValues } from './values.ts';
import { workers } from './worker.ts';

export interface AgentsChartInput {
  readonly plan: { readonly json: string; readonly hash: string };
  /** Whether the deployment declares any secret: without one there is nothing to mount. */
  readonly hasSecrets: boolean;
  /** Release of the flink-cluster chart whose job the workers serve. */
  readonly flinkRelease: string;
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
  autoscaler(chart, release, values);
  networkPolicies(chart, release, values);
  helmTest(chart, release, values, input.flinkRelease);
  return chart.toJson() as object[];
}
