import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { containerSecurity, DNS_RULE, type Labels, labels, podSecurity, port, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';

/** Helm makes these for `helm test` only, and takes them away again when they succeed. */
const hook = (weight: number) => ({
  'helm.sh/hook': 'test',
  'helm.sh/hook-weight': String(weight),
  'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
});

export interface TestPod {
  readonly chart: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly user: number;
  readonly command: readonly string[];
  readonly env: readonly k8s.EnvVar[];
  /** Labels by which other policies let the pod in. */
  readonly podLabels: Labels;
  /** Pods that it reaches, and on which port. */
  readonly reaches: { readonly pods: Labels; readonly port: number };
  readonly scheduling: { readonly nodeSelector: Labels; readonly tolerations: k8s.Toleration[] };
}

/** A pod of `helm test`, and the policy that lets it out: the namespace lets nothing out by default. */
export function testPod(chart: Chart, release: Release, test: TestPod): void {
  const metadata = (weight: number) => ({
    name: `${release.name}-test`,
    namespace: release.namespace,
    annotations: hook(weight),
  });
  const own = labels(test.chart, release.name, 'test');
  new k8s.KubeNetworkPolicy(chart, 'test-policy', {
    metadata: { ...metadata(-1), labels: own },
    spec: {
      podSelector: { matchLabels: { ...selectorLabels(test.chart, release.name, 'test') } },
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        DNS_RULE,
        { to: [{ podSelector: { matchLabels: { ...test.reaches.pods } } }], ports: [port(test.reaches.port)] },
      ],
    },
  });
  new k8s.KubePod(chart, 'test', {
    metadata: { ...metadata(0), labels: { ...own, ...test.podLabels } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      activeDeadlineSeconds: 120,
      securityContext: podSecurity(test.user),
      ...test.scheduling,
      containers: [
        {
          name: 'test',
          image: test.image,
          imagePullPolicy: test.imagePullPolicy,
          command: [...test.command],
          env: [...test.env],
          securityContext: containerSecurity,
          resources: {
            requests: { cpu: k8s.Quantity.fromString('50m'), memory: k8s.Quantity.fromString('128Mi') },
            limits: { memory: k8s.Quantity.fromString('256Mi') },
          },
        },
      ],
    },
  });
}

/** Whether an object is there for `helm test` alone: plain manifests leave it out. */
export const isTest = (object: object): boolean =>
  (object as { metadata?: { annotations?: Record<string, string> } }).metadata?.annotations?.['helm.sh/hook'] ===
  'test';
