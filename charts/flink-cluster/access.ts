import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { labels, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import { PORTS } from './ports.ts';
import { jobManagerName, taskManagerName } from './processes.ts';
import type { FlinkValues } from './values.ts';

const CHART = 'flink-cluster';

/** The service account that the cloud identity trusts, and what high availability needs of Kubernetes. */
export function serviceAccount(chart: Chart, release: Release, values: FlinkValues): void {
  const meta = (name: string) => ({
    name,
    namespace: release.namespace,
    labels: labels(CHART, release.name, 'access'),
  });
  new k8s.KubeServiceAccount(chart, 'account', {
    metadata: { ...meta(values.serviceAccount.name), annotations: values.serviceAccount.annotations },
  });
  new k8s.KubeRole(chart, 'role', {
    metadata: meta(`${release.name}-high-availability`),
    // The lock is an annotation of a ConfigMap, changed by patch; a finished job's ConfigMap is deleted. One account for
    // both kinds of processes, since one cloud identity reads and writes their state.
    rules: [
      {
        apiGroups: [''],
        resources: ['configmaps'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
    ],
  });
  new k8s.KubeRoleBinding(chart, 'role-binding', {
    metadata: meta(`${release.name}-high-availability`),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: `${release.name}-high-availability` },
    subjects: [{ kind: 'ServiceAccount', name: values.serviceAccount.name, namespace: release.namespace }],
  });
}

/** Inside the cluster only: REST for clients, and headless names for the processes. */
export function services(chart: Chart, release: Release): void {
  const service = (
    id: string,
    name: string,
    component: string,
    ports: readonly [string, number][],
    headless: boolean,
  ) =>
    new k8s.KubeService(chart, id, {
      metadata: { name, namespace: release.namespace, labels: labels(CHART, release.name, component) },
      spec: {
        ...(headless ? { clusterIp: 'None', publishNotReadyAddresses: true } : { type: 'ClusterIP' }),
        selector: { ...selectorLabels(CHART, release.name, component) },
        ports: ports.map(([portName, number]) => ({
          name: portName,
          port: number,
          targetPort: k8s.IntOrString.fromNumber(number),
        })),
      },
    });
  service('rest', `${release.name}-rest`, 'jobmanager', [['rest', PORTS.rest]], false);
  service(
    'jobmanager-service',
    jobManagerName(release),
    'jobmanager',
    [
      ['rpc', PORTS.rpc],
      ['blob', PORTS.blob],
      ['metrics', PORTS.metrics],
    ],
    true,
  );
  service(
    'taskmanager-service',
    taskManagerName(release),
    'taskmanager',
    [
      ['rpc', PORTS.taskManagerRpc],
      ['data', PORTS.taskManagerData],
      ['metrics', PORTS.metrics],
    ],
    true,
  );
}

/** A drained node takes one process of a kind at a time. */
export function disruptionBudgets(chart: Chart, release: Release): void {
  for (const component of ['jobmanager', 'taskmanager']) {
    new k8s.KubePodDisruptionBudget(chart, `${component}-budget`, {
      metadata: {
        name: `${release.name}-${component}`,
        namespace: release.namespace,
        labels: labels(CHART, release.name, component),
      },
      spec: {
        maxUnavailable: k8s.IntOrString.fromNumber(1),
        selector: { matchLabels: { ...selectorLabels(CHART, release.name, component) } },
      },
    });
  }
}
