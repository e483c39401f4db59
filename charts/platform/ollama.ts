import { k8s } from 'cdk8s-plus-27';
import { ownModels, STORE_PORTS } from '../../config/index.ts';
import { containerSecurity, onPool, podSecurity, poolSelector, port } from '../pod.ts';
import { componentLabels, componentSelector } from './labels.ts';
import {
  ingressFrom,
  metadata,
  policy,
  productImage,
  quantity,
  resources,
  type StoreContext,
  volumeClaim,
  workersOf,
  workersReach,
} from './store-pod.ts';

const OLLAMA = 'ollama';
const IMAGE = 'ollama/ollama:0.6.5';
const USER = 10005;
const MiB = 2 ** 20;

/**
 * Ollama with the models that resources name: pulled before it serves, kept on its volume. It has no TLS of its own; only
 * workers of the deployment reach it. Its pod may leave by TLS for the sake of that pull; the network's firewall says where to.
 */
export function ollama(context: StoreContext): void {
  const { chart, input } = context;
  const { deployment } = input;
  const { cpu, memory, volume, gpus, nodeSelector } = deployment.stores.ollama;
  const selector = { matchLabels: { ...componentSelector(OLLAMA) } };
  const number = STORE_PORTS.ollama;
  const image = productImage(deployment, IMAGE);
  const ready: k8s.HttpGetAction = { path: '/api/version', port: k8s.IntOrString.fromNumber(number) };
  const env = Object.entries({ HOME: '/models', OLLAMA_MODELS: '/models', OLLAMA_HOST: `0.0.0.0:${number}` }).map(
    ([name, value]) => ({ name, value }),
  );
  const volumeMounts = [
    { name: 'models', mountPath: '/models' },
    { name: 'tmp', mountPath: '/tmp' },
  ];
  const plain = resources(cpu, memory);
  const device = gpus > 0 ? { 'nvidia.com/gpu': k8s.Quantity.fromNumber(gpus) } : {};
  new k8s.KubeStatefulSet(chart, OLLAMA, {
    metadata: metadata(context, OLLAMA),
    spec: {
      replicas: 1,
      serviceName: OLLAMA,
      selector,
      template: {
        metadata: { labels: { ...componentLabels(OLLAMA) } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 120,
          securityContext: podSecurity(USER),
          ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : onPool('worker', poolSelector('worker'))),
          ...(gpus > 0 ? { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }] } : {}),
          initContainers: [
            {
              name: 'pull',
              image,
              imagePullPolicy: deployment.images.pullPolicy,
              command: ['sh', '-ec', PULL],
              env: [...env, { name: 'WANTED', value: ownModels(deployment).join(' ') }],
              securityContext: containerSecurity,
              resources: resources(0.5, 1024 * MiB),
              volumeMounts,
            },
          ],
          containers: [
            {
              name: OLLAMA,
              image,
              imagePullPolicy: deployment.images.pullPolicy,
              command: ['ollama', 'serve'],
              env,
              securityContext: containerSecurity,
              ports: [{ name: 'http', containerPort: number }],
              startupProbe: { httpGet: ready, periodSeconds: 2, failureThreshold: 60 },
              livenessProbe: { httpGet: ready, periodSeconds: 20, failureThreshold: 6 },
              readinessProbe: { httpGet: ready, periodSeconds: 5, failureThreshold: 3 },
              resources: {
                requests: { ...plain.requests, ...device },
                limits: { ...plain.limits, ...device },
              },
              volumeMounts,
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: quantity(1024 * MiB) } }],
        },
      },
      volumeClaimTemplates: [volumeClaim(context, 'models', volume, OLLAMA)],
    },
  });
  new k8s.KubeService(chart, 'ollama-service', {
    metadata: metadata(context, OLLAMA),
    spec: {
      selector: selector.matchLabels,
      ports: [{ name: 'http', port: number, targetPort: k8s.IntOrString.fromNumber(number) }],
    },
  });
  policy(
    context,
    OLLAMA,
    [ingressFrom(workersOf(context), number)],
    [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }], ports: [port(443)] }],
  );
  workersReach(context, OLLAMA, number);
}

/** Models that are on the volume already are not asked for again, so a pod comes up where their registry is away. */
const PULL = `export OLLAMA_HOST=127.0.0.1:11435
ollama serve & server=$!
trap 'kill $server' EXIT
until ollama list >/dev/null 2>&1; do sleep 1; done
for model in $WANTED; do
  ollama show "$model" >/dev/null 2>&1 || ollama pull "$model"
done`;
