import type { k8s } from 'cdk8s-plus-27';

/** A user of the image, not of the node; the same in both images. */
export const RUN_AS = { flink: 9999, worker: 10001 } as const;

/** What the restricted Pod Security Standard asks of a pod. */
export const podSecurity = (user: number): k8s.PodSecurityContext => ({
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
});

/** What the restricted Pod Security Standard asks of a container, and a root file system that nobody can change. */
export const containerSecurity: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export interface Labels {
  readonly [name: string]: string;
}

/** Labels that never change in the life of a release: what selectors use. */
export const selectorLabels = (chart: string, release: string, component: string): Labels => ({
  'app.kubernetes.io/name': chart,
  'app.kubernetes.io/instance': release,
  'app.kubernetes.io/component': component,
});

/** All labels of an object. */
export const labels = (chart: string, release: string, component: string): Labels => ({
  ...selectorLabels(chart, release, component),
  'app.kubernetes.io/part-of': 'headrace',
});

/** Spread over zones where there are several, and over nodes where possible. */
export const spread = (selector: Labels): k8s.TopologySpreadConstraint[] => [
  {
    maxSkew: 1,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...selector } },
  },
  {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...selector } },
  },
];

/** Pods land on the nodes of their pool, which are tainted so that nothing else does. */
export const onPool = (pool: string) => ({
  nodeSelector: { 'headrace.dev/pool': pool },
  tolerations: [{ key: 'headrace.dev/pool', operator: 'Equal', value: pool, effect: 'NoSchedule' }],
});

export const DNS_RULE: k8s.NetworkPolicyEgressRule = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [port(53, 'UDP'), port(53, 'TCP')],
};

/** A port of a policy. */
export function port(number: number, protocol: 'TCP' | 'UDP' = 'TCP'): k8s.NetworkPolicyPort {
  return { port: { value: number } as k8s.IntOrString, protocol };
}
