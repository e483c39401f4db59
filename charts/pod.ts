import { k8s } from 'cdk8s-plus-27';
import { canonicalOrder } from './helm/json.ts';

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

/** The node pool that the stacks make for a kind of pods. */
export const poolSelector = (pool: string): Record<string, string> => ({ 'headrace.dev/pool': pool });

/** Pods land on the nodes of their pool, which are tainted so that nothing else does. */
export const onPool = (pool: string, nodeSelector: Readonly<Record<string, string>>) => ({
  nodeSelector: { ...nodeSelector },
  tolerations: [{ key: 'headrace.dev/pool', operator: 'Equal', value: pool, effect: 'NoSchedule' }],
});

/** A volume that a certificate's Secret is mounted from: ca.crt, tls.crt and tls.key, read again when they change. */
export const certificateVolume = (name: string, secretName: string): k8s.Volume => ({
  name,
  // 0440: the pod's group reads the key, and nobody else.
  secret: { secretName, defaultMode: 0o440 },
});

/** Variables of a free-form mapping, in the order in which a template ranges over it. */
export const variables = (environment: Readonly<Record<string, string>>): k8s.EnvVar[] =>
  canonicalOrder(environment).map(([name, value]) => ({ name, value }));

export const fieldEnv = (name: string, fieldPath: string): k8s.EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

/** Requests, and a limit of memory equal to its request; CPU has none, so that it is never throttled. */
export const resources = (cpu: number, memoryMiB: number): k8s.ResourceRequirements => ({
  requests: { cpu: k8s.Quantity.fromNumber(cpu), memory: k8s.Quantity.fromString(`${memoryMiB}Mi`) },
  limits: { memory: k8s.Quantity.fromString(`${memoryMiB}Mi`) },
});

export const DNS_RULE: k8s.NetworkPolicyEgressRule = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [port(53, 'UDP'), port(53, 'TCP')],
};

/**
 * A rule a port and block: one rule without any block would let everything through. Ports first, as the loops of a
 * template are nested in the order in which a rule's fields are written.
 */
export const blocks = (cidrs: readonly string[], ports: readonly number[]): k8s.NetworkPolicyEgressRule[] =>
  ports.flatMap((number) => cidrs.map((cidr) => ({ to: [{ ipBlock: { cidr } }], ports: [port(number)] })));

/** A port of a policy. */
export function port(number: number, protocol: 'TCP' | 'UDP' = 'TCP'): k8s.NetworkPolicyPort {
  return { port: { value: number } as k8s.IntOrString, protocol };
}
