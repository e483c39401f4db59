import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { DeploymentModel } from '../../config/index.ts';
import { names } from '../../config/index.ts';
import { WORKER_LABEL } from '../flink-cluster/network-policies.ts';
import { flinkValues } from '../flink-cluster/values.ts';
import type { ChartInput } from '../input.ts';
import { DNS_RULE, port } from '../pod.ts';
import { componentLabels, componentSelector } from './labels.ts';

/** What every store of a region is made with. */
export interface StoreContext {
  readonly chart: Chart;
  readonly input: ChartInput;
  /** Namespace of the stores. */
  readonly namespace: string;
}

const MiB = 2 ** 20;

export const storesContext = (chart: Chart, input: ChartInput): StoreContext => ({
  chart,
  input,
  namespace: names.storesNamespace(input.region.parts),
});

export const metadata = ({ namespace }: StoreContext, component: string, name = component) => ({
  name,
  namespace,
  labels: componentLabels(component),
});

/** Image of a product, from its maker's registry or a mirror of it. */
export const productImage = ({ stores }: DeploymentModel, image: string) =>
  `${stores.registry ?? 'docker.io'}/${image}`;

export const quantity = (bytes: number) => k8s.Quantity.fromString(`${bytes / MiB}Mi`);

/** Memory is request and limit; CPU has no limit. */
export const resources = (cpu: number, memoryBytes: number): k8s.ResourceRequirements => ({
  requests: { cpu: k8s.Quantity.fromNumber(cpu), memory: quantity(memoryBytes) },
  limits: { memory: quantity(memoryBytes) },
});

/** The volume of a StatefulSet's pod, of the class that Flink's volumes have. */
export const volumeClaim = ({ input }: StoreContext, name: string, bytes: number, component: string) => ({
  metadata: { name, labels: { ...componentSelector(component) } },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: flinkValues(input).taskManager.storageClassName,
    resources: { requests: { storage: quantity(bytes) } },
  },
});

/** The pods of a component, as a policy names them. */
export const podsOf = (component: string): k8s.NetworkPolicyPeer => ({
  podSelector: { matchLabels: { ...componentSelector(component) } },
});

export const ingressFrom = (from: k8s.NetworkPolicyPeer, ...ports: number[]): k8s.NetworkPolicyIngressRule => ({
  from: [from],
  ports: ports.map((number) => port(number)),
});
export const egressTo = (to: k8s.NetworkPolicyPeer, ...ports: number[]): k8s.NetworkPolicyEgressRule => ({
  to: [to],
  ports: ports.map((number) => port(number)),
});

/** Workers of the deployment's own namespace, and nobody else of it. */
export const workersOf = ({ input }: StoreContext): k8s.NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': names.namespace(input.region.parts) } },
  podSelector: { matchLabels: { ...WORKER_LABEL } },
});

/** The region's object store and what gives a pod its identity there, as for Flink. */
export function objectStore({ input }: StoreContext): k8s.NetworkPolicyEgressRule[] {
  const { egressCidrs, identityCidrs } = flinkValues(input).network;
  return [
    ...egressCidrs.map((cidr) => ({ to: [{ ipBlock: { cidr } }], ports: [port(443)] })),
    ...identityCidrs.map((cidr) => ({ to: [{ ipBlock: { cidr } }], ports: [port(80), port(988)] })),
  ];
}

export function policy(
  context: StoreContext,
  component: string,
  ingress: k8s.NetworkPolicyIngressRule[],
  egress: k8s.NetworkPolicyEgressRule[],
): void {
  new k8s.KubeNetworkPolicy(context.chart, `${component}-policy`, {
    metadata: metadata(context, component),
    spec: {
      podSelector: { matchLabels: { ...componentSelector(component) } },
      policyTypes: ['Ingress', 'Egress'],
      ingress,
      egress: [DNS_RULE, ...egress],
    },
  });
}

/** What a worker may reach a store on: its side of the connection. */
export function workersReach({ chart, input, namespace }: StoreContext, component: string, number: number): void {
  const podSelector = { matchLabels: { ...componentSelector(component) } };
  new k8s.KubeNetworkPolicy(chart, `worker-${component}`, {
    metadata: {
      name: `worker-${component}`,
      namespace: names.namespace(input.region.parts),
      labels: componentLabels(component),
    },
    spec: {
      podSelector: { matchLabels: { ...WORKER_LABEL } },
      policyTypes: ['Egress'],
      egress: [
        egressTo(
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } }, podSelector },
          number,
        ),
      ],
    },
  });
}
