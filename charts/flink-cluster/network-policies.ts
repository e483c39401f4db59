import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { blocks, DNS_RULE, type Labels, labels, port, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import { PORTS } from './ports.ts';
import type { FlinkValues } from './values.ts';

const CHART = 'flink-cluster';
/** gRPC port of the workers. */
export const WORKER_PORT = 7443;
/** Label of all workers of a namespace. */
export const WORKER_LABEL = { 'headrace.dev/component': 'worker' } as const;
/** Label of the workers that serve jobs of a Flink release: its TaskManagers may reach them. */
export const workersOf = (flinkRelease: string): Labels => ({ 'headrace.dev/workers-of': flinkRelease });
/** Label of pods that may use the REST API of a Flink release. */
export const flinkClient = (flinkRelease: string): Labels => ({ 'headrace.dev/flink-client': flinkRelease });

/** Nothing passes that is not named here: ports measured on a running cluster. */
export function networkPolicies(chart: Chart, release: Release, values: FlinkValues): void {
  const select = (component: string) => ({ matchLabels: { ...selectorLabels(CHART, release.name, component) } });
  const pods = (component: string) => [{ podSelector: select(component) }];
  const policy = (component: string, ingress: k8s.NetworkPolicyIngressRule[], egress: k8s.NetworkPolicyEgressRule[]) =>
    new k8s.KubeNetworkPolicy(chart, `${component}-policy`, {
      metadata: {
        name: `${release.name}-${component}`,
        namespace: release.namespace,
        labels: labels(CHART, release.name, component),
      },
      spec: { podSelector: select(component), policyTypes: ['Ingress', 'Egress'], ingress, egress },
    });
  const prometheus: k8s.NetworkPolicyIngressRule = {
    from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': values.network.metricsNamespace } } }],
    ports: [port(PORTS.metrics)],
  };
  const outside: k8s.NetworkPolicyEgressRule[] = [
    DNS_RULE,
    // The port behind the API server's Service: a policy sees the connection after its address was translated.
    ...blocks(values.network.kubernetesApiCidrs, [443, 6443]),
    ...blocks(values.network.egressCidrs, values.network.egressPorts),
    // 80: EKS Pod Identity, and GKE with Dataplane V2; 988: GKE without (Google, "Workload Identity Federation for GKE").
    ...blocks(values.network.identityCidrs, [80, 988]),
  ];
  policy(
    'jobmanager',
    [
      { from: pods('taskmanager'), ports: [port(PORTS.rpc), port(PORTS.blob)] },
      // A standby forwards REST calls, and what they upload, to the leader.
      { from: pods('jobmanager'), ports: [port(PORTS.rpc), port(PORTS.blob), port(PORTS.query)] },
      { from: [{ podSelector: { matchLabels: { ...flinkClient(release.name) } } }], ports: [port(PORTS.rest)] },
      prometheus,
    ],
    [
      ...outside,
      { to: pods('taskmanager'), ports: [port(PORTS.taskManagerRpc), port(PORTS.query)] },
      { to: pods('jobmanager'), ports: [port(PORTS.rpc), port(PORTS.blob), port(PORTS.query), port(PORTS.rest)] },
    ],
  );
  policy(
    'taskmanager',
    [
      { from: pods('jobmanager'), ports: [port(PORTS.taskManagerRpc), port(PORTS.query)] },
      { from: pods('taskmanager'), ports: [port(PORTS.taskManagerData)] },
      prometheus,
    ],
    [
      ...outside,
      { to: pods('jobmanager'), ports: [port(PORTS.rpc), port(PORTS.blob)] },
      { to: pods('taskmanager'), ports: [port(PORTS.taskManagerData)] },
      { to: [{ podSelector: { matchLabels: { ...workersOf(release.name) } } }], ports: [port(WORKER_PORT)] },
    ],
  );
}
