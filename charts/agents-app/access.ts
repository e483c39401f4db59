import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { WORKER_PORT } from '../flink-cluster/network-policies.ts';
import { labels, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import { HEALTH_PORT } from './ports.ts';
import type { AgentsValues } from './values.ts';
import { workerName } from './worker-name.ts';

const CHART = 'agents-app';

const metadata = (release: Release, name: string, component: string) => ({
  name,
  namespace: release.namespace,
  labels: labels(CHART, release.name, component),
});

/** Accounts that cloud identities trust. The replicator's is there before its first pod, since the stack trusts it. */
export function serviceAccounts(chart: Chart, release: Release, values: AgentsValues): void {
  for (const [component, { name, annotations }] of [
    ['worker', values.workerAccount],
    ['replicator', values.replicatorAccount],
  ] as const) {
    new k8s.KubeServiceAccount(chart, `${component}-account`, {
      metadata: { ...metadata(release, name, component), annotations },
      automountServiceAccountToken: false,
    });
  }
}

/** A headless name for each worker, and one address for all. */
export function services(chart: Chart, release: Release): void {
  const selector = { ...selectorLabels(CHART, release.name, 'worker') };
  const ports = [
    { name: 'grpc', port: WORKER_PORT, targetPort: k8s.IntOrString.fromNumber(WORKER_PORT) },
    { name: 'metrics', port: HEALTH_PORT, targetPort: k8s.IntOrString.fromNumber(HEALTH_PORT) },
  ];
  new k8s.KubeService(chart, 'headless', {
    metadata: metadata(release, workerName(release), 'worker'),
    spec: { clusterIp: 'None', selector, ports },
  });
  new k8s.KubeService(chart, 'service', {
    metadata: metadata(release, `${workerName(release)}s`, 'worker'),
    spec: { type: 'ClusterIP', selector, ports },
  });
}

export function disruptionBudget(chart: Chart, release: Release): void {
  new k8s.KubePodDisruptionBudget(chart, 'budget', {
    metadata: metadata(release, workerName(release), 'worker'),
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      selector: { matchLabels: { ...selectorLabels(CHART, release.name, 'worker') } },
    },
  });
}
