import { createHash } from 'node:crypto';
import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import {
  type DeploymentModel,
  type EgressRule,
  imageReference,
  type RegionModel,
  type Size,
} from '../../config/index.ts';
import { WORKER_LABEL } from '../flink-cluster/network-policies.ts';
import type { ChartInput } from '../input.ts';
import { containerSecurity, DNS_RULE, onPool, podSecurity, poolSelector, port, spread } from '../pod.ts';
import { byPort, workerEgress } from './egress-rules.ts';
import { componentLabels, componentSelector } from './labels.ts';
import { DRAIN_SECONDS, squidConfiguration } from './squid-configuration.ts';

/** Service and port of the proxy, in the deployment's namespace. */
export const EGRESS_PROXY = { service: 'egress-proxy', port: 3128, healthPort: 3129 } as const;

const COMPONENT = EGRESS_PROXY.service;
/** A user of the image, not of the node. */
const RUN_AS_USER = 10002;
const CONFIG_DIRECTORY = '/etc/headrace/egress';
/** A tunnel takes about 100 KiB; a worker has as many as it has runs in flight. */
const MEMORY: Record<Size, string> = { small: '512Mi', medium: '1Gi', large: '2Gi' };
const REPLICAS = 2;

/** Whether workers of a region leave through the proxy: it is the enforcement, and there is something to reach. */
export const usesEgressProxy = (deployment: DeploymentModel, region: RegionModel): boolean => {
  const { enforcement, rules } = workerEgress(deployment, region);
  return enforcement === 'proxy' && rules.length > 0;
};

/**
 * Environment that makes a worker's clients take the proxy; empty where it has none. Node's own fetch, and so every
 * client on top of it, reads it because of NODE_USE_ENV_PROXY. What is inside the cluster is reached directly.
 */
export function proxyEnvironment(
  deployment: DeploymentModel,
  region: RegionModel,
  namespace: string,
): Readonly<Record<string, string>> {
  if (!usesEgressProxy(deployment, region)) return {};
  const url = `http://${EGRESS_PROXY.service}.${namespace}.svc:${EGRESS_PROXY.port}`;
  return { HTTPS_PROXY: url, NO_PROXY: NOT_PROXIED.join(','), NODE_USE_ENV_PROXY: '1' };
}

const NOT_PROXIED = ['localhost', '127.0.0.1', '.svc', '.cluster.local'];

/** What the quota of a namespace counts for the proxy, with the pod that a roll starts before it stops another. */
export const egressProxyShare = (size: Size) => ({ pods: REPLICAS + 1, cpu: 0.25, memory: MEMORY[size] });

