import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
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
} from '../pod.ts';
import type { Release } from '../release.ts';
import { certificateName } from './certificate.ts';
import { configMapName, configurationChecksum } from './config-map.ts';
import { flinkClient } from './network-policies.ts';
import { PORTS } from './ports.ts';
import type { FlinkValues } from './values.ts';

const CHART = 'flink-cluster';
/** Flink closes its services within 30 s of SIGTERM; a pod's default of 30 s would cut that short. */
const GRACE_SECONDS = 75;
/** Where a process finds its certificate; TaskManagers show the same one to workers. */
export const TLS_DIRECTORY = '/etc/headrace/tls';
/** Starts a process of Flink with key stores made of that certificate. */
const LAUNCHER = '/opt/headrace/bin/flink-process';

const REQUIRE_TLS: k8s.EnvVar = { name: 'HEADRACE_REQUIRE_TLS', value: 'true' };
export const tcp = (port: number): k8s.TcpSocketAction => ({ port: k8s.IntOrString.fromNumber(port) });

/** All but what a TaskManager's volume adds. */
export function podSpec(
  release: Release,
  values: FlinkValues,
  selector: Readonly<Record<string, string>>,
  container: k8s.Container,
  volumeMounts: k8s.VolumeMount[] = [],
): k8s.PodSpec {
  return {
    serviceAccountName: values.serviceAccount.name,
    // Service links would put the address of every Service into the environment, which Flink's scripts read.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: podSecurity(RUN_AS.flink),
    priorityClassName: values.scheduling.priorityClassName,
    ...onPool('flink', values.scheduling.nodeSelector),
    topologySpreadConstraints: spread(selector),
    containers: [
      {
        ...container,
        image: `${values.image.repository}:${values.image.tag}`,
        imagePullPolicy: values.image.pullPolicy,
        securityContext: containerSecurity,
        volumeMounts: [
          { name: 'config', mountPath: '/opt/flink/conf', readOnly: true },
          { name: 'tls', mountPath: TLS_DIRECTORY, readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
          ...volumeMounts,
        ],
      },
    ],
    volumes: [
      { name: 'config', configMap: { name: configMapName(release) } },
      certificateVolume('tls', certificateName(release)),
      { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('1Gi') } },
    ],
  };
}

export const jobManagerName = (release: Release) => `${release.name}-jobmanager`;
export const taskManagerName = (release: Release) => `${release.name}-taskmanager`;

/** JobManagers: a leader and its standbys, elected through Kubernetes or ZooKeeper. */
export function jobManagers(chart: Chart, release: Release, values: FlinkValues): void {
  const selector = selectorLabels(CHART, release.name, 'jobmanager');
  new k8s.KubeDeployment(chart, 'jobmanager', {
    metadata: {
      name: jobManagerName(release),
      namespace: release.namespace,
      labels: labels(CHART, release.name, 'jobmanager'),
    },
    spec: {
      replicas: values.jobManager.replicas,
      // A new one is ready before an old one goes, so a roll costs one change of leader.
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: k8s.IntOrString.fromNumber(0), maxSurge: k8s.IntOrString.fromNumber(1) },
      },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          annotations: configurationChecksum(values),
          labels: { ...labels(CHART, release.name, 'jobmanager'), ...flinkClient(release.name), ...values.podLabels },
        },
        spec: podSpec(release, values, selector, {
          name: 'jobmanager',
          // Every JobManager tells the others its own address: a name is one that a standby cannot resolve.
          command: [
            LAUNCHER,
            'jobmanager',
            '-D',
            'jobmanager.rpc.address=$(POD_IP)',
            '-D',
            'jobmanager.bind-host=$(POD_IP)',
          ],
          env: [fieldEnv('POD_IP', 'status.podIP'), fieldEnv('POD_NAME', 'metadata.name'), REQUIRE_TLS],
          ports: [
            { name: 'rpc', containerPort: PORTS.rpc },
            { name: 'blob', containerPort: PORTS.blob },
            { name: 'query', containerPort: PORTS.query },
            { name: 'rest', containerPort: PORTS.rest },
            { name: 'metrics', containerPort: PORTS.metrics },
          ],
          startupProbe: { tcpSocket: tcp(PORTS.rest), periodSeconds: 2, failureThreshold: 150 },
          // Not REST: it answers 503 while leaders change, and a killed standby helps nobody.
          livenessProbe: { tcpSocket: tcp(PORTS.rpc), periodSeconds: 10, failureThreshold: 6 },
          // The kubelet has no client certificate to ask REST with.
          readinessProbe: { tcpSocket: tcp(PORTS.rest), periodSeconds: 2, failureThreshold: 3 },
          resources: resources(values.jobManager.cpu, values.jobManager.memoryMiB),
        }),
      },
    },
  });
}

/** TaskManagers: each with a name and a volume that outlive its pod, so that it finds its local state again. */
export function taskManagers(chart: Chart, release: Release, values: FlinkValues): void {
  const selector = selectorLabels(CHART, release.name, 'taskmanager');
  new k8s.KubeStatefulSet(chart, 'taskmanager', {
    metadata: {
      name: taskManagerName(release),
      namespace: release.namespace,
      labels: labels(CHART, release.name, 'taskmanager'),
    },
    spec: {
      replicas: values.taskManager.replicas,
      serviceName: taskManagerName(release),
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate' },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          annotations: configurationChecksum(values),
          labels: { ...labels(CHART, release.name, 'taskmanager'), ...values.podLabels },
        },
        spec: podSpec(
          release,
          values,
          selector,
          {
            name: 'taskmanager',
            command: [
              LAUNCHER,
              'taskmanager',
              '-D',
              'taskmanager.host=$(POD_IP)',
              '-D',
              'taskmanager.resource-id=$(POD_NAME)',
            ],
            env: [fieldEnv('POD_IP', 'status.podIP'), fieldEnv('POD_NAME', 'metadata.name'), REQUIRE_TLS],
            ports: [
              { name: 'rpc', containerPort: PORTS.taskManagerRpc },
              { name: 'data', containerPort: PORTS.taskManagerData },
              { name: 'query', containerPort: PORTS.query },
              { name: 'metrics', containerPort: PORTS.metrics },
            ],
            startupProbe: { tcpSocket: tcp(PORTS.taskManagerRpc), periodSeconds: 2, failureThreshold: 150 },
            livenessProbe: { tcpSocket: tcp(PORTS.taskManagerRpc), periodSeconds: 10, failureThreshold: 6 },
            // Not "registered with a JobManager": without a leader no TaskManager would be ready, and a rollout would hang.
            readinessProbe: { tcpSocket: tcp(PORTS.taskManagerRpc), periodSeconds: 5, failureThreshold: 3 },
            resources: resources(values.taskManager.cpu, values.taskManager.memoryMiB),
          },
          [{ name: 'work', mountPath: '/var/lib/flink' }],
        ),
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'work', labels: selector },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: values.taskManager.storageClassName,
            resources: { requests: { storage: k8s.Quantity.fromString(`${values.taskManager.volumeGiB}Gi`) } },
          },
        },
      ],
    },
  });
}
