import { ApiObject, type Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { WORKER_PORT } from '../flink-cluster/network-policies.ts';
import { isTrue, onlyWhen } from '../helm/conditions.ts';
import { DNS_RULE, labels, port, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import type { AgentsValues } from './values.ts';
import { CHART, METRICS_PORT, workerName } from './worker.ts';

const metadata = (release: Release, name: string, component: string) => ({
  name,
  namespace: release.namespace,
  labels: labels(CHART, release.name, component),
});

/** Accounts that cloud identities trust. The replicator's is there before its first pod, since the stack trusts it. */
export function serviceAccounts(chart: Chart, release: Release, values: AgentsValues): void {
  for (const [component, { name, annotations }] of [
    ['worker', values.workerAccount],
    ['replicator', values.replicatorAccount],
  ] as const) {
    new k8s.KubeServiceAccount(chart, `${component}-account`, {
      metadata: { ...metadata(release, name, component), annotations },
      automountServiceAccountToken: false,
    });
  }
}

/** A headless name for each worker, and one address for all. */
export function services(chart: Chart, release: Release): void {
  const selector = { ...selectorLabels(CHART, release.name, 'worker') };
  const ports = [
    { name: 'grpc', port: WORKER_PORT, targetPort: k8s.IntOrString.fromNumber(WORKER_PORT) },
    { name: 'metrics', port: METRICS_PORT, targetPort: k8s.IntOrString.fromNumber(METRICS_PORT) },
  ];
  new k8s.KubeService(chart, 'headless', {
    metadata: metadata(release, workerName(release), 'worker'),
    spec: { clusterIp: 'None', selector, ports },
  });
  new k8s.KubeService(chart, 'service', {
    metadata: metadata(release, `${workerName(release)}s`, 'worker'),
    spec: { type: 'ClusterIP', selector, ports },
  });
}

export function disruptionBudget(chart: Chart, release: Release): void {
  new k8s.KubePodDisruptionBudget(chart, 'budget', {
    metadata: metadata(release, workerName(release), 'worker'),
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      selector: { matchLabels: { ...selectorLabels(CHART, release.name, 'worker') } },
    },
  });
}

/** Workers take runs from Flink and call models: nothing else comes in or goes out. */
export function networkPolicies(chart: Chart, release: Release, values: AgentsValues): void {
  const selector = { ...selectorLabels(CHART, release.name, 'worker') };
  new k8s.KubeNetworkPolicy(chart, 'worker-policy', {
    metadata: metadata(release, workerName(release), 'worker'),
    spec: {
      podSelector: { matchLabels: selector },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [
            {
              podSelector: {
                matchLabels: {
                  'app.kubernetes.io/name': 'flink-cluster',
                  'app.kubernetes.io/component': 'taskmanager',
                },
              },
            },
          ],
          ports: [port(WORKER_PORT)],
        },
        {
          from: [
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': values.network.metricsNamespace } } },
          ],
          ports: [port(METRICS_PORT)],
        },
      ],
      egress: [
        DNS_RULE,
        // A rule a block: one rule without any block would let everything through.
        ...values.network.egressCidrs.map((cidr) => ({
          to: [{ ipBlock: { cidr, except: METADATA_SERVICE } }],
          ports: [port(443)],
        })),
      ],
    },
  });
  const byName = new ApiObject(chart, 'worker-hosts', {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: metadata(release, `${workerName(release)}-hosts`, 'worker'),
    spec: {
      endpointSelector: { matchLabels: selector },
      egress: [
        {
          toEndpoints: [
            { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s:k8s-app': 'kube-dns' } },
          ],
          toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
        },
        {
          toFQDNs: values.network.egressHosts.map((host) => ({ matchPattern: host })),
          toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }],
        },
      ],
    },
  });
  onlyWhen(byName, isTrue('network.fqdnPolicy'));
}

/** A pod must not borrow the node's identity. */
const METADATA_SERVICE = ['169.254.169.254/32'];