/** A gate that lets workers out to the hosts of the list. */
export function egressProxy(chart: Chart, input: ChartInput, namespace: string, rules: readonly EgressRule[]): void {
  const { deployment, region, outputs } = input;
  const registry = deployment.images.registry ?? outputs?.registry;
  const image = imageReference('egress-proxy', registry, deployment.images.tag);
  const configuration = squidConfiguration(rules, EGRESS_PROXY);
  const metadata = (name: string = COMPONENT) => ({ name, namespace, labels: componentLabels(COMPONENT) });
  const selector = { matchLabels: { ...componentSelector(COMPONENT) } };
  const health: k8s.HttpGetAction = { path: '/healthz', port: k8s.IntOrString.fromString('health') };

  new k8s.KubeServiceAccount(chart, 'egress-proxy-account', {
    metadata: metadata(),
    automountServiceAccountToken: false,
  });
  new k8s.KubeConfigMap(chart, 'egress-proxy-configuration', {
    metadata: metadata(),
    data: { 'squid.conf': configuration },
  });
  new k8s.KubeDeployment(chart, 'egress-proxy', {
    metadata: metadata(),
    spec: {
      replicas: REPLICAS,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: k8s.IntOrString.fromNumber(0), maxSurge: k8s.IntOrString.fromNumber(1) },
      },
      selector,
      template: {
        metadata: {
          labels: { ...componentLabels(COMPONENT) },
          // Another list is another pod: Squid reads its file once.
          annotations: { 'headrace.dev/configuration': createHash('sha256').update(configuration).digest('hex') },
        },
        spec: {
          serviceAccountName: COMPONENT,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: DRAIN_SECONDS + 15,
          securityContext: podSecurity(RUN_AS_USER),
          ...onPool('worker', poolSelector('worker')),
          topologySpreadConstraints: spread(selector.matchLabels),
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: selector } },
              ],
            },
          },
          containers: [
            {
              name: 'squid',
              image,
              imagePullPolicy: deployment.images.pullPolicy,
              command: ['/usr/sbin/squid', '-N', '-d', '1', '-f', `${CONFIG_DIRECTORY}/squid.conf`],
              securityContext: containerSecurity,
              ports: [
                { name: 'proxy', containerPort: EGRESS_PROXY.port },
                { name: 'health', containerPort: EGRESS_PROXY.healthPort },
              ],
              startupProbe: { httpGet: health, periodSeconds: 1, failureThreshold: 30 },
              livenessProbe: { httpGet: health, periodSeconds: 10, failureThreshold: 3 },
              readinessProbe: { httpGet: health, periodSeconds: 2, failureThreshold: 2 },
              // Endpoints learn of the end before Squid stops to accept.
              lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
              resources: {
                requests: {
                  cpu: k8s.Quantity.fromNumber(egressProxyShare(region.size).cpu),
                  memory: k8s.Quantity.fromString(MEMORY[region.size]),
                },
                limits: { memory: k8s.Quantity.fromString(MEMORY[region.size]) },
              },
              volumeMounts: [{ name: 'configuration', mountPath: CONFIG_DIRECTORY, readOnly: true }],
            },
          ],
          volumes: [{ name: 'configuration', configMap: { name: COMPONENT } }],
        },
      },
    },
  });
  new k8s.KubeService(chart, 'egress-proxy-service', {
    metadata: metadata(),
    spec: {
      type: 'ClusterIP',
      selector: selector.matchLabels,
      ports: [{ name: 'proxy', port: EGRESS_PROXY.port, targetPort: k8s.IntOrString.fromString('proxy') }],
    },
  });
  new k8s.KubePodDisruptionBudget(chart, 'egress-proxy-budget', {
    metadata: metadata(),
    spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector },
  });
  policies(chart, deployment, namespace, rules);
}

/** Workers reach the proxy, and the proxy alone reaches the ports of the list, outside of the cluster. */
function policies(chart: Chart, deployment: DeploymentModel, namespace: string, rules: readonly EgressRule[]): void {
  const selector = { matchLabels: { ...componentSelector(COMPONENT) } };
  const workers = { matchLabels: { ...WORKER_LABEL } };
  const labels = componentLabels(COMPONENT);
  new k8s.KubeNetworkPolicy(chart, 'egress-proxy-policy', {
    metadata: { name: COMPONENT, namespace, labels },
    spec: {
      podSelector: selector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: workers }], ports: [port(EGRESS_PROXY.port)] }],
      egress: [
        DNS_RULE,
        {
          to: [
            {
              ipBlock: {
                cidr: '0.0.0.0/0',
                // A listed name must not lead to the node's identity, a Service or a pod, whatever DNS says.
                except: ['169.254.0.0/16', deployment.network.podCidr, deployment.network.serviceCidr],
              },
            },
          ],
          ports: byPort(rules).map(([number]) => port(number)),
        },
      ],
    },
  });
  new k8s.KubeNetworkPolicy(chart, 'worker-egress-proxy-policy', {
    metadata: { name: 'worker-egress-proxy', namespace, labels },
    spec: {
      podSelector: workers,
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: selector }], ports: [port(EGRESS_PROXY.port)] }],
    },
  });
}
