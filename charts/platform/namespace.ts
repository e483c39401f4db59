import { App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';

/** The namespace of a deployment: every pod in it must meet the restricted Pod Security Standard. */
export function platform(namespace: string): object[] {
  const chart = new Chart(new App(), 'platform', { disableResourceNameHashes: true });
  const level = (mode: string) => ({
    [`pod-security.kubernetes.io/${mode}`]: 'restricted',
    [`pod-security.kubernetes.io/${mode}-version`]: 'latest',
  });
  new k8s.KubeNamespace(chart, 'namespace', {
    metadata: {
      name: namespace,
      labels: { 'app.kubernetes.io/part-of': 'headrace', ...level('enforce'), ...level('audit'), ...level('warn') },
    },
  });
  // Pods that no other policy selects get nothing in and nothing out.
  new k8s.KubeNetworkPolicy(chart, 'default-deny', {
    metadata: { name: 'default-deny', namespace, labels: { 'app.kubernetes.io/part-of': 'headrace' } },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  });
  return chart.toJson() as object[];
}
