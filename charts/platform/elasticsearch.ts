import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { names, STORE_PORTS } from '../../config/index.ts';
import { containerSecurity, onPool, podSecurity, poolSelector, spread } from '../pod.ts';
import { snapshotRepository } from './backup-target.ts';
import { componentLabels, componentSelector } from './labels.ts';
import { CURL_IMAGE, scheduledJob } from './scheduled-job.ts';
import { SNAPSHOT_SCRIPT } from './snapshots.ts';
import {
  egressTo,
  ingressFrom,
  metadata,
  objectStore,
  podsOf,
  policy,
  productImage,
  resources,
  type StoreContext,
  volumeClaim,
  workersOf,
  workersReach,
} from './store-pod.ts';

const ELASTICSEARCH = 'elasticsearch';
const JOB = 'elasticsearch-snapshot';
const VERSION = '8.17.4';
const USER = 1000;
const TRANSPORT_PORT = 9300;

/**
 * Elasticsearch as an object of its operator, ECK, which makes its certificates, users and disruption budget. Repositories
 * for S3, Cloud Storage and Azure are part of the product's image.
 */
export function elasticsearch(context: StoreContext): void {
  const { chart, input } = context;
  const { deployment, region } = input;
  const { nodes, memory, volume } = deployment.stores.elasticsearch;
  const port = STORE_PORTS.elasticsearch;
  const selector = componentSelector(ELASTICSEARCH);
  // Quantities are objects until a typed construct writes them; this object has none.
  const { metadata: claimMetadata, spec: claimSpec } = k8s.toJson_KubePersistentVolumeClaimProps(
    volumeClaim(context, 'elasticsearch-data', volume, ELASTICSEARCH),
  ) as { metadata: object; spec: object };
  const claim = { metadata: claimMetadata, spec: claimSpec };
  new ApiObject(chart, ELASTICSEARCH, {
    apiVersion: 'elasticsearch.k8s.elastic.co/v1',
    kind: 'Elasticsearch',
    metadata: metadata(context, ELASTICSEARCH),
    spec: {
      version: VERSION,
      ...(deployment.stores.registry
        ? { image: productImage(deployment, `elasticsearch/elasticsearch:${VERSION}`) }
        : {}),
      http: { service: { spec: { type: 'ClusterIP' } } },
      // Claims outlive the object: deleting it must not delete what is stored.
      volumeClaimDeletePolicy: 'DeleteOnScaledownOnly',
      updateStrategy: { changeBudget: { maxUnavailable: 1, maxSurge: 0 } },
      nodeSets: [
        {
          name: 'all',
          count: nodes,
          config: { 'node.store.allow_mmap': false },
          podTemplate: {
            metadata: {
              labels: {
                ...componentLabels(ELASTICSEARCH),
                ...(region.cloud === 'azure' ? { 'azure.workload.identity/use': 'true' } : {}),
              },
            },
            spec: {
              serviceAccountName: names.storesAccount(region.parts),
              automountServiceAccountToken: false,
              securityContext: podSecurity(USER),
              ...onPool('worker', poolSelector('worker')),
              topologySpreadConstraints: spread(selector),
              containers: [
                {
                  name: ELASTICSEARCH,
                  securityContext: containerSecurity,
                  resources: k8s.toJson_ResourceRequirements(resources(1, memory)),
                },
              ],
            },
          },
          volumeClaimTemplates: [claim],
        },
      ],
    },
  });
  policy(
    context,
    ELASTICSEARCH,
    [
      ingressFrom(workersOf(context), port),
      ingressFrom(podsOf(JOB), port),
      ingressFrom(podsOf(ELASTICSEARCH), TRANSPORT_PORT),
      ingressFrom({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'elastic-system' } } }, port),
    ],
    [egressTo(podsOf(ELASTICSEARCH), TRANSPORT_PORT, port), ...objectStore(context)],
  );
  workersReach(context, ELASTICSEARCH, port);
  scheduledJob(context, {
    name: JOB,
    image: CURL_IMAGE,
    user: 10004,
    // The password is a file, and goes to curl in a file: not through an environment or an argument.
    script: `printf 'user = "elastic:%s"\\n' "$(cat /user/elastic)" > /tmp/user\n${SNAPSHOT_SCRIPT}`,
    env: {
      URL: `https://elasticsearch-es-http.${context.namespace}.svc:${port}`,
      REPOSITORY: JSON.stringify(snapshotRepository(region, ELASTICSEARCH)),
      RETAIN: String(deployment.stores.backup.retain),
      CURL_OPTIONS: '--cacert /certs/ca.crt --config /tmp/user',
    },
    deadlineSeconds: 4 * 3600,
    secrets: { '/certs': 'elasticsearch-es-http-certs-public', '/user': 'elasticsearch-es-elastic-user' },
  });
  policy(context, JOB, [], [egressTo(podsOf(ELASTICSEARCH), port)]);
}
