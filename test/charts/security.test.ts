import { describe, expect, it } from 'vitest';
import { names } from '../../config/index.ts';
import { inputs, type Manifest, manifests, ONE_REGION, pick, THREE_REGIONS } from './inputs.ts';

const all = [...inputs(THREE_REGIONS), ...inputs(ONE_REGION)].map((input) => ({ input, objects: manifests(input) }));
const podOf = (o: Manifest): Manifest => (o.kind === 'CronJob' ? o.spec.jobTemplate.spec.template : o.spec?.template);
const pods = all.flatMap(({ input, objects }) =>
  objects
    .filter((o: Manifest) => podOf(o)?.spec)
    .map((o: Manifest) => ({
      label: `${input.region.name} ${o.kind} ${o.metadata.name}`,
      spec: podOf(o).spec,
      ends: o.kind === 'CronJob',
    })),
);

describe('every pod meets the restricted Pod Security Standard', () => {
  it.each(pods.map(({ label, spec, ends }) => [label, spec, ends] as const))('%s', (_, spec, ends) => {
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(spec.hostNetwork ?? false).toBe(false);
    for (const container of spec.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.resources.limits.memory).toBe(container.resources.requests.memory);
      // What runs to its end has a deadline instead.
      if (ends) continue;
      expect(container.startupProbe, 'startup probe').toBeDefined();
      expect(container.livenessProbe, 'liveness probe').toBeDefined();
      expect(container.readinessProbe, 'readiness probe').toBeDefined();
    }
    for (const volume of spec.volumes ?? [])
      expect(Object.keys(volume).filter((key) => key !== 'name')).not.toContain('hostPath');
  });
});

