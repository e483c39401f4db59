import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { WORKER_LABEL, WORKER_PORT, workersOf } from '../flink-cluster/network-policies.ts';
import { equals, isTrue, not, onlyWhen, valueWhen } from '../helm/conditions.ts';
import { asText } from '../helm/placeholder.ts';
import {
  certificateVolume,
  containerSecurity,
  fieldEnv,
  labels,
  onPool,
  podSecurity,
  RUN_AS,
  resources,
  selectorLabels,
  spread,
  variables,
} from '../pod.ts';
import type { Release } from '../release.ts';
import { workerCertificate } from './certificates.ts';
import { deploymentChecksum, deploymentMount } from './deployment-file.ts';
import { HEALTH_PORT } from './ports.ts';
import { secretVolumes } from './secrets.ts';
import type { AgentsValues } from './values.ts';
import { workerName } from './worker-name.ts';

const CHART = 'agents-app';
const TLS = '/etc/headrace/tls';
const SECRETS = '/etc/headrace/secrets';
/** After the drain there must be time to say goodbye. */
const GRACE_MARGIN_SECONDS = 15;

/**
 * The agent's workers: stateless. As a StatefulSet they have names that stay, which makes their logs and metrics easy to
 * follow; as a Deployment they come up faster than they go while they roll. Flink finds either by the headless Service.
 */
export function workers(chart: Chart, release: Release, values: AgentsValues, hasSecrets: boolean): void {
  const selector = selectorLabels(CHART, release.name, 'worker');
  const metadata = {
    name: workerName(release),
    namespace: release.namespace,
    labels: labels(CHART, release.name, 'worker'),
  };
  const common = {
    // With an autoscaler the number is its business: an upgrade would set it back.
    replicas: valueWhen(not(isTrue('worker.autoscaling')), values.worker.replicas),
    // A worker that came up and fell at once does not count as rolled.
    minReadySeconds: 5,
    selector: { matchLabels: selector },
    template: workerPod(release, values, hasSecrets),
  };
  const statefulSet = new k8s.KubeStatefulSet(chart, 'worker', {
    metadata,
    spec: {
      ...common,
      serviceName: workerName(release),
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
    },
  });
  onlyWhen(statefulSet, equals('worker.kind', 'StatefulSet'));
  const deployment = new k8s.KubeDeployment(chart, 'worker-deployment', {
    metadata,
    spec: {
      ...common,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: k8s.IntOrString.fromNumber(0), maxSurge: k8s.IntOrString.fromNumber(1) },
      },
    },
  });
  onlyWhen(deployment, equals('worker.kind', 'Deployment'));
}

function workerPod(release: Release, values: AgentsValues, hasSecrets: boolean): k8s.PodTemplateSpec {
  const selector = selectorLabels(CHART, release.name, 'worker');
  const file = deploymentMount(release);
  const http = (path: string): k8s.HttpGetAction => ({ path, port: k8s.IntOrString.fromNumber(HEALTH_PORT) });
  return {
    metadata: {
      annotations: deploymentChecksum(values),
      labels: {
        ...labels(CHART, release.name, 'worker'),
        ...WORKER_LABEL,
        ...workersOf(values.flink.release),
        ...values.podLabels,
      },
    },
    spec: {
      serviceAccountName: values.workerAccount.name,
      // The API server is no business of an agent; cloud identities project a token of their own.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: GRACE_SECONDS,
      priorityClassName: values.scheduling.priorityClassName,
      securityContext: podSecurity(RUN_AS.worker),
      ...onPool('worker', values.scheduling.nodeSelector),
      topologySpreadConstraints: spread(selector),
      containers: [
        {
          name: 'worker',
          image: `${values.image.repository}:${values.image.tag}`,
          imagePullPolicy: values.image.pullPolicy,
          args: ['worker'],
          securityContext: containerSecurity,
          env: [
            ...file.env,
            fieldEnv('HEADRACE_NAME', 'metadata.name'),
            { name: 'HEADRACE_LISTEN', value: `0.0.0.0:${WORKER_PORT}` },
            { name: 'HEADRACE_HTTP', value: `0.0.0.0:${HEALTH_PORT}` },
            { name: 'HEADRACE_TLS', value: TLS },
            ...(hasSecrets ? [{ name: 'HEADRACE_SECRETS', value: SECRETS }] : []),
            { name: 'HEADRACE_IN_FLIGHT', value: asText(values.worker.inFlight) },
            { name: 'HEADRACE_PROCESSES', value: asText(values.worker.processes) },
            { name: 'HEADRACE_HEAP_MIB', value: asText(values.worker.heapMiB) },
            { name: 'HEADRACE_GRACE', value: `${values.worker.drainSeconds}s` },
            { name: 'HEADRACE_PLAN_HASH', value: values.planHash },
            ...variables(values.environment),
          ],
          ports: [
            { name: 'grpc', containerPort: WORKER_PORT },
            // Health and metrics: what Prometheus reads is behind a policy.
            { name: 'metrics', containerPort: HEALTH_PORT },
          ],
          startupProbe: { httpGet: http('/livez'), periodSeconds: 1, failureThreshold: 180 },
          livenessProbe: { httpGet: http('/livez'), periodSeconds: 10, failureThreshold: 3 },
          readinessProbe: { httpGet: http('/readyz'), periodSeconds: 2, failureThreshold: 2 },
          resources: resources(values.worker.cpu, values.worker.memoryMiB),
          volumeMounts: [
            file.mount,
            { name: 'tls', mountPath: TLS, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
            ...(hasSecrets ? [{ name: 'secrets', mountPath: SECRETS, readOnly: true }] : []),
          ],
        },
      ],
      volumes: [
        file.volume,
        certificateVolume('tls', workerCertificate(release)),
        { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
        ...(hasSecrets ? secretVolumes(release, values) : []),
      ],
    },
  };
}

/** Longest drain that values allow, and the goodbye. */
const GRACE_SECONDS = 300 + GRACE_MARGIN_SECONDS;
