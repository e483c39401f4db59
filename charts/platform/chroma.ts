import { k8s } from 'cdk8s-plus-27';
import { names, STORE_PORTS } from '../../config/index.ts';
import { containerSecurity, onPool, podSecurity, poolSelector } from '../pod.ts';
import { rcloneTarget } from './backup-target.ts';
import { ASK_SCRIPT, COPY_SCRIPT, FREEZE_SECONDS, LISTEN_SCRIPT } from './chroma-copy.ts';
import { componentLabels, componentSelector } from './labels.ts';
import { RCLONE_IMAGE, scheduledJob } from './scheduled-job.ts';
import {
  egressTo,
  ingressFrom,
  metadata,
  objectStore,
  podsOf,
  policy,
  productImage,
  quantity,
  resources,
  type StoreContext,
  volumeClaim,
  workersOf,
  workersReach,
} from './store-pod.ts';

const IMAGE = 'chromadb/chroma:1.5.9';
const USER = 10003;
const COPY_PORT = 8001;
const CHROMA = 'chroma';
const JOB = 'chroma-copy';
const copyResources = resources(0.25, 512 * 2 ** 20);

/**
 * Chroma: one node, since the product cannot replicate. Its volume outlives the pod, and a copy goes to the object store.
 * It has no TLS and no user of its own: only workers of the deployment reach it.
 */
export function chroma(context: StoreContext): void {
  const { chart, input } = context;
  const { stores, images } = input.deployment;
  const labels = componentLabels(CHROMA);
  const selector = { matchLabels: { ...componentSelector(CHROMA) } };
  const port = STORE_PORTS.chroma;
  const heartbeat: k8s.HttpGetAction = { path: '/api/v2/heartbeat', port: k8s.IntOrString.fromNumber(port) };

  new k8s.KubeConfigMap(chart, 'chroma-scripts', {
    metadata: metadata(context, CHROMA, 'chroma-scripts'),
    data: { 'copy.sh': COPY_SCRIPT },
  });
  new k8s.KubeStatefulSet(chart, CHROMA, {
    metadata: metadata(context, CHROMA),
    spec: {
      replicas: 1,
      serviceName: CHROMA,
      selector,
      template: {
        metadata: {
          labels: {
            ...labels,
            ...(input.region.cloud === 'azure' ? { 'azure.workload.identity/use': 'true' } : {}),
          },
        },
        spec: {
          serviceAccountName: names.storesAccount(input.region.parts),
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 60,
          // The copier stops Chroma's process for a moment; both are one user's.
          shareProcessNamespace: true,
          securityContext: podSecurity(USER),
          ...onPool('worker', poolSelector('worker')),
          containers: [
            {
              name: CHROMA,
              image: productImage(input.deployment, IMAGE),
              imagePullPolicy: images.pullPolicy,
              command: ['chroma', 'run', '--host', '0.0.0.0', '--port', String(port), '--path', '/data'],
              env: [
                { name: 'ANONYMIZED_TELEMETRY', value: 'False' },
                { name: 'HOME', value: '/tmp' },
              ],
              securityContext: containerSecurity,
              ports: [{ name: 'http', containerPort: port }],
              startupProbe: { httpGet: heartbeat, periodSeconds: 2, failureThreshold: 150 },
              // Not before a copy is over, during which Chroma stands still.
              livenessProbe: { httpGet: heartbeat, periodSeconds: 30, failureThreshold: FREEZE_SECONDS / 30 + 4 },
              readinessProbe: { httpGet: heartbeat, periodSeconds: 2, failureThreshold: 3 },
              resources: resources(0.5, stores.chroma.memory),
              volumeMounts: [
                { name: 'data', mountPath: '/data' },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
            {
              name: 'copier',
              image: productImage(input.deployment, RCLONE_IMAGE),
              imagePullPolicy: images.pullPolicy,
              command: ['sh', '-c', LISTEN_SCRIPT],
              env: Object.entries({
                TARGET: rcloneTarget(input.region, CHROMA),
                RETAIN: String(stores.backup.retain),
                DATA: '/data',
                COPY: '/copy',
                PROCESS: CHROMA,
                PORT: String(COPY_PORT),
                RCLONE_CONFIG: '/nowhere',
                HOME: '/tmp',
              }).map(([name, value]) => ({ name, value })),
              securityContext: containerSecurity,
              ports: [{ name: 'copy', containerPort: COPY_PORT }],
              // A connection is a request for a copy: a probe by TCP would ask for one.
              ...execProbes(['pidof', 'nc']),
              resources: copyResources,
              volumeMounts: [
                { name: 'data', mountPath: '/data', readOnly: true },
                { name: 'copy', mountPath: '/copy' },
                { name: 'scripts', mountPath: '/scripts', readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            { name: 'scripts', configMap: { name: 'chroma-scripts' } },
            { name: 'tmp', emptyDir: { sizeLimit: quantity(2 ** 28) } },
          ],
        },
      },
      volumeClaimTemplates: [
        volumeClaim(context, 'data', stores.chroma.volume, CHROMA),
        volumeClaim(context, 'copy', stores.chroma.volume, CHROMA),
      ],
    },
  });
  new k8s.KubeService(chart, 'chroma-service', {
    metadata: metadata(context, CHROMA),
    spec: {
      selector: selector.matchLabels,
      ports: [{ name: 'http', port, targetPort: k8s.IntOrString.fromNumber(port) }],
    },
  });
  // Not by name of a ready pod: a copy makes Chroma unready for a moment.
  new k8s.KubeService(chart, 'chroma-copy-service', {
    metadata: metadata(context, CHROMA, JOB),
    spec: {
      selector: selector.matchLabels,
      publishNotReadyAddresses: true,
      ports: [{ name: 'copy', port: COPY_PORT, targetPort: k8s.IntOrString.fromNumber(COPY_PORT) }],
    },
  });
  // One pod: a drain of its node waits until somebody moves it on purpose.
  new k8s.KubePodDisruptionBudget(chart, 'chroma-budget', {
    metadata: metadata(context, CHROMA),
    spec: { maxUnavailable: k8s.IntOrString.fromNumber(0), selector },
  });
  policy(
    context,
    CHROMA,
    [ingressFrom(workersOf(context), port), ingressFrom(podsOf(JOB), COPY_PORT)],
    objectStore(context),
  );
  workersReach(context, CHROMA, port);
  scheduledJob(context, {
    name: JOB,
    image: RCLONE_IMAGE,
    user: USER,
    script: ASK_SCRIPT,
    env: { HOST: JOB, PORT: String(COPY_PORT) },
    deadlineSeconds: 3600,
  });
  policy(context, JOB, [], [egressTo(podsOf(CHROMA), COPY_PORT)]);
}

const execProbes = (command: string[]) => ({
  startupProbe: { exec: { command }, periodSeconds: 1, failureThreshold: 30 },
  livenessProbe: { exec: { command }, periodSeconds: 30, failureThreshold: 3 },
  readinessProbe: { exec: { command }, periodSeconds: 30, failureThreshold: 3 },
});
