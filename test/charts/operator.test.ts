import { describe, expect, it } from 'vitest';
import { helmCharts } from '../../charts/index.ts';
import { inputs, type Manifest, manifests, ONE_REGION, pick, THREE_REGIONS } from './inputs.ts';

const managed = (text: string, more = '') => `${text}flink: { manager: operator${more} }\n`;
const rendered = (text: string) =>
  manifests({ ...(inputs(text)[0] as ReturnType<typeof inputs>[number]), specification: 'base64:e30=' });
const objects = rendered(managed(THREE_REGIONS));
const deployment = pick(objects, 'FlinkDeployment', 'reviews-flink');
const { spec } = deployment;
const configuration = spec.flinkConfiguration as Record<string, string>;
const templates: [string, Manifest][] = [
  ['jobmanager', spec.jobManager.podTemplate],
  ['taskmanager', spec.taskManager.podTemplate],
];
const ids = (all: Manifest[]) => all.map((object) => `${object.kind}/${object.metadata.name}`);

describe('with manager: operator', () => {
  it('the operator makes the workloads of Flink and the chart none', () => {
    const made = ids(objects).filter((id) => id.includes('reviews-flink'));
    expect(made).not.toContain('Deployment/reviews-flink-jobmanager');
    expect(made).not.toContain('StatefulSet/reviews-flink-taskmanager');
    expect(made).not.toContain('ConfigMap/reviews-flink-config');
    // The operator makes a Service of this name.
    expect(made).not.toContain('Service/reviews-flink-rest');
  });

  it('identity, policies and budgets are those of standalone', () => {
    const standalone = manifests(inputs(THREE_REGIONS)[0] as never);
    for (const [kind, name] of [
      ['ServiceAccount', 'flink-us'],
      ['Role', 'reviews-flink-high-availability'],
      ['NetworkPolicy', 'reviews-flink-jobmanager'],
      ['NetworkPolicy', 'reviews-flink-taskmanager'],
      ['PodDisruptionBudget', 'reviews-flink-jobmanager'],
    ] as const)
      expect(pick(objects, kind, name)).toEqual(pick(standalone, kind, name));
    expect(spec.serviceAccount).toBe('flink-us');
  });

  it('nothing of the operator is there in standalone', () => {
    const standalone = manifests(inputs(THREE_REGIONS)[0] as never);
    expect(ids(standalone).filter((id) => /^Flink|task-managers|reviews-flink-operator/.test(id))).toEqual([]);
  });

  it('one chart serves both', () => {
    const { files } = helmCharts(inputs(THREE_REGIONS))['flink-cluster'];
    expect(files.get('templates/jobmanager-deployment.yaml')).toMatch(
      /^\{\{- if \(eq \$\.Values\.manager "standalone"\) \}\}/,
    );
    expect(files.get('templates/cluster-flinkdeployment.yaml')).toMatch(
      /^\{\{- if \(eq \$\.Values\.manager "operator"\) \}\}/,
    );
  });
});

describe('the job', () => {
  it('is the one in the image, with its specification', () => {
    expect(spec.job).toMatchObject({
      jarURI: 'local:///opt/flink/usrlib/headrace-bridge.jar',
      entryClass: 'dev.headrace.flink.job.AgentJob',
      args: ['--specification', 'base64:e30='],
      parallelism: 2,
      state: 'running',
    });
  });

  it('may not lose state in an upgrade', () => {
    expect(spec.job.allowNonRestoredState).toBe(false);
    expect(spec.job.upgradeMode).toBe('savepoint');
    const [lastState] = [rendered(managed(THREE_REGIONS, ', upgradeMode: last-state'))];
    expect(pick(lastState, 'FlinkDeployment', 'reviews-flink').spec.job.upgradeMode).toBe('last-state');
  });

  it('is upgraded when its plan or its settings change, and not else', () => {
    const hash = (text: string) =>
      pick(rendered(managed(text)), 'FlinkDeployment', 'reviews-flink').spec.jobManager.podTemplate.metadata
        .annotations['headrace.dev/job-hash'];
    expect(hash(THREE_REGIONS)).toBe(hash(THREE_REGIONS.replace('gpt-4.1-mini, secret', 'gpt-4.1-mini,  secret')));
    expect(hash(THREE_REGIONS)).not.toBe(hash(THREE_REGIONS.replace('parallelism: 2', 'parallelism: 2, inFlight: 7')));
    expect(hash(THREE_REGIONS)).not.toBe(hash(THREE_REGIONS.replace('topic: ratings', 'topic: scores')));
  });

  it('is rolled back when an upgrade does not come up', () => {
    expect(configuration).toMatchObject({
      'kubernetes.operator.deployment.rollback.enabled': 'true',
      'kubernetes.operator.deployment.readiness.timeout': '600 s',
      'high-availability.type': 'kubernetes',
    });
  });
});

