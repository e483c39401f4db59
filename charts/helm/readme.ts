import { describedValues, type JsonSchema } from './values-file.ts';

export interface ReadmeInput {
  readonly name: string;
  readonly description: string;
  readonly release: string;
  readonly namespace: string;
  readonly values: ReadonlyMap<string, object>;
}

/** README.md of a chart: how to install it, and every value with its type and default. */
export function chartReadme(input: ReadmeInput, schema: JsonSchema): string {
  const defaults = [...input.values.values()][0] ?? {};
  const rows = describedValues(schema).map(
    ({ path, type, limits, description }) =>
      `| \`${path}\` | ${type}${limits ? `, ${limits.replaceAll('|', '\\|')}` : ''} | ${cell(at(defaults, path))} | ${description} |`,
  );
  return `# ${input.name}

${input.description}

    helm upgrade --install ${input.release} ${input.name} --namespace ${input.namespace} --create-namespace \\
      --values ${input.name}/values/REGION.yaml

Check it with \`helm test ${input.release} --namespace ${input.namespace} --logs\`.

Regions: ${[...input.values.keys()].join(', ')}. The defaults below are those of the first.

| value | type and limits | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

const at = (values: object, path: string) =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], values);

/** A default as a table cell: long ones are said to be in values.yaml. */
function cell(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > 60 ? 'see values.yaml' : `\`${text.replaceAll('|', '\\|')}\``;
}
