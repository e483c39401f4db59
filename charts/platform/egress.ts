import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { DeploymentModel } from '../../config/index.ts';
import { WORKER_LABEL } from '../flink-cluster/network-policies.ts';
import type { ChartInput } from '../input.ts';
import { port } from '../pod.ts';
import { egressProxy } from './egress-proxy.ts';
import { workerEgress } from './egress-rules.ts';
import { ciliumPolicy, gkePolicies } from './fqdn-policies.ts';
import { componentLabels } from './labels.ts';

/** What lets workers out, by the means that the region's cluster has. Without a host there is nothing to let out. */
export function egress(chart: Chart, input: ChartInput, namespace: string): void {
  const { enforcement, rules } = workerEgress(input.deployment, input.region);
  clusterServices(chart, input.deployment, namespace);
  if (rules.length === 0) return;
  if (enforcement === 'proxy') egressProxy(chart, input, namespace, rules);
  else if (enforcement === 'gke') gkePolicies(chart, namespace, rules);
  else ciliumPolicy(chart, namespace, rules);
}

/** A service of the same cluster that a resource's URL names. */
export interface ClusterService {
  readonly namespace: string;
  readonly port: number;
}

/** Services inside the cluster that resources name by URL, such as http://ollama.models.svc.cluster.local:11434. */
export function servicesNamed(deployment: Pick<DeploymentModel, 'resources'>): ClusterService[] {
  const found = new Map<string, ClusterService>();
  for (const address of Object.values(deployment.resources).flatMap(addresses)) {
    const url = new URL(address);
    const [, namespace] = /^[^.]+\.([^.]+)\.svc(\.|$)/.exec(url.hostname) ?? [];
    const number = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
    if (namespace !== undefined) found.set(`${namespace}:${number}`, { namespace, port: number });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, service]) => service);
}

function addresses(resource: DeploymentModel['resources'][string]): string[] {
  if ('firstOf' in resource) return resource.firstOf.flatMap(addresses);
  if ('mcp' in resource) return [resource.mcp];
  return 'url' in resource && resource.url !== undefined ? [resource.url] : [];
}

/** Workers reach what a resource's URL names in the cluster. The port is the pods' own: policies see it after the Service. */
function clusterServices(chart: Chart, deployment: DeploymentModel, namespace: string): void {
  const services = servicesNamed(deployment);
  if (services.length === 0) return;
  new k8s.KubeNetworkPolicy(chart, 'worker-services', {
    metadata: { name: 'worker-services', namespace, labels: componentLabels('egress') },
    spec: {
      podSelector: { matchLabels: { ...WORKER_LABEL } },
      policyTypes: ['Egress'],
      egress: services.map((service) => ({
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': service.namespace } } }],
        ports: [port(service.port)],
      })),
    },
  });
}
