import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { equals, onlyWhen } from '../helm/conditions.ts';
import { labels } from '../pod.ts';
import type { Release } from '../release.ts';
import { commandPod, commandSelector, jobOf } from './command-pod.ts';
import { HEALTH_PORT } from './ports.ts';
import type { AgentsValues } from './values.ts';

const CHART = 'agents-app';
export const JOB = 'job';
/** An upgrade takes a savepoint, starts the new job and may go back to the old one. */
const PROGRESS_SECONDS = 900;

/**
 * Keeps the job running that the deployment file describes: submits it, upgrades it by stop-with-savepoint, goes back to
 * the old one when the new one does not come up. A process that stays rather than one that ends, so that it is ready
 * only while that job runs: `kubectl rollout status` and `helm --wait` then tell whether an upgrade worked, and a job
 * that is gone comes back. The same object serves Helm and plain manifests.
 * @param home in active-active the region whose own job it is: here it runs, or stands by to be adopted.
 */
export function job(chart: Chart, release: Release, values: AgentsValues, home?: string): void {
  const name = home === undefined ? JOB : `${JOB}-${home}`;
  const http = (path: string): k8s.HttpGetAction => ({ path, port: k8s.IntOrString.fromNumber(HEALTH_PORT) });
  const deployment = new k8s.KubeDeployment(chart, name, {
    metadata: {
      name: `${release.name}-${name}`,
      namespace: release.namespace,
      labels: { ...labels(CHART, release.name, JOB), ...jobOf(home) },
    },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: PROGRESS_SECONDS,
      // Two of them would each undo what the other does.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { ...commandSelector(release, JOB), ...jobOf(home) } },
      template: commandPod(release, values, {
        component: JOB,
        home,
        args: ['job', 'supervise'],
        // The identity that may read and write the state: it looks for savepoints and records what runs.
        serviceAccountName: values.flink.serviceAccount,
        restartPolicy: 'Always',
        env: [{ name: 'HEADRACE_HTTP', value: `0.0.0.0:${HEALTH_PORT}` }],
        container: {
          ports: [{ name: 'metrics', containerPort: HEALTH_PORT }],
          startupProbe: { httpGet: http('/livez'), periodSeconds: 1, failureThreshold: 180 },
          livenessProbe: { httpGet: http('/livez'), periodSeconds: 10, failureThreshold: 3 },
          readinessProbe: { httpGet: http('/readyz'), periodSeconds: 2, failureThreshold: 3 },
        },
      }),
    },
  });
  onlyWhen(deployment, equals('manager', 'standalone'));
}
