// Every value by Helm itself: one that is changed must change what is rendered, in at least one way of running the chart.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { helmCharts } from '../../charts/index.ts';
import { inputs, THREE_REGIONS } from './inputs.ts';
import { tool } from './tool.ts';

const work = mkdtempSync(join(tmpdir(), 'headrace-values-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

type Tree = { readonly [key: string]: unknown };
interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** What Helm passes to a subchart; templates need not read it. */
const HELMS_OWN = ['global', 'enabled'];

/** Ways of running a chart: what is off in the first may be on in another. */
const WAYS: Readonly<Record<string, readonly Tree[]>> = {
  'flink-cluster': [
    {},
    { manager: 'operator', operator: { autoscaler: { enabled: true } } },
    { monitoring: { podMonitor: true, rules: true, dashboard: true } },
  ],
  'agents-app': [
    { worker: { autoscaling: true, inFlightMetric: true }, network: { egressCidrs: ['198.51.100.0/24'] } },
    { monitoring: { podMonitor: true, rules: true, dashboard: true } },
    { secrets: { source: 'external-secret' }, replicator: { enabled: true } },
    { worker: { autoscaling: false, kind: 'Deployment' } },
    { manager: 'operator' },
  ],
};

/** Texts that a template computes with, not only prints. */
const TEXTS: Readonly<Record<string, string>> = {
  'savepoint.schedule': '7 3 * * 1',
  'restoreTest.schedule': '9 4 * * 2',
  'operator.flinkVersion': 'v2_0',
  'operator.specification': '{"taskManager":{"replicas":3}}',
};

const leaves = (schema: Schema, prefix: readonly string[] = []): [string, Schema][] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    property.properties
      ? leaves(property, [...prefix, name])
      : [[[...prefix, name].join('.'), property] as [string, Schema]],
  );

const at = (tree: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((node, name) => (node as Tree | undefined)?.[name], tree);

const nested = (path: string, value: unknown): Tree =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Tree;

function merged(base: unknown, over: unknown): unknown {
  if (typeof base !== 'object' || typeof over !== 'object' || Array.isArray(over) || !base || !over) return over;
  const keys = Object.entries(over).map(([key, value]) => [
    key,
    key in base ? merged((base as Tree)[key], value) : value,
  ]);
  return { ...base, ...Object.fromEntries(keys) };
}

/** Values of the same type that differ from the one that is there. */
function others(path: string, { type, enum: names }: Schema, present: unknown): unknown[] {
  if (names) return names.filter((name) => name !== present);
  switch (type) {
    case 'boolean':
      return [!present];
    case 'integer':
      return [Number(present ?? 0) + 1];
    case 'number':
      return [Number(present ?? 0) + 0.125];
    case 'array':
      return [[...((present ?? []) as unknown[]), /ports$/i.test(path) ? 12_345 : '192.0.2.0/24']];
    case 'object':
      return [{ ...((present ?? {}) as Tree), changed: 'changed' }];
    default:
      return [TEXTS[path] ?? 'changed'];
  }
}

describe.each(Object.keys(WAYS))('values of %s', (name) => {
  const chart = helmCharts(inputs(THREE_REGIONS))[name as 'agents-app'];
  const folder = join(work, name);
  for (const [path, text] of chart.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const render = (values: unknown) => {
    const file = join(work, `${name}.json`);
    writeFileSync(file, JSON.stringify(values));
    return execFileSync(tool('helm'), ['template', 'x', folder, '--values', file], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
  };
  const schema = JSON.parse(chart.files.get('values.schema.json') ?? '{}') as Schema;
  const ways = (WAYS[name] ?? []).map((values) => ({ values, rendered: render(values) }));
  const defaults = JSON.parse(
    execFileSync(tool('helm'), ['show', 'values', folder, '--jsonpath', '{$}'], { encoding: 'utf8' }),
  ) as unknown;

  test.each(leaves(schema).filter(([path]) => !HELMS_OWN.includes(path)))(
    '%s changes what is rendered',
    (path, property) => {
      const changes = ways.some(({ values, rendered }) =>
        others(path, property, at(merged(defaults, values), path)).some(
          (other) => render(merged(values, nested(path, other))) !== rendered,
        ),
      );
      expect(changes, `${path} is in values.yaml, and changing it changes nothing`).toBe(true);
    },
  );
});
