import { describe, expect, it } from 'vitest';
import { renderManifests } from '../../../charts/index.ts';
import { type Manifest, pick } from '../inputs.ts';
import { objectsIn } from '../objects.ts';
import { objects, ofKind, region } from './deployments.ts';

const OLLAMA_URL = 'http://ollama.reviews-stores.svc:11434';
const ALL = [
  'resources:',
  '  a: { vectorStore: opensearch, collection: notes }',
  '  b: { vectorStore: elasticsearch, collection: pages }',
  '  c: { vectorStore: chroma, collection: chats }',
  `  d: { chat: ollama, model: "llama3.2", url: "${OLLAMA_URL}" }`,
  `  e: { embedding: ollama, model: nomic-embed-text, url: "${OLLAMA_URL}" }`,
  'stores: { ollama: { deploy: true } }',
];
const CLOUDS = ['aws', 'azure', 'gcp'] as const;
const all = objects(region({ lines: ALL }));
const stores = all.filter((object) => object.metadata.namespace === 'reviews-stores');
const workloads = (list: readonly Manifest[]) =>
  list.flatMap((object) => {
    const template =
      object.spec?.template ??
      object.spec?.jobTemplate?.spec.template ??
      (object.kind === 'Elasticsearch' ? object.spec.nodeSets[0].podTemplate : undefined);
    return template ? [{ object, template }] : [];
  });

describe('the namespace of the stores', () => {
  it('is restricted, denies what no policy names, and is there only when something runs in it', () => {
    const { labels } = pick(all, 'Namespace', 'reviews-stores').metadata;
    expect(labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    expect(pick(stores, 'NetworkPolicy', 'default-deny').spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
    const external = ['resources: { a: { vectorStore: chroma, collection: c, url: "https://chroma.example.net" } }'];
    for (const lines of [[], external])
      expect(ofKind(objects(region({ lines })), 'Namespace').map((one) => one.metadata.name)).toEqual(['reviews']);
  });

  it.each(CLOUDS)('is complete before what needs it on %s, file by file', (cloud) => {
    const files = renderManifests(region({ cloud, lines: ALL }));
    const seen = new Set<string>();
    for (const [name, text] of [...files].filter(([file]) => file.startsWith('platform/')).sort()) {
      for (const object of objectsIn(text)) {
        if (object.kind === 'Namespace') seen.add(object.metadata.name);
        else expect(seen, `${name} ${object.kind}`).toContain(object.metadata.namespace);
      }
    }
    expect([...seen].sort()).toEqual(['reviews', 'reviews-stores']);
  });

  it('gives the same bytes for the same file', () => {
    const bytes = () => JSON.stringify([...renderManifests(region({ lines: ALL }))]);
    expect(bytes()).toBe(bytes());
  });
});

describe.each(CLOUDS)('every pod of the platform on %s', (cloud) => {
  const pods = workloads(
    objects(
      region({
        cloud,
        lines: [...ALL, 'network: { egress: [a.example.net], enforcement: { azure: proxy, gcp: proxy } }'],
      }),
    ),
  );

  it.each(pods.map(({ object, template }) => [object.metadata.name, template.spec, object.kind] as const))(
    '%s meets the restricted standard, has limits, probes and no token',
    (_, spec, kind) => {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(spec.automountServiceAccountToken).toBe(false);
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toBe(container.resources.requests.memory);
        if (container.image !== undefined) expect(container.image).toMatch(/^[\w./-]+:[\w][\w.-]*$/);
        expect(container.image ?? '').not.toMatch(/:latest$/);
        for (const variable of container.env ?? []) expect(variable.valueFrom?.secretKeyRef).toBeUndefined();
      }
      if (kind === 'StatefulSet' || kind === 'Deployment') {
        for (const container of spec.containers)
          for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
            expect(container[probe], `${container.name} ${probe}`).toBeDefined();
      }
      for (const volume of spec.volumes ?? []) expect(volume).not.toHaveProperty('hostPath');
    },
  );
});

describe('traffic of the stores', () => {
  it('has a policy for every pod', () => {
    const policies = ofKind(stores, 'NetworkPolicy').filter((one) => one.metadata.name !== 'default-deny');
    for (const { object, template } of workloads(stores)) {
      const selecting = policies.filter((one) =>
        Object.entries(one.spec.podSelector.matchLabels).every(([k, v]) => template.metadata.labels[k] === v),
      );
      expect(selecting.map((one) => one.metadata.name)).toEqual([object.metadata.name]);
      expect(selecting[0].spec.policyTypes).toEqual(['Ingress', 'Egress']);
    }
  });

  it.each([
    ['opensearch', 9200],
    ['elasticsearch', 9200],
    ['chroma', 8000],
    ['ollama', 11434],
  ])('%s is reached from another namespace by workers of the deployment only', (store, port) => {
    const { ingress } = pick(stores, 'NetworkPolicy', store).spec;
    const others = ingress.filter((rule: Manifest) => rule.from.some((peer: Manifest) => peer.namespaceSelector));
    const operator = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'elastic-system' } } };
    expect(others.flatMap((rule: Manifest) => rule.from)).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'reviews' } },
        podSelector: { matchLabels: { 'headrace.dev/component': 'worker' } },
      },
      ...(store === 'elasticsearch' ? [operator] : []),
    ]);
    for (const rule of others) expect(rule.ports).toEqual([{ port, protocol: 'TCP' }]);
    const worker = pick(all, 'NetworkPolicy', `worker-${store}`);
    expect(worker.metadata.namespace).toBe('reviews');
    expect(worker.spec.egress[0].to[0].namespaceSelector.matchLabels).toEqual({
      'kubernetes.io/metadata.name': 'reviews-stores',
    });
    expect(worker.spec.egress[0].ports).toEqual([{ port, protocol: 'TCP' }]);
  });

  it('of a copy or snapshot job goes to its store and DNS alone', () => {
    for (const job of ['chroma-copy', 'opensearch-snapshot', 'elasticsearch-snapshot']) {
      const { ingress, egress } = pick(stores, 'NetworkPolicy', job).spec;
      expect(ingress ?? []).toEqual([]);
      expect(JSON.stringify(egress)).not.toContain('ipBlock');
      expect(egress).toHaveLength(2);
    }
  });
});

