import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { WORKER_LABEL, WORKER_PORT } from '../flink-cluster/network-policies.ts';
import { asText } from '../helm/placeholder.ts';
import { containerSecurity, labels, onPool, podSecurity, RUN_AS, selectorLabels, spread } from '../pod.ts';
import type { Release } from '../release.ts';
import { configMapName } from './job.ts';
import { secretClassName } from './secrets.ts';
import type { AgentsValues } from './values.ts';

export const CHART = 'agents-app';
export const HEALTH_PORT = 8080;
export const METRICS_PORT = 9464;
/** After the drain there must be time to say goodbye. */
const GRACE_MARGIN_SECONDS = 15;

export const workerName = (release: Release) => `${release.name}-worker`;

/** The agent's workers: stateless, but with stable names, by which Flink finds each one. */
export function workers(chart: Chart, release: Release, values: AgentsValues, hasSecrets: boolean): void {
  const selector = selectorLabels(CHART, release.name, 'worker');
  const podLabels = { ...labels(CHART, release.name, 'worker'), ...WORKER_LABEL, ...values.podLabels };
  const http = (path: string): k8s.HttpGetAction => ({ path, port: k8s.IntOrString.fromNumber(HEALTH_PORT) });
  new k8s.KubeStatefulSet(chart, 'worker', {
    metadata: {
      name: workerName(release),
      namespace: release.namespace,
      labels: labels(CHART, release.name, 'worker'),
    },
    spec: {
      replicas: values.worker.replicas,
      serviceName: workerName(release),
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      // A worker that came up and fell at once does not count as rolled.
      minReadySeconds: 5,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: podLabels },
        spec: {
          serviceAccountName: values.workerAccount.name,
          // The API server is no business of an agent; cloud identities project a token of their own.
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: podSecurity(RUN_AS.worker),
          ...onPool('worker'),
          topologySpreadConstraints: spread(selector),
          containers: [
            {
              name: 'worker',
              image: `${values.image.repository}:${values.image.tag}`,
              imagePullPolicy: values.image.pullPolicy,
              securityContext: containerSecurity,
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'HEADRACE_JOB', value: '/etc/headrace/job/job.json' },
                { name: 'HEADRACE_PLAN', value: '/etc/headrace/job/plan.json' },
                { name: 'HEADRACE_SECRETS', value: '/etc/headrace/secrets' },
                { name: 'HEADRACE_LISTEN', value: `0.0.0.0:${WORKER_PORT}` },
                { name: 'HEADRACE_IN_FLIGHT', value: asText(values.worker.inFlight) },
                { name: 'HEADRACE_DRAIN_SECONDS', value: asText(values.worker.drainSeconds) },
              ],
              ports: [
                { name: 'grpc', containerPort: WORKER_PORT },
                { name: 'health', containerPort: HEALTH_PORT },
                { name: 'metrics', containerPort: METRICS_PORT },
              ],
              startupProbe: { httpGet: http('/livez'), periodSeconds: 1, failureThreshold: 60 },
              livenessProbe: { httpGet: http('/livez'), periodSeconds: 10, failureThreshold: 3 },
              readinessProbe: { httpGet: http('/readyz'), periodSeconds: 2, failureThreshold: 2 },
              resources: {
                requests: {
                  cpu: k8s.Quantity.fromNumber(values.worker.cpu),
                  memory: k8s.Quantity.fromString(`${values.worker.memoryMiB}Mi`),
                },
                limits: { memory: k8s.Quantity.fromString(`${values.worker.memoryMiB}Mi`) },
              },
              volumeMounts: [
                { name: 'job', mountPath: '/etc/headrace/job', readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
                ...(hasSecrets ? [{ name: 'secrets', mountPath: '/etc/headrace/secrets', readOnly: true }] : []),
              ],
            },
          ],
          volumes: [
            { name: 'job', configMap: { name: configMapName(release) } },
            { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
            ...(hasSecrets
              ? [
                  {
                    name: 'secrets',
                    csi: {
                      driver: values.secrets.driver,
                      readOnly: true,
                      volumeAttributes: { secretProviderClass: secretClassName(release) },
                    },
                  },
                ]
              : []),
          ],
        },
      },
    },
  });
}

/** Longest drain that values allow, and the goodbye. */
const GRACE_SECONDS = 300 + GRACE_MARGIN_SECONDS;
