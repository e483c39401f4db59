import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { isTrue, onlyWhen } from '../helm/conditions.ts';
import { containerSecurity, labels, resources } from '../pod.ts';
import type { Release } from '../release.ts';
import { commandPod, commandSelector, jobOf } from './command-pod.ts';
import { HEALTH_PORT } from './ports.ts';
import type { AgentsValues } from './values.ts';

const COMPONENT = 'replicator';
const SOCKETS = '/run/headrace';
const SOCKET = `${SOCKETS}/flink-metadata`;
/** Of the container's memory; the rest is the JVM's own. */
const HEAP_PERCENT = 60;
const METADATA_CPU = 0.05;
const LISTENS: k8s.ExecAction = { command: ['test', '-S', SOCKET] };

/**
 * Pulls restore points of other regions into this one's store, with an identity that can only read there.
 * @param home in active-active the region whose own job it is: it is copied from whichever other region has it.
 */
export function replicator(chart: Chart, release: Release, values: AgentsValues, home?: string): void {
  const name = home === undefined ? COMPONENT : `${COMPONENT}-${home}`;
  const http = (path: string): k8s.HttpGetAction => ({ path, port: k8s.IntOrString.fromNumber(HEALTH_PORT) });
  const deployment = new k8s.KubeDeployment(chart, name, {
    metadata: {
      name: `${release.name}-${name}`,
      namespace: release.namespace,
      labels: { ...labels('agents-app', release.name, COMPONENT), ...jobOf(home) },
    },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { ...commandSelector(release, COMPONENT), ...jobOf(home) } },
      template: commandPod(release, values, {
        component: COMPONENT,
        home,
        args: ['replicate'],
        serviceAccountName: values.replicatorAccount.name,
        restartPolicy: 'Always',
        env: [
          { name: 'HEADRACE_HTTP', value: `0.0.0.0:${HEALTH_PORT}` },
          { name: 'HEADRACE_FLINK_METADATA', value: SOCKET },
        ],
        beside: metadataReader(values),
        mounts: [{ name: 'flink-metadata', mountPath: SOCKETS }],
        volumes: [
          { name: 'flink-metadata', emptyDir: { sizeLimit: k8s.Quantity.fromString('1Mi') } },
          { name: 'flink-metadata-tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('256Mi') } },
        ],
        container: {
          ports: [{ name: 'metrics', containerPort: HEALTH_PORT }],
          startupProbe: { httpGet: http('/livez'), periodSeconds: 1, failureThreshold: 180 },
          livenessProbe: { httpGet: http('/livez'), periodSeconds: 10, failureThreshold: 3 },
          readinessProbe: { httpGet: http('/readyz'), periodSeconds: 5, failureThreshold: 3 },
        },
      }),
    },
  });
  onlyWhen(deployment, isTrue('replicator.enabled'));
}

/**
 * Which files a checkpoint needs is told by Flink's own classes, which the worker image has not: the Flink image answers over a
 * socket that both containers see. It needs neither an identity nor the network.
 */
const metadataReader = ({ replicator: { metadata }, image }: AgentsValues): k8s.Container => ({
  name: 'flink-metadata',
  image: `${metadata.repository}:${metadata.tag}`,
  imagePullPolicy: image.pullPolicy,
  command: ['/opt/java/bin/java'],
  args: [
    `-XX:MaxRAMPercentage=${HEAP_PERCENT}`,
    '-XX:+UseSerialGC',
    '-XX:-UsePerfData',
    '-cp',
    '/opt/flink/usrlib/headrace-bridge.jar:/opt/flink/lib/*',
    'dev.headrace.flink.checkpoint.CheckpointFiles',
    '--listen',
    SOCKET,
  ],
  securityContext: containerSecurity,
  startupProbe: { exec: LISTENS, periodSeconds: 1, failureThreshold: 180 },
  livenessProbe: { exec: LISTENS, periodSeconds: 30, failureThreshold: 3 },
  readinessProbe: { exec: LISTENS, periodSeconds: 5, failureThreshold: 3 },
  resources: resources(METADATA_CPU, metadata.memoryMiB),
  volumeMounts: [
    { name: 'flink-metadata', mountPath: SOCKETS },
    { name: 'flink-metadata-tmp', mountPath: '/tmp' },
  ],
});