describe('OpenSearch', () => {
  const set = pick(stores, 'StatefulSet', 'opensearch').spec;
  const files = pick(stores, 'ConfigMap', 'opensearch').data;

  it('has three nodes on three machines, each with a volume, of which one may be away', () => {
    expect(set.replicas).toBe(3);
    const [term] = set.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    expect(term).toEqual({ topologyKey: 'kubernetes.io/hostname', labelSelector: set.selector });
    expect(set.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('51200Mi');
    expect(pick(stores, 'PodDisruptionBudget', 'opensearch').spec.maxUnavailable).toBe(1);
    expect(files['opensearch.yml']).toContain('opensearch-2');
  });

  it('speaks TLS between nodes and to clients, by certificates that are renewed', () => {
    expect(files['opensearch.yml']).toContain('plugins.security.ssl.http.enabled: true');
    expect(files['opensearch.yml']).toContain('plugins.security.ssl.certificates_hot_reload.enabled: true');
    for (const name of ['opensearch-node', 'opensearch-admin']) {
      const { spec } = pick(stores, 'Certificate', name);
      expect(spec.issuerRef).toEqual({ name: 'headrace', kind: 'Issuer', group: 'cert-manager.io' });
      expect(spec.privateKey).toMatchObject({ encoding: 'PKCS8', rotationPolicy: 'Always' });
    }
    expect(pick(stores, 'Issuer', 'headrace').spec).toEqual({ ca: { secretName: 'headrace-ca' } });
  });

  it('lets workers use the declared collections and gives nobody a password', () => {
    expect(files['roles.yml']).toMatch(/index_patterns:\n\s+- notes\n/);
    expect(files['roles.yml']).not.toContain('"*"');
    expect(files['internal_users.yml']).not.toContain('hash');
    expect(set.template.spec.containers[0].command).toEqual(['/usr/share/opensearch/bin/opensearch']);
  });

  it('is known to its administrator, the snapshot job, by a certificate that no other pod mounts', () => {
    const mounting = workloads(stores).filter(({ template }) =>
      (template.spec.volumes ?? []).some((volume: Manifest) => volume.secret?.secretName === 'opensearch-admin'),
    );
    expect(mounting.map(({ object }) => object.metadata.name)).toEqual(['opensearch-snapshot']);
  });

  it.each([
    ['aws', { type: 's3', settings: { bucket: 'reviews-only-state-5c1a9e', base_path: 'reviews/stores/opensearch' } }],
    ['gcp', { type: 'gcs', settings: { bucket: 'reviews-only-state-5c1a9e', base_path: 'reviews/stores/opensearch' } }],
    ['azure', { type: 'azure', settings: { container: 'state', base_path: 'reviews/stores/opensearch' } }],
  ] as const)('keeps snapshots in the state store of %s', (cloud, expected) => {
    const list = objects(region({ cloud, lines: [...ALL, ''] }));
    const job = pick(list, 'CronJob', 'opensearch-snapshot').spec;
    const env = job.jobTemplate.spec.template.spec.containers[0].env;
    expect(JSON.parse(env.find((one: Manifest) => one.name === 'REPOSITORY').value)).toEqual(expected);
    expect(env).toContainEqual({ name: 'RETAIN', value: '14' });
    expect(job).toMatchObject({ schedule: '17 3 * * *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid' });
  });

  it('has as many nodes as the file says', () => {
    const one = objects(
      region({
        lines: [
          'resources: { a: { vectorStore: opensearch, collection: c } }',
          'stores: { opensearch: { nodes: 1, volume: 8Gi } }',
        ],
      }),
    );
    expect(pick(one, 'StatefulSet', 'opensearch').spec.replicas).toBe(1);
    expect(pick(one, 'ConfigMap', 'opensearch').data['opensearch.yml']).toContain('discovery.type: single-node');
  });
});

describe('Elasticsearch', () => {
  it('is an object of its operator that keeps its volumes', () => {
    const { spec } = pick(stores, 'Elasticsearch', 'elasticsearch');
    expect(spec.nodeSets[0].count).toBe(3);
    expect(spec.nodeSets[0].volumeClaimTemplates[0].spec.resources.requests).toEqual({ storage: '51200Mi' });
    expect(spec.nodeSets[0].podTemplate.spec.containers[0].resources.limits).toEqual({ memory: '4096Mi' });
    expect(spec.volumeClaimDeletePolicy).toBe('DeleteOnScaledownOnly');
    expect(spec.nodeSets[0].volumeClaimTemplates[0].metadata.name).toBe('elasticsearch-data');
  });
});

describe('Chroma', () => {
  it('is one pod, whose copier shares its processes and can read its data only', () => {
    const { spec } = pick(stores, 'StatefulSet', 'chroma');
    expect(spec.replicas).toBe(1);
    expect(spec.template.spec.shareProcessNamespace).toBe(true);
    const [server, copier] = spec.template.spec.containers;
    expect(copier.volumeMounts).toContainEqual({ name: 'data', mountPath: '/data', readOnly: true });
    const { periodSeconds, failureThreshold } = server.livenessProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThan(240);
  });

  it.each([
    [
      'aws',
      ':s3,provider=AWS,env_auth=true,no_check_bucket=true,region=eu-central-1:reviews-only-state-5c1a9e/reviews/stores/chroma',
    ],
    [
      'gcp',
      ':gcs,env_auth=true,bucket_policy_only=true,no_check_bucket=true:reviews-only-state-5c1a9e/reviews/stores/chroma',
    ],
    [
      'azure',
      /^:azureblob,account=reviewsonly[0-9a-f]{8},env_auth=true,no_check_container=true:state\/reviews\/stores\/chroma$/,
    ],
  ] as const)('is copied to the state store of %s by the identity of its pod', (cloud, target) => {
    const { spec } = pick(objects(region({ cloud, lines: ALL })), 'StatefulSet', 'chroma');
    const env = spec.template.spec.containers[1].env;
    expect(env.find((one: Manifest) => one.name === 'TARGET').value).toEqual(
      typeof target === 'string' ? target : expect.stringMatching(target),
    );
  });
});

describe('Ollama', () => {
  it('pulls the models that resources name before it serves', () => {
    const { spec } = pick(stores, 'StatefulSet', 'ollama').spec.template;
    expect(spec.initContainers[0].env).toContainEqual({ name: 'WANTED', value: 'llama3.2 nomic-embed-text' });
    expect(spec.nodeSelector).toEqual({ 'headrace.dev/pool': 'worker' });
    expect(spec.containers[0].resources.limits['nvidia.com/gpu']).toBeUndefined();
  });

  it('takes devices on the nodes that have them', () => {
    const lines = [
      ...ALL.slice(0, -1),
      'stores: { ollama: { deploy: true, gpus: 2, nodeSelector: { accelerator: l4 } } }',
    ];
    const { spec } = pick(objects(region({ lines })), 'StatefulSet', 'ollama').spec.template;
    expect(spec.nodeSelector).toEqual({ accelerator: 'l4' });
    expect(spec.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
    const [container] = spec.containers;
    expect(String(container.resources.limits['nvidia.com/gpu'])).toBe('2');
    expect(container.resources.requests['nvidia.com/gpu']).toEqual(container.resources.limits['nvidia.com/gpu']);
  });
});

it('images come from a mirror where the file names one', () => {
  const lines = [...ALL.slice(0, -1), 'stores: { registry: mirror.example.com/hub, ollama: { deploy: true } }'];
  const [chroma] = pick(objects(region({ lines })), 'StatefulSet', 'chroma').spec.template.spec.containers;
  expect(chroma.image).toBe('mirror.example.com/hub/chromadb/chroma:1.5.9');
});
