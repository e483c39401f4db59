import { ApiObject, type Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { all, equals, given, onlyWhen, takeCondition } from '../helm/conditions.ts';
import { labels, port, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import { flinkDeployment } from './flink-deployment.ts';
import { PORTS } from './ports.ts';
import type { FlinkValues } from './values.ts';

const CHART = 'flink-cluster';
const BY_OPERATOR = equals('manager', 'operator');

/** Ids of the objects that the operator makes itself, or has another one for. */
const OWN_WORKLOADS = [
  'config',
  'jobmanager',
  'taskmanager',
  'rest',
  'jobmanager-service',
  'taskmanager-service',
  'taskmanager-budget',
];

/** Leaves out our own workloads where the operator manages Flink. */
export function ownWorkloadsOnlyWhenStandalone(chart: Chart): void {
  for (const id of OWN_WORKLOADS) {
    const object = chart.node.findChild(id) as ApiObject;
    const { when } = takeCondition(object.toJson() as object);
    const standalone = equals('manager', 'standalone');
    onlyWhen(object, when ? all(standalone, when) : standalone);
  }
}

/** What stands in place of our own workloads where `manager` is operator. Policies and identity are the same for both. */
export function operatorObjects(chart: Chart, release: Release, values: FlinkValues): void {
  const meta = (name: string, component: string) => ({
    name,
    namespace: release.namespace,
    labels: labels(CHART, release.name, component),
  });
  const objects: ApiObject[] = [
    flinkDeployment(chart, release, values),
    new k8s.KubeRole(chart, 'native-role', {
      metadata: meta(`${release.name}-task-managers`, 'access'),
      // The leader makes TaskManagers, owned by its own Deployment, so that they go when it goes.
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
        { apiGroups: ['apps'], resources: ['deployments/finalizers'], verbs: ['update'] },
      ],
    }),
    new k8s.KubeRoleBinding(chart, 'native-role-binding', {
      metadata: meta(`${release.name}-task-managers`, 'access'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: `${release.name}-task-managers` },
      subjects: [{ kind: 'ServiceAccount', name: values.serviceAccount.name, namespace: release.namespace }],
    }),
    new k8s.KubePodDisruptionBudget(chart, 'native-budget', {
      metadata: meta(`${release.name}-task-managers`, 'taskmanager'),
      spec: {
        // Of pods without a controller of their kind only a least number can be kept (Kubernetes' docs, "Disruptions").
        minAvailable: k8s.IntOrString.fromNumber(values.operator.taskManagersMinAvailable),
        selector: { matchLabels: { ...selectorLabels(CHART, release.name, 'taskmanager') } },
      },
    }),
    new k8s.KubeNetworkPolicy(chart, 'operator-policy', {
      metadata: meta(`${release.name}-operator`, 'jobmanager'),
      spec: {
        podSelector: { matchLabels: { ...selectorLabels(CHART, release.name, 'jobmanager') } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': values.operator.namespace } },
                podSelector: { matchLabels: { 'app.kubernetes.io/name': 'flink-kubernetes-operator' } },
              },
            ],
            ports: [port(PORTS.rest)],
          },
        ],
      },
    }),
  ];
  for (const object of objects) onlyWhen(object, BY_OPERATOR);
  onlyWhen(snapshot(chart, release, values), all(BY_OPERATOR, given('operator.snapshot')));
}

/** A savepoint on demand. It stays in the store when this object goes. */
function snapshot(chart: Chart, release: Release, { operator }: FlinkValues): ApiObject {
  return new ApiObject(chart, 'snapshot', {
    apiVersion: 'flink.apache.org/v1beta1',
    kind: 'FlinkStateSnapshot',
    metadata: {
      name: `${release.name}-${operator.snapshot}`,
      namespace: release.namespace,
      labels: labels(CHART, release.name, 'snapshot'),
    },
    spec: {
      backoffLimit: 3,
      jobReference: { kind: 'FlinkDeployment', name: release.name },
      savepoint: { formatType: 'CANONICAL', disposeOnDelete: false },
    },
  });
}
