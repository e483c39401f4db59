import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { WORKER_PORT } from '../flink-cluster/network-policies.ts';
import { PORTS as FLINK_PORTS } from '../flink-cluster/ports.ts';
import { blocks, DNS_RULE, labels, port, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import { commandLabel } from './command-pod.ts';
import { HEALTH_PORT } from './ports.ts';
import type { AgentsValues } from './values.ts';
import { workerName } from './worker-name.ts';

const CHART = 'agents-app';

/** Pods of the Flink release that this one's job runs on. */
const ofFlink = (values: AgentsValues, component: string): k8s.NetworkPolicyPeer[] => [
  { podSelector: { matchLabels: { ...selectorLabels('flink-cluster', values.flink.release, component) } } },
];

export function networkPolicies(chart: Chart, release: Release, values: AgentsValues): void {
  const prometheus: k8s.NetworkPolicyIngressRule = {
    from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': values.network.metricsNamespace } } }],
    ports: [port(HEALTH_PORT)],
  };
  const policy = (
    id: string,
    name: string,
    component: string,
    matchLabels: Readonly<Record<string, string>>,
    ingress: k8s.NetworkPolicyIngressRule[],
    egress: k8s.NetworkPolicyEgressRule[],
  ) =>
    new k8s.KubeNetworkPolicy(chart, id, {
      metadata: { name, namespace: release.namespace, labels: labels(CHART, release.name, component) },
      spec: {
        podSelector: { matchLabels: { ...matchLabels } },
        policyTypes: ['Ingress', 'Egress'],
        ingress,
        egress: [DNS_RULE, ...egress],
      },
    });
  // Workers take runs from TaskManagers and call models: nothing else comes in or goes out.
  policy(
    'worker-policy',
    workerName(release),
    'worker',
    selectorLabels(CHART, release.name, 'worker'),
    [{ from: ofFlink(values, 'taskmanager'), ports: [port(WORKER_PORT)] }, prometheus],
    blocks(values.network.egressCidrs, values.network.egressPorts),
  );
  // Commands speak to Flink's REST API and to the state store, with the identity that may use it.
  policy(
    'commands-policy',
    `${release.name}-commands`,
    'commands',
    commandLabel(release),
    [prometheus],
    [
      { to: ofFlink(values, 'jobmanager'), ports: [port(FLINK_PORTS.rest)] },
      ...blocks(values.network.stateCidrs, values.network.statePorts),
      ...blocks(values.network.identityCidrs, [80, 988]),
    ],
  );
}
