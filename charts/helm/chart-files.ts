import { stringify } from 'yaml';
import type { z } from 'zod';
import type { Release } from '../release.ts';
import { takeCondition } from './conditions.ts';
import { leafKinds, placeholder, RELEASE_NAME, RELEASE_NAMESPACE, symbolic } from './placeholder.ts';
import { chartReadme } from './readme.ts';
import { writeTemplate } from './template-writer.ts';
import { freeForm, overDefaults, schemaOf, valuesFile, valuesSchema } from './values-file.ts';

export interface HelmChartInput<V extends object> {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly appVersion: string;
  readonly schema: z.ZodType<V>;
  /** Values by region, the default region first. */
  readonly values: ReadonlyMap<string, V>;
  readonly objects: (release: Release, values: V) => object[];
  /** Release name in the examples of README.md and NOTES.txt. */
  readonly release: string;
  readonly namespace: string;
  readonly notes: string;
}

/** Files of a Helm chart by relative path, and the values that its templates read. */
export interface HelmChart {
  readonly files: ReadonlyMap<string, string>;
  readonly read: ReadonlySet<string>;
}

/** Renders a chart's objects, with placeholders for its values, into a Helm chart. */
export function helmChart<V extends object>(input: HelmChartInput<V>): HelmChart {
  const schema = schemaOf(input.schema);
  const open = freeForm(schema);
  const [defaultRegion, defaults] = [...input.values][0] ?? [];
  if (!defaults || defaultRegion === undefined) throw new Error(`the chart ${input.name} has no values`);
  const kinds = leafKinds(defaults, open);
  const read = new Set<string>();
  const files = new Map<string, string>();
  const release = { name: placeholder(RELEASE_NAME), namespace: placeholder(RELEASE_NAMESPACE) };
  for (const object of input.objects(release, symbolic(defaults, open))) {
    const path = `templates/${templateName(object)}`;
    if (files.has(path)) throw new Error(`two objects of the chart ${input.name} would be ${path}`);
    files.set(path, writeTemplate(object, kinds, read));
  }
  files.set(
    'Chart.yaml',
    stringify({
      apiVersion: 'v2',
      name: input.name,
      description: input.description,
      type: 'application',
      version: input.version,
      appVersion: input.appVersion,
    }),
  );
  files.set('values.schema.json', valuesSchema(schema, `Values of the ${input.name} chart`));
  files.set(
    'values.yaml',
    valuesFile(defaults, schema, `Values of region ${defaultRegion}. Those of every region are under values/.`),
  );
  for (const [region, values] of input.values)
    files.set(
      `values/${region}.yaml`,
      valuesFile(overDefaults(values, defaults), schema, `Values of region ${region}, over values.yaml.`),
    );
  files.set('templates/NOTES.txt', input.notes);
  files.set('README.md', chartReadme(input, schema));
  files.set('.helmignore', '*.tgz\n');
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), read };
}

/** `worker-statefulset.yaml`: the object's name without its release, or its component where a value names it, and its kind. */
function templateName(source: object): string {
  const { kind, metadata } = takeCondition(source).object as {
    kind: string;
    metadata: { name: string; labels: Record<string, string> };
  };
  const fixed = metadata.name.replace(/HRV<[^>]+>HRV-?/g, '');
  return `${fixed || metadata.labels['app.kubernetes.io/component']}-${kind.toLowerCase()}.yaml`;
}