describe('namespaces', () => {
  it('enforce the restricted standard and deny all traffic that no policy names', () => {
    for (const { input, objects } of all) {
      const namespace = pick(objects, 'Namespace', names.namespace(input.region.parts));
      expect(namespace.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
      expect(pick(objects, 'NetworkPolicy', 'default-deny').spec).toEqual({
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
      });
    }
  });

  it('hold every namespaced object of the charts', () => {
    for (const { input, objects } of all) {
      for (const object of objects.filter((o: Manifest) => o.kind !== 'Namespace'))
        expect(object.metadata.namespace, object.metadata.name).toBe(names.namespace(input.region.parts));
    }
  });
});

describe('identities', () => {
  it('are service accounts under the names that the stacks trust', () => {
    for (const { input, objects } of all) {
      for (const workload of ['flink', 'worker', 'replicator'] as const)
        pick(objects, 'ServiceAccount', names.serviceAccount(input.region.parts, workload));
    }
  });

  it('of Azure carry the client id that the stack puts out', () => {
    const input = inputs(THREE_REGIONS)[1] as never as ReturnType<typeof inputs>[number];
    const objects = manifests({
      ...input,
      outputs: { identities: { flink: 'f-id', worker: 'w-id', replicator: 'r-id' }, secret_tenant: 'tenant' },
    });
    expect(pick(objects, 'ServiceAccount', 'worker-eu').metadata.annotations).toEqual({
      'azure.workload.identity/client-id': 'w-id',
    });
    expect(
      pick(objects, 'StatefulSet', 'reviews-agents-worker').spec.template.metadata.labels[
        'azure.workload.identity/use'
      ],
    ).toBe('true');
    expect(pick(objects, 'SecretProviderClass', 'reviews-agents-secrets').spec.parameters).toMatchObject({
      clientID: 'w-id',
      tenantId: 'tenant',
    });
  });

  it('of Flink may use ConfigMaps of its namespace and nothing else in Kubernetes', () => {
    for (const { objects } of all) {
      const roles = objects.filter((o: Manifest) => o.kind === 'Role' || o.kind === 'ClusterRole');
      expect(roles).toHaveLength(1);
      expect(roles[0].kind).toBe('Role');
      expect(roles[0].rules.map((rule: Manifest) => [rule.apiGroups, rule.resources])).toEqual([
        [[''], ['configmaps']],
      ]);
    }
  });

  it('of a worker give its pod no token for the API server', () => {
    const worker = pick(all[0]?.objects ?? [], 'StatefulSet', 'reviews-agents-worker');
    expect(worker.spec.template.spec.automountServiceAccountToken).toBe(false);
  });
});

describe('secrets', () => {
  it('are mounted as files in the worker alone, by name, and in no environment', () => {
    const objects = all[0]?.objects ?? [];
    const worker = pick(objects, 'StatefulSet', 'reviews-agents-worker').spec.template.spec;
    expect(worker.volumes.find((v: Manifest) => v.name === 'secrets').csi.volumeAttributes).toEqual({
      secretProviderClass: 'reviews-agents-secrets',
    });
    expect(objects.some((o: Manifest) => o.kind === 'Secret')).toBe(false);
    for (const object of objects.filter((o: Manifest) => podOf(o)?.spec)) {
      for (const container of podOf(object).spec.containers) {
        for (const variable of container.env ?? [])
          expect(variable.valueFrom?.secretKeyRef, variable.name).toBeUndefined();
        expect(container.envFrom).toBeUndefined();
      }
    }
    const flink = pick(objects, 'StatefulSet', 'reviews-flink-taskmanager').spec.template.spec;
    expect(flink.volumes.map((v: Manifest) => v.name)).not.toContain('secrets');
  });

  it("come from External Secrets or from a Secret of one's own by value, in the worker alone", () => {
    const overlaid = (source: string) =>
      manifests(inputs(`${THREE_REGIONS}charts: { agents-app: { secrets: { source: ${source} } } }\n`)[0] as never);
    const volume = (objects: Manifest[]) =>
      pick(objects, 'StatefulSet', 'reviews-agents-worker').spec.template.spec.volumes.filter(
        (v: Manifest) => v.name === 'secrets',
      );
    const external = overlaid('external-secret');
    expect(pick(external, 'ExternalSecret', 'reviews-agents-secrets').spec.data).toEqual([
      { secretKey: 'openai-key', remoteRef: { key: 'reviews-us-openai-key' } },
    ]);
    expect(volume(external)).toEqual([
      { name: 'secrets', secret: { secretName: 'reviews-agents-secrets', defaultMode: 0o440 } },
    ]);
    const own = overlaid('secret');
    expect(own.some((o) => ['ExternalSecret', 'SecretProviderClass', 'Secret'].includes(o.kind))).toBe(false);
    expect(volume(own)).toEqual(volume(external));
  });

  it('are read under the names that the stacks make', () => {
    for (const { input, objects } of all.slice(0, 3)) {
      const parameters = JSON.stringify(pick(objects, 'SecretProviderClass', 'reviews-agents-secrets').spec.parameters);
      expect(parameters).toContain(names.secret(input.region.parts, 'openai-key'));
    }
  });

  it('mount nothing where the deployment declares none', () => {
    const objects = all[3]?.objects ?? [];
    expect(objects.some((o: Manifest) => o.kind === 'SecretProviderClass')).toBe(false);
    expect(
      pick(objects, 'StatefulSet', 'solo-agents-worker').spec.template.spec.volumes.map((v: Manifest) => v.name),
    ).toEqual(['deployment', 'tls', 'tmp']);
  });
});

describe('network policies', () => {
  const objects = all[0]?.objects ?? [];
  const ports = (rules: Manifest[]) => rules.flatMap((rule) => rule.ports.map((p: Manifest) => p.port));

  it('let runs into a worker from TaskManagers only', () => {
    const policy = pick(objects, 'NetworkPolicy', 'reviews-agents-worker').spec;
    const grpc = policy.ingress.filter((rule: Manifest) => rule.ports.some((p: Manifest) => p.port === 7443));
    expect(grpc).toHaveLength(1);
    expect(grpc[0].from).toEqual([
      {
        podSelector: {
          matchLabels: {
            'app.kubernetes.io/name': 'flink-cluster',
            'app.kubernetes.io/instance': 'reviews-flink',
            'app.kubernetes.io/component': 'taskmanager',
          },
        },
      },
    ]);
  });

  it('let a worker out to DNS only; what it reaches by name is for the platform to say', () => {
    const policy = pick(objects, 'NetworkPolicy', 'reviews-agents-worker').spec;
    expect(new Set(ports(policy.egress))).toEqual(new Set([53]));
  });

  it('take no block for workers that holds the metadata service because it holds everything', () => {
    const open = `${THREE_REGIONS}charts: { agents-app: { network: { egressCidrs: [0.0.0.0/0] } } }\n`;
    expect(() => manifests(inputs(open)[0] as never)).toThrow(
      expect.objectContaining({ code: 'HR-CHART-001', path: 'charts.agents-app.network.egressCidrs.0' }),
    );
  });

  it("open Flink's REST port to its clients only", () => {
    const policy = pick(objects, 'NetworkPolicy', 'reviews-flink-jobmanager').spec;
    const rest = policy.ingress.filter((rule: Manifest) => rule.ports.some((p: Manifest) => p.port === 8081));
    expect(rest.map((rule: Manifest) => rule.from)).toEqual([
      [{ podSelector: { matchLabels: { 'headrace.dev/flink-client': 'reviews-flink' } } }],
    ]);
  });

  it('select every pod of the charts', () => {
    // Those that add one way out to what is allowed already have one type.
    const policies = objects.filter(
      (o: Manifest) =>
        o.kind === 'NetworkPolicy' && o.metadata.name !== 'default-deny' && o.spec.policyTypes.length === 2,
    );
    for (const workload of objects.filter((o: Manifest) => podOf(o)?.spec)) {
      const labels = podOf(workload).metadata.labels;
      const selecting = policies.filter((p: Manifest) =>
        Object.entries(p.spec.podSelector.matchLabels).every(([k, v]) => labels[k] === v),
      );
      expect(
        selecting.map((p: Manifest) => p.metadata.name),
        workload.metadata.name,
      ).toHaveLength(1);
    }
  });
});

describe('certificates', () => {
  const objects = all[0]?.objects ?? [];

  it('are mounted where Flink, workers and commands look for them, from Secrets that cert-manager fills', () => {
    const certificates = objects.filter((o: Manifest) => o.kind === 'Certificate' && !o.spec.isCA);
    expect(certificates.map((o: Manifest) => o.spec.secretName).sort()).toEqual([
      'reviews-agents-client-tls',
      'reviews-agents-worker-tls',
      'reviews-flink-tls',
    ]);
    for (const { spec } of certificates) {
      expect(spec.issuerRef).toEqual({ group: 'cert-manager.io', kind: 'Issuer', name: 'headrace' });
      expect(spec.privateKey).toEqual({ algorithm: 'RSA', encoding: 'PKCS8', size: 3072, rotationPolicy: 'Always' });
    }
    const made = new Set(certificates.map((o: Manifest) => o.spec.secretName));
    const mounted = objects.flatMap((o: Manifest) =>
      (podOf(o)?.spec?.volumes ?? []).flatMap((v: Manifest) => (v.name.endsWith('tls') ? [v.secret.secretName] : [])),
    );
    expect(new Set(mounted)).toEqual(made);
  });

  it('of workers bear the name under which TaskManagers look them up', () => {
    const worker = pick(objects, 'Certificate', 'reviews-agents-worker-tls');
    pick(objects, 'Service', 'reviews-agents-worker');
    expect(worker.spec.dnsNames).toContain('reviews-agents-worker');
  });

  it('are left out where their Secrets are made otherwise', () => {
    const text = `${THREE_REGIONS}charts: { flink-cluster: { tls: { certManager: false } }, agents-app: { tls: { certManager: false } } }\n`;
    expect(manifests(inputs(text)[0] as never).some((o) => o.kind === 'Certificate' && !o.spec.isCA)).toBe(false);
  });
});
