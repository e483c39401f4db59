import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { imageReference, names, STORE_PORTS } from '../../config/index.ts';
import { containerSecurity, onPool, podSecurity, poolSelector, spread } from '../pod.ts';
import { snapshotRepository } from './backup-target.ts';
import { issuerRef, LEAF_DAYS } from './issuer.ts';
import { componentLabels, componentSelector } from './labels.ts';
import { ADMINISTRATOR, NODE_NAME, openSearchConfiguration, securityFiles } from './opensearch-configuration.ts';
import { CURL_IMAGE, scheduledJob } from './scheduled-job.ts';
import { SNAPSHOT_SCRIPT } from './snapshots.ts';
import {
  egressTo,
  ingressFrom,
  metadata,
  objectStore,
  podsOf,
  policy,
  quantity,
  resources,
  type StoreContext,
  volumeClaim,
  workersOf,
  workersReach,
} from './store-pod.ts';

const OPENSEARCH = 'opensearch';
const NODES = 'opensearch-nodes';
const JOB = 'opensearch-snapshot';
/** The user of the product's image. */
const USER = 1000;
const HOME = '/usr/share/opensearch';
const TRANSPORT_PORT = 9300;
const MiB = 2 ** 20;

/** OpenSearch: nodes that replicate to each other, TLS between them and for clients, snapshots to the object store. */
export function openSearch(context: StoreContext, collections: readonly string[]): void {
  const { chart, input } = context;
  const { deployment, region } = input;
  const { nodes } = deployment.stores.opensearch;
  const selector = { matchLabels: { ...componentSelector(OPENSEARCH) } };
  const port = STORE_PORTS.opensearch;

  const dnsNames = [
    OPENSEARCH,
    `${OPENSEARCH}.${context.namespace}.svc`,
    `${OPENSEARCH}.${context.namespace}.svc.cluster.local`,
  ];
  certificate(context, NODE_NAME, { dnsNames, usages: ['server auth', 'client auth'] });
  certificate(context, ADMINISTRATOR, { usages: ['client auth'] });
  new k8s.KubeConfigMap(chart, 'opensearch-configuration', {
    metadata: metadata(context, OPENSEARCH),
    data: { 'opensearch.yml': openSearchConfiguration(region, nodes), ...securityFiles(collections) },
  });
  new k8s.KubeService(chart, NODES, {
    metadata: metadata(context, OPENSEARCH, NODES),
    spec: {
      clusterIp: 'None',
      // Nodes find each other before any of them is ready.
      publishNotReadyAddresses: true,
      selector: selector.matchLabels,
      ports: [{ name: 'transport', port: TRANSPORT_PORT, targetPort: k8s.IntOrString.fromNumber(TRANSPORT_PORT) }],
    },
  });
  new k8s.KubeService(chart, OPENSEARCH, {
    metadata: metadata(context, OPENSEARCH),
    spec: {
      selector: selector.matchLabels,
      ports: [{ name: 'https', port, targetPort: k8s.IntOrString.fromNumber(port) }],
    },
  });
  new k8s.KubePodDisruptionBudget(chart, 'opensearch-budget', {
    metadata: metadata(context, OPENSEARCH),
    spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector },
  });
  statefulSet(context, nodes);
  policy(
    context,
    OPENSEARCH,
    [
      ingressFrom(workersOf(context), port),
      ingressFrom(podsOf(JOB), port),
      ingressFrom(podsOf(OPENSEARCH), TRANSPORT_PORT),
    ],
    [egressTo(podsOf(OPENSEARCH), TRANSPORT_PORT), ...objectStore(context)],
  );
  workersReach(context, OPENSEARCH, port);
  scheduledJob(context, {
    name: JOB,
    image: CURL_IMAGE,
    user: 10004,
    script: SNAPSHOT_SCRIPT,
    env: {
      URL: `https://${OPENSEARCH}:${port}`,
      REPOSITORY: JSON.stringify(snapshotRepository(region, OPENSEARCH)),
      RETAIN: String(deployment.stores.backup.retain),
      CURL_OPTIONS: '--cacert /certs/ca.crt --cert /certs/tls.crt --key /certs/tls.key',
    },
    deadlineSeconds: 4 * 3600,
    secrets: { '/certs': ADMINISTRATOR },
  });
  policy(context, JOB, [], [egressTo(podsOf(OPENSEARCH), port)]);
}

function certificate(
  { chart, input, namespace }: StoreContext,
  name: string,
  spec: { usages: string[]; dnsNames?: string[] },
): void {
  new ApiObject(chart, name, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name, namespace, labels: componentLabels(OPENSEARCH) },
    spec: {
      commonName: name,
      secretName: name,
      duration: `${LEAF_DAYS * 24}h`,
      renewBefore: `${30 * 24}h`,
      // OpenSearch reads keys in this encoding only.
      privateKey: { algorithm: 'RSA', size: 3072, encoding: 'PKCS8', rotationPolicy: 'Always' },
      ...spec,
      issuerRef: issuerRef(input.deployment),
    },
  });
}

