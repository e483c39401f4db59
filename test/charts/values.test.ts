// A value that no template reads is a promise that nobody keeps.
import { describe, expect, it } from 'vitest';
import { helmCharts, pendingOutputs, renderHelmCharts, renderManifests } from '../../charts/index.ts';
import { inputs, ONE_REGION, THREE_REGIONS } from './inputs.ts';

interface Schema {
  readonly description?: string;
  readonly properties?: Record<string, Schema>;
  readonly additionalProperties?: unknown;
}
const leaves = (schema: Schema, prefix = ''): [string, Schema][] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    return property.properties ? leaves(property, path) : [[path, property] as [string, Schema]];
  });

describe.each(['flink-cluster', 'agents-app'] as const)('values of %s', (name) => {
  const chart = helmCharts(inputs(THREE_REGIONS))[name];
  const schema = JSON.parse(chart.files.get('values.schema.json') ?? '{}') as Schema;
  const own = leaves(schema).filter(([path]) => path !== 'global' && path !== 'enabled');

  it('are all read by a template', () => {
    expect(own.map(([path]) => path).filter((path) => !chart.read.has(path))).toEqual([]);
  });

  it('are all documented', () => {
    expect(own.filter(([, property]) => !property.description).map(([path]) => path)).toEqual([]);
    for (const [path] of own) expect(chart.files.get('README.md')).toContain(`\`${path}\``);
  });

  it('are checked strictly, but for what Helm passes to a subchart', () => {
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties ?? {})).toEqual(expect.arrayContaining(['global', 'enabled']));
  });

  it('have a file for every region', () => {
    expect([...chart.files.keys()].filter((path) => path.startsWith('values/'))).toEqual([
      'values/asia.yaml',
      'values/eu.yaml',
      'values/us.yaml',
    ]);
  });
});

describe('rendering', () => {
  it('has a replicator where a region copies: in standbys, and with dr.failback in the region that may lose the job', () => {
    const copying = (text: string) =>
      inputs(text).flatMap((input) => {
        const all = [...renderManifests(input).values()].join('\n');
        return /name: reviews-agents-replicator$/m.test(all) ? input.region.name : [];
      });
    expect(copying(THREE_REGIONS)).toEqual(['eu', 'asia']);
    expect(copying(`${THREE_REGIONS}dr: { mode: active-standby, failback: true }\n`)).toEqual(['us', 'eu', 'asia']);
  });

  it('gives the same bytes for the same input', () => {
    expect([...renderHelmCharts(inputs(THREE_REGIONS))]).toEqual([...renderHelmCharts(inputs(THREE_REGIONS))]);
    for (const input of inputs(THREE_REGIONS)) expect([...renderManifests(input)]).toEqual([...renderManifests(input)]);
  });

  it('leaves no placeholder behind', () => {
    for (const content of renderHelmCharts(inputs(ONE_REGION)).values()) expect(content).not.toMatch(/HRV<|HRT:|HRE</);
    for (const input of inputs(ONE_REGION))
      for (const content of renderManifests(input).values()) expect(content).not.toMatch(/HRV<|HRT:|HRE</);
  });

  it('says which values wait for a deployment', () => {
    const [us, eu, asia] = inputs(THREE_REGIONS);
    expect(pendingOutputs(us as never)).toEqual(['kafka_bootstrap', 'registry']);
    expect(pendingOutputs(eu as never)).toEqual(['identities', 'kafka_bootstrap', 'registry', 'secret_tenant']);
    expect(pendingOutputs(asia as never)).toEqual(['kafka_bootstrap', 'registry', 'secret_store']);
    expect(
      pendingOutputs({
        ...(eu as NonNullable<typeof eu>),
        outputs: {
          identities: { flink: 'a', worker: 'b', replicator: 'c' },
          kafka_bootstrap: 'k:9093',
          registry: 'r',
          secret_tenant: 't',
        },
      }),
    ).toEqual([]);
    expect(pendingOutputs(inputs(ONE_REGION)[0] as never)).toEqual([]);
  });
});
