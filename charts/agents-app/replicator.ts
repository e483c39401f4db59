import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { isTrue, onlyWhen } from '../helm/conditions.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import { commandPod, commandSelector } from './command-pod.ts';
import { HEALTH_PORT } from './ports.ts';
import type { AgentsValues } from './values.ts';

const COMPONENT = 'replicator';

/** Pulls restore points of other regions into this one's store, with an identity that can only read there. */
export function replicator(chart: Chart, release: Release, values: AgentsValues): void {
  const http = (path: string): k8s.HttpGetAction => ({ path, port: k8s.IntOrString.fromNumber(HEALTH_PORT) });
  const deployment = new k8s.KubeDeployment(chart, COMPONENT, {
    metadata: {
      name: `${release.name}-${COMPONENT}`,
      namespace: release.namespace,
      labels: labels('agents-app', release.name, COMPONENT),
    },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: commandSelector(release, COMPONENT) },
      template: commandPod(release, values, {
        component: COMPONENT,
        args: ['replicate'],
        serviceAccountName: values.replicatorAccount.name,
        restartPolicy: 'Always',
        env: [{ name: 'HEADRACE_HTTP', value: `0.0.0.0:${HEALTH_PORT}` }],
        container: {
          ports: [{ name: 'metrics', containerPort: HEALTH_PORT }],
          startupProbe: { httpGet: http('/livez'), periodSeconds: 1, failureThreshold: 180 },
          livenessProbe: { httpGet: http('/livez'), periodSeconds: 10, failureThreshold: 3 },
          readinessProbe: { httpGet: http('/readyz'), periodSeconds: 5, failureThreshold: 3 },
        },
      }),
    },
  });
  onlyWhen(deployment, isTrue('replicator.enabled'));
}
