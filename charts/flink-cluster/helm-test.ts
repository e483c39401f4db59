import type { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { asText } from '../helm/placeholder.ts';
import { TEST_HOOK } from '../helm/test-pod.ts';
import {
  certificateVolume,
  containerSecurity,
  DNS_RULE,
  labels,
  onPool,
  podSecurity,
  port,
  RUN_AS,
  resources,
  selectorLabels,
} from '../pod.ts';
import type { Release } from '../release.ts';
import { certificateName } from './certificate.ts';
import { flinkClient } from './network-policies.ts';
import { PORTS } from './ports.ts';
import { TLS_DIRECTORY } from './processes.ts';
import type { FlinkValues } from './values.ts';

const CHART = 'flink-cluster';

/** `helm test`: the REST API answers by mutual TLS, and every slot is registered. */
export function helmTest(chart: Chart, release: Release, values: FlinkValues): void {
  const own = labels(CHART, release.name, 'test');
  const metadata = { name: `${release.name}-test`, namespace: release.namespace, annotations: TEST_HOOK };
  new k8s.KubeNetworkPolicy(chart, 'test-policy', {
    metadata: { ...metadata, labels: own, annotations: { ...TEST_HOOK, 'helm.sh/hook-weight': '-1' } },
    spec: {
      podSelector: { matchLabels: { ...selectorLabels(CHART, release.name, 'test') } },
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        DNS_RULE,
        {
          to: [{ podSelector: { matchLabels: { ...selectorLabels(CHART, release.name, 'jobmanager') } } }],
          ports: [port(PORTS.rest)],
        },
      ],
    },
  });
  new k8s.KubePod(chart, 'test', {
    metadata: { ...metadata, labels: { ...own, ...flinkClient(release.name) } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      activeDeadlineSeconds: 120,
      securityContext: podSecurity(RUN_AS.flink),
      ...onPool('flink', values.scheduling.nodeSelector),
      containers: [
        {
          name: 'test',
          image: `${values.image.repository}:${values.image.tag}`,
          imagePullPolicy: values.image.pullPolicy,
          command: ['java', '-Xmx64m', '-cp', '/opt/headrace/lib/headrace-launch.jar'],
          args: ['dev.headrace.flink.launch.SlotCheck'],
          env: [
            { name: 'REST_URL', value: `https://${release.name}-rest:${PORTS.rest}` },
            { name: 'HEADRACE_TLS_DIR', value: TLS_DIRECTORY },
            { name: 'TASK_MANAGERS', value: asText(values.taskManager.replicas) },
            { name: 'SLOTS', value: asText(values.taskManager.slots) },
          ],
          securityContext: containerSecurity,
          resources: resources(0.05, 192),
          volumeMounts: [
            { name: 'tls', mountPath: TLS_DIRECTORY, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        certificateVolume('tls', certificateName(release)),
        { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
      ],
    },
  });
}
