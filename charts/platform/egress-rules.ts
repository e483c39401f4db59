import { type DeploymentModel, type EgressRule, egressRules, type RegionModel } from '../../config/index.ts';

/** What holds workers to the egress list inside a region's cluster. */
export type Enforcement = 'cilium' | 'aks' | 'gke' | 'proxy';

export interface WorkerEgress {
  readonly enforcement: Enforcement;
  /** What workers may reach outside; empty when they may reach nothing. */
  readonly rules: readonly EgressRule[];
}

export const workerEgress = (deployment: DeploymentModel, region: RegionModel): WorkerEgress => ({
  enforcement: deployment.network.enforcement[region.cloud],
  rules: egressRules(deployment, region.region),
});

/** Ports of a list of rules with the hosts of each, in order. */
export function byPort(rules: readonly EgressRule[]): [number, string[]][] {
  const ports = [...new Set(rules.map(({ port }) => port))].sort((a, b) => a - b);
  return ports.map((port) => [port, rules.filter((rule) => rule.port === port).map(({ host }) => host)]);
}
