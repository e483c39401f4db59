// Both charts against Helm itself and against the API description of the Kubernetes version in the file.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChartInput, releaseName, renderHelmCharts, renderManifests } from '../../charts/index.ts';
import { names } from '../../config/index.ts';
import { DEPLOYMENTS } from './deployments.ts';
import { SCHEMA_LOCATION, writeSchemas } from './kubernetes-schemas.ts';
import { byId, objectsIn } from './objects.ts';
import { tool } from './tool.ts';

const CHARTS = ['flink-cluster', 'agents-app'] as const;
/** Kinds that a cluster's add-ons define; the API description does not know them. */
const ADD_ONS =
  'SecretProviderClass,SecretStore,ExternalSecret,CiliumNetworkPolicy,ServiceMonitor,PodMonitor,Issuer,Certificate,FQDNNetworkPolicy,Elasticsearch';
let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'headrace-charts-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const helm = (...args: string[]) => execFileSync(tool('helm'), args, { encoding: 'utf8', maxBuffer: 2 ** 26 });

function write(directory: string, files: ReadonlyMap<string, string>): string {
  for (const [path, text] of files) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return directory;
}

describe.each(DEPLOYMENTS)('%s', (title, load) => {
  let inputs: ChartInput[];
  let folder: string;
  beforeAll(() => {
    inputs = load();
    folder = write(join(work, title.replaceAll(' ', '-')), renderHelmCharts(inputs));
  });

  const namespace = () => names.namespace({ deployment: inputs[0]?.deployment.name ?? '' });
  const template = (chart: (typeof CHARTS)[number], region?: string, ...more: string[]) =>
    helm(
      'template',
      releaseName(inputs[0]?.deployment.name ?? '', chart),
      join(folder, chart),
      '--namespace',
      namespace(),
      // Pods of helm test are Helm's alone.
      '--skip-tests',
      ...(region ? ['--values', join(folder, chart, 'values', `${region}.yaml`)] : []),
      ...more,
    );

  test.each(CHARTS)('helm lint --strict accepts %s with the values of every region', (chart) => {
    for (const { region } of inputs)
      helm('lint', '--strict', join(folder, chart), '--values', join(folder, chart, 'values', `${region.name}.yaml`));
  });

  test.each(CHARTS)('helm template of %s equals the manifests of every region, object by object', (chart) => {
    for (const input of inputs) {
      const manifests = renderManifests(input).get(`${chart}.yaml`) ?? '';
      expect(objectsIn(manifests).length).toBeGreaterThan(5);
      expect(byId(objectsIn(template(chart, input.region.name)))).toEqual(byId(objectsIn(manifests)));
    }
  });

  test.each(CHARTS)('%s without a values file is that of the first active region', (chart) => {
    const active = inputs.find((input) => input.region.role === 'active');
    expect(byId(objectsIn(template(chart)))).toEqual(byId(objectsIn(template(chart, active?.region.name))));
  });

  test.each(CHARTS)(
    'no object of %s stays behind in another release, but for the accounts that clouds trust',
    (chart) => {
      const other = helm('template', 'other', join(folder, chart), '--namespace', namespace());
      const mine = new Set(Object.keys(byId(objectsIn(template(chart)))));
      const shared = Object.keys(byId(objectsIn(other))).filter((id) => mine.has(id));
      expect(shared.filter((id) => !id.startsWith('ServiceAccount/'))).toEqual([]);
    },
  );

  test.each(CHARTS)('%s refuses an unknown value and takes what a parent chart passes down', (chart) => {
    const run = (...set: string[]) =>
      spawnSync(tool('helm'), ['template', 'x', join(folder, chart), ...set.flatMap((one) => ['--set', one])], {
        encoding: 'utf8',
      });
    expect(run('replicaz=3').stderr).toContain('replicaz');
    expect(run('image.tagg=3').stderr).toContain('tagg');
    expect(run('global.team=a', 'enabled=true').status).toBe(0);
  });

  test('kubeconform accepts every manifest strictly', () => {
    const version = inputs[0]?.deployment.cluster.kubernetes ?? '';
    const schemas = join(work, `schemas-${version}`);
    if (!existsSync(schemas)) writeSchemas(version, schemas);
    const files = inputs.map((input) => {
      const manifests = write(join(folder, 'manifests', input.region.name), renderManifests(input));
      return manifests;
    });
    const run = spawnSync(
      tool('kubeconform'),
      ['-strict', '-summary', '-schema-location', join(schemas, SCHEMA_LOCATION), '-skip', ADD_ONS, ...files],
      { encoding: 'utf8' },
    );
    expect(run.stdout + run.stderr).toMatch(/Invalid: 0, Errors: 0/);
    expect(run.status).toBe(0);
  }, 120_000);

  test('the check of manifests would see a field that Kubernetes does not know', () => {
    const version = inputs[0]?.deployment.cluster.kubernetes ?? '';
    const schemas = join(work, `schemas-${version}`);
    if (!existsSync(schemas)) writeSchemas(version, schemas);
    const input = inputs[0] as ChartInput;
    const broken = (renderManifests(input).get('flink-cluster.yaml') ?? '').replace('serviceName:', 'serviceNam:');
    const run = spawnSync(
      tool('kubeconform'),
      ['-strict', '-schema-location', join(schemas, SCHEMA_LOCATION), '-skip', ADD_ONS],
      { encoding: 'utf8', input: broken },
    );
    expect(run.stdout).toContain('serviceNam');
    expect(run.status).not.toBe(0);
  }, 120_000);
});
