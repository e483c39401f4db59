import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { PLATFORM_LABELS } from './labels.ts';

/**
 * A namespace in which every pod must meet the restricted Pod Security Standard, and in which pods that no other policy
 * selects get nothing in and nothing out.
 */
export function namespace(chart: Chart, name: string): void {
  const level = (mode: string) => ({
    [`pod-security.kubernetes.io/${mode}`]: 'restricted',
    [`pod-security.kubernetes.io/${mode}-version`]: 'latest',
  });
  new k8s.KubeNamespace(chart, `namespace-${name}`, {
    metadata: { name, labels: { ...PLATFORM_LABELS, ...level('enforce'), ...level('audit'), ...level('warn') } },
  });
  new k8s.KubeNetworkPolicy(chart, `default-deny-${name}`, {
    metadata: { name: 'default-deny', namespace: name, labels: { ...PLATFORM_LABELS } },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  });
}