describe('savepoints', () => {
  it('are made and kept as the file says', () => {
    const text = managed(`${THREE_REGIONS}state: { savepoint: { every: 2h, retain: 3 } }\n`);
    const { flinkConfiguration } = pick(rendered(text), 'FlinkDeployment', 'reviews-flink').spec;
    expect(flinkConfiguration).toMatchObject({
      'kubernetes.operator.periodic.savepoint.interval': '7200 s',
      'kubernetes.operator.savepoint.history.max.count': '3',
      'kubernetes.operator.savepoint.history.max.age': '28800 s',
    });
  });

  it('are made on demand under a name, and outlive their object', () => {
    expect(ids(objects).filter((id) => id.startsWith('FlinkStateSnapshot'))).toEqual([]);
    const { files } = helmCharts(inputs(THREE_REGIONS))['flink-cluster'];
    const template = files.get('templates/snapshot-flinkstatesnapshot.yaml');
    expect(template).toMatch(
      /^\{\{- if \(and \(eq \$\.Values\.manager "operator"\) \$\.Values\.operator\.snapshot\) \}\}/,
    );
    expect(template).toContain('disposeOnDelete: false');
  });
});

describe('configuration', () => {
  it('is that of standalone, as text', () => {
    const standalone = pick(manifests(inputs(THREE_REGIONS)[0] as never), 'ConfigMap', 'reviews-flink-config').data[
      'config.yaml'
    ] as string;
    expect(Object.values(configuration).filter((value) => typeof value !== 'string')).toEqual([]);
    const keys = [...standalone.matchAll(/^([a-z][\w.-]*): /gm)].map(([, key]) => key ?? '');
    const byOperator = /cluster-id$|^kubernetes\.namespace$|memory\.process\.size$|^agent$/;
    expect(keys.filter((key) => !byOperator.test(key) && !(key in configuration))).toEqual([]);
    expect(configuration['execution.checkpointing.interval']).toBe('10000 ms');
    expect(configuration['agent.job']).toBe('reviews');
  });

  it('has none of the keys that the operator refuses', () => {
    for (const key of ['kubernetes.cluster-id', 'kubernetes.namespace', 'high-availability.cluster-id'])
      expect(configuration).not.toHaveProperty([key]);
  });

  it('scales nothing unless asked, and then never below the parallelism of the file', () => {
    expect(configuration['job.autoscaler.enabled']).toBe('false');
    const eager = pick(
      rendered(managed(THREE_REGIONS, ', autoscaler: eager')),
      'FlinkDeployment',
      'reviews-flink',
    ).spec;
    expect(eager.flinkConfiguration).toMatchObject({
      'job.autoscaler.enabled': 'true',
      'job.autoscaler.metrics.window': '600 s',
      'job.autoscaler.vertex.min-parallelism': '2',
      'job.autoscaler.vertex.max-parallelism': '8',
    });
  });

  it('keeps what Helm would write with an exponent', () => {
    const { files } = helmCharts(inputs(managed(ONE_REGION.replace(/flink: .*/, ''))))['flink-cluster'];
    expect(files.get('templates/cluster-flinkdeployment.yaml')).toContain(
      'agent.{{ $key }}: {{ if kindIs "string" $value }}{{ $value | quote }}{{ else }}{{ $value | toJson | quote }}{{ end }}',
    );
  });
});

describe.each(templates)('pods of a %s', (component, template) => {
  const [container, ...more] = template.spec.containers;

  it('meet the restricted Pod Security Standard', () => {
    expect(more).toEqual([]);
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('are the container that the operator completes, with a place to write', () => {
    expect(container.name).toBe('flink-main-container');
    for (const key of ['image', 'command', 'resources']) expect(container).not.toHaveProperty(key);
    expect(container.volumeMounts.map((mount: Manifest) => mount.mountPath)).toContain('/tmp');
    expect(container.volumeMounts.map((mount: Manifest) => mount.mountPath)).not.toContain('/opt/flink/conf');
    const volumes = template.spec.volumes.map((volume: Manifest) => volume.name);
    for (const mount of container.volumeMounts) expect(volumes).toContain(mount.name);
  });

  it('are selected by the policies, and by the scraping', () => {
    for (const kind of ['NetworkPolicy', 'PodDisruptionBudget']) {
      const selecting = objects.filter((object) => {
        const selector = object.kind === kind && (object.spec.podSelector ?? object.spec.selector).matchLabels;
        return selector && Object.entries(selector).every(([key, value]) => template.metadata.labels[key] === value);
      });
      expect(selecting.length, kind).toBeGreaterThan(0);
    }
    expect(container.ports.map((port: Manifest) => port.name)).toContain('metrics');
    expect(template.metadata.labels['app.kubernetes.io/component']).toBe(component);
  });
});

describe('rights and ways', () => {
  it('let the leader make TaskManagers and nothing more', () => {
    expect(pick(objects, 'Role', 'reviews-flink-task-managers').rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['deployments/finalizers'], verbs: ['update'] },
    ]);
  });

  it('let the operator to the REST API, and nobody else of its namespace', () => {
    expect(pick(objects, 'NetworkPolicy', 'reviews-flink-operator').spec.ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'flink-operator' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'flink-kubernetes-operator' } },
          },
        ],
        ports: [{ port: 8081, protocol: 'TCP' }],
      },
    ]);
  });

  it('leave all TaskManagers but one when a node is drained', () => {
    const [four] = [rendered(managed(THREE_REGIONS.replace('parallelism: 2', 'parallelism: 8')))];
    expect(pick(four, 'PodDisruptionBudget', 'reviews-flink-task-managers').spec.minAvailable).toBe(4);
  });
});
