import { ApiObject, type Chart } from 'cdk8s';
import type { EgressRule } from '../../config/index.ts';
import { WORKER_LABEL } from '../flink-cluster/network-policies.ts';
import { byPort } from './egress-rules.ts';
import { componentLabels } from './labels.ts';

const NAME = 'worker-hosts';
const wildcard = (host: string) => host.startsWith('*.');

/**
 * Policy by name of Cilium, and of AKS with Advanced Container Networking Services: the agent learns addresses from the
 * answers of DNS, which is why it must see every question. All questions are let through: a resolver asks each search
 * domain first, and a refusal there ends some resolvers' search.
 */
export function ciliumPolicy(chart: Chart, namespace: string, rules: readonly EgressRule[]): void {
  new ApiObject(chart, NAME, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: NAME, namespace, labels: componentLabels('egress') },
    spec: {
      endpointSelector: { matchLabels: { ...WORKER_LABEL } },
      egress: [
        {
          toEndpoints: [
            { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s:k8s-app': 'kube-dns' } },
          ],
          toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
        },
        ...byPort(rules).map(([port, hosts]) => ({
          toFQDNs: hosts.map((host) => (wildcard(host) ? { matchPattern: host } : { matchName: host })),
          toPorts: [{ ports: [{ port: String(port), protocol: 'TCP' }] }],
        })),
      ],
    },
  });
}

/**
 * Policies by name of GKE Dataplane V2, which add to what NetworkPolicies allow, DNS among it. One a host: a policy stands
 * for at most 50 addresses (Google, "Control Pod egress traffic using FQDN network policies").
 */
export function gkePolicies(chart: Chart, namespace: string, rules: readonly EgressRule[]): void {
  for (const host of new Set(rules.map((rule) => rule.host))) {
    const name = `worker-host-${host.replace('*', 'any')}`;
    new ApiObject(chart, name, {
      apiVersion: 'networking.gke.io/v1alpha1',
      kind: 'FQDNNetworkPolicy',
      metadata: { name, namespace, labels: componentLabels('egress') },
      spec: {
        podSelector: { matchLabels: { ...WORKER_LABEL } },
        egress: [
          {
            matches: [wildcard(host) ? { pattern: host } : { name: host }],
            ports: rules.filter((rule) => rule.host === host).map(({ port }) => ({ protocol: 'TCP', port })),
          },
        ],
      },
    });
  }
}
