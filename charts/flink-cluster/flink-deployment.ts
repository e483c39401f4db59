import { ApiObject, type Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { labels, selectorLabels } from '../pod.ts';
import type { Release } from '../release.ts';
import { LOG4J } from './config-map.ts';
import { flinkClient } from './network-policies.ts';
import { operatorConfiguration } from './operator-configuration.ts';
import { PORTS } from './ports.ts';
import { podSpec, tcp } from './processes.ts';
import type { FlinkValues } from './values.ts';

const CHART = 'flink-cluster';
/** The container that the operator completes with image, command, resources and ports. */
const MAIN_CONTAINER = 'flink-main-container';
/** Where the image has the job, and its class. */
const JAR = 'local:///opt/flink/usrlib/headrace-bridge.jar';
const ENTRY_CLASS = 'dev.headrace.flink.job.AgentJob';
/** Scripts that the operator's command names are looked for here. */
const PATH =
  '/opt/flink/bin:/opt/headrace/bin:/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The cluster and its job as one FlinkDeployment in application mode: only there does the operator roll a broken upgrade
 * back (its docs, "Application upgrade rollbacks"), and a FlinkSessionJob's jar would have to be on the operator's disk.
 * Native mode, which its docs advise: the leader makes and replaces TaskManagers by itself, and the autoscaler can act.
 */
export function flinkDeployment(chart: Chart, release: Release, values: FlinkValues): ApiObject {
  const { operator, jobManager, taskManager } = values;
  return new ApiObject(chart, 'flink-deployment', {
    apiVersion: 'flink.apache.org/v1beta1',
    kind: 'FlinkDeployment',
    metadata: { name: release.name, namespace: release.namespace, labels: labels(CHART, release.name, 'cluster') },
    spec: {
      mode: 'native',
      image: `${values.image.repository}:${values.image.tag}`,
      imagePullPolicy: values.image.pullPolicy,
      flinkVersion: operator.flinkVersion,
      serviceAccount: values.serviceAccount.name,
      flinkConfiguration: operatorConfiguration(values),
      logConfiguration: { 'log4j-console.properties': LOG4J },
      jobManager: {
        replicas: jobManager.replicas,
        resource: { cpu: jobManager.cpu, memory: `${jobManager.memoryMiB}m` },
        podTemplate: jobManagerTemplate(release, values),
      },
      taskManager: {
        resource: { cpu: taskManager.cpu, memory: `${taskManager.memoryMiB}m` },
        podTemplate: taskManagerTemplate(release, values),
      },
      job: {
        jarURI: JAR,
        entryClass: ENTRY_CLASS,
        args: ['--specification', operator.specification],
        parallelism: operator.parallelism,
        state: 'running',
        upgradeMode: operator.upgradeMode,
        allowNonRestoredState: false,
      },
    },
  });
}

const jobManagerTemplate = (release: Release, values: FlinkValues) =>
  template(release, values, 'jobmanager', flinkClient(release.name), {
    ports: [
      { name: 'metrics', containerPort: PORTS.metrics },
      { name: 'query', containerPort: PORTS.query },
    ],
    // No startup probe: the operator adds one that also sees a job that cannot be submitted.
    livenessProbe: { tcpSocket: tcp(PORTS.rpc), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { tcpSocket: tcp(PORTS.rest), periodSeconds: 2, failureThreshold: 3 },
  });

const taskManagerTemplate = (release: Release, values: FlinkValues) =>
  template(
    release,
    values,
    'taskmanager',
    {},
    {
      ports: [
        { name: 'metrics', containerPort: PORTS.metrics },
        { name: 'query', containerPort: PORTS.query },
        { name: 'data', containerPort: PORTS.taskManagerData },
      ],
      startupProbe: { tcpSocket: tcp(PORTS.taskManagerRpc), periodSeconds: 2, failureThreshold: 60 },
      livenessProbe: { tcpSocket: tcp(PORTS.taskManagerRpc), periodSeconds: 10, failureThreshold: 6 },
      readinessProbe: { tcpSocket: tcp(PORTS.taskManagerRpc), periodSeconds: 5, failureThreshold: 3 },
    },
    workVolume(values),
  );

/** A volume that lives as long as its pod: pods of the operator have no names to find an older one by. */
const workVolume = ({ taskManager }: FlinkValues): k8s.Volume => ({
  name: 'work',
  ephemeral: {
    volumeClaimTemplate: {
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: taskManager.storageClassName,
        resources: { requests: { storage: k8s.Quantity.fromString(`${taskManager.volumeGiB}Gi`) } },
      },
    },
  },
});

/** The pods of our own workloads without what the operator brings: configuration, image, identity, resources. */
function template(
  release: Release,
  values: FlinkValues,
  component: 'jobmanager' | 'taskmanager',
  moreLabels: Readonly<Record<string, string>>,
  container: Omit<k8s.Container, 'name'>,
  work?: k8s.Volume,
): object {
  const mounts = work ? [{ name: work.name, mountPath: '/var/lib/flink' }] : [];
  const selector = selectorLabels(CHART, release.name, component);
  const {
    containers,
    volumes = [],
    serviceAccountName: _,
    ...pod
  } = podSpec(
    release,
    values,
    selector,
    { ...container, name: MAIN_CONTAINER, env: [{ name: 'PATH', value: PATH }] },
    mounts,
  );
  return k8s.toJson_PodTemplateSpec({
    metadata: {
      labels: { ...labels(CHART, release.name, component), ...moreLabels, ...values.podLabels },
      annotations: { 'headrace.dev/job-hash': values.operator.jobHash },
    },
    spec: {
      ...pod,
      containers: containers.map(({ image: _image, imagePullPolicy: _policy, volumeMounts = [], ...rest }) => ({
        ...rest,
        volumeMounts: volumeMounts.filter(({ name }) => name !== 'config'),
      })),
      volumes: [...volumes.filter(({ name }) => name !== 'config'), ...(work ? [work] : [])],
    },
  }) as object;
}