function statefulSet(context: StoreContext, nodes: number): void {
  const { chart, input } = context;
  const { deployment, region } = input;
  const { memory, volume } = deployment.stores.opensearch;
  const registry = deployment.images.registry ?? input.outputs?.registry;
  const image = imageReference('opensearch', registry, deployment.images.tag);
  const selector = { matchLabels: { ...componentSelector(OPENSEARCH) } };
  const https = (path: string): k8s.HttpGetAction => ({
    path,
    port: k8s.IntOrString.fromNumber(STORE_PORTS.opensearch),
    scheme: 'HTTPS',
  });
  const heap = Math.floor(memory / MiB / 2);
  new k8s.KubeStatefulSet(chart, 'opensearch-pods', {
    metadata: metadata(context, OPENSEARCH),
    spec: {
      replicas: nodes,
      serviceName: NODES,
      // A first leader needs most of the nodes at once.
      podManagementPolicy: 'Parallel',
      selector,
      template: {
        metadata: {
          labels: {
            ...componentLabels(OPENSEARCH),
            ...(region.cloud === 'azure' ? { 'azure.workload.identity/use': 'true' } : {}),
          },
        },
        spec: {
          serviceAccountName: names.storesAccount(region.parts),
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 120,
          securityContext: podSecurity(USER),
          ...onPool('worker', poolSelector('worker')),
          topologySpreadConstraints: spread(selector.matchLabels),
          affinity: {
            podAntiAffinity: {
              // Two nodes on one machine would be lost together, with an index and its replica.
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: 'kubernetes.io/hostname', labelSelector: selector },
              ],
            },
          },
          initContainers: [
            {
              name: 'configuration',
              image,
              imagePullPolicy: deployment.images.pullPolicy,
              command: ['sh', '-ec', configure(region.cloud === 'azure' ? region.stateRoot.bucket : undefined)],
              securityContext: containerSecurity,
              resources: resources(0.1, 512 * MiB),
              volumeMounts: [
                { name: 'config', mountPath: '/config' },
                { name: 'headrace', mountPath: '/headrace', readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          containers: [
            {
              name: OPENSEARCH,
              image,
              imagePullPolicy: deployment.images.pullPolicy,
              // Not the image's script, which would make demonstration certificates and users.
              command: [`${HOME}/bin/opensearch`],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'OPENSEARCH_JAVA_OPTS', value: `-Xms${heap}m -Xmx${heap}m` },
                { name: 'LD_LIBRARY_PATH', value: `${HOME}/plugins/opensearch-knn/lib` },
              ],
              securityContext: containerSecurity,
              ports: [
                { name: 'https', containerPort: STORE_PORTS.opensearch },
                { name: 'transport', containerPort: TRANSPORT_PORT },
              ],
              startupProbe: {
                tcpSocket: { port: k8s.IntOrString.fromNumber(TRANSPORT_PORT) },
                periodSeconds: 5,
                failureThreshold: 60,
              },
              // Not REST: it answers 503 while there is no leader, and a killed node helps nobody.
              livenessProbe: {
                tcpSocket: { port: k8s.IntOrString.fromNumber(TRANSPORT_PORT) },
                periodSeconds: 20,
                failureThreshold: 6,
              },
              readinessProbe: { httpGet: https('/_cluster/health?local=true'), periodSeconds: 5, failureThreshold: 3 },
              resources: resources(1, memory),
              volumeMounts: [
                { name: 'data', mountPath: `${HOME}/data` },
                { name: 'config', mountPath: `${HOME}/config` },
                { name: 'certs', mountPath: `${HOME}/config/certs`, readOnly: true },
                { name: 'logs', mountPath: `${HOME}/logs` },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            { name: 'headrace', configMap: { name: OPENSEARCH } },
            { name: 'certs', secret: { secretName: NODE_NAME } },
            { name: 'config', emptyDir: { sizeLimit: quantity(64 * MiB) } },
            { name: 'logs', emptyDir: { sizeLimit: quantity(1024 * MiB) } },
            { name: 'tmp', emptyDir: { sizeLimit: quantity(1024 * MiB) } },
          ],
        },
      },
      volumeClaimTemplates: [volumeClaim(context, 'data', volume, OPENSEARCH)],
    },
  });
}

/** The image's configuration with ours over it, in a directory that may be written: OpenSearch makes its keystore there. */
const configure = (azureAccount: string | undefined) =>
  [
    `cp -R ${HOME}/config/. /config/`,
    'mkdir -p /config/opensearch-security /config/certs',
    'for file in /headrace/*.yml; do cp "$file" /config/opensearch-security/; done',
    'mv /config/opensearch-security/opensearch.yml /config/opensearch.yml',
    ...(azureAccount
      ? [
          'export OPENSEARCH_PATH_CONF=/config',
          `${HOME}/bin/opensearch-keystore create`,
          `printf %s ${azureAccount} | ${HOME}/bin/opensearch-keystore add --stdin azure.client.default.account`,
        ]
      : []),
  ].join('\n');
