import { Document, isMap, isPair, isScalar, type YAMLMap } from 'yaml';
import { z } from 'zod';

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly [key: string]: unknown;
}

/** JSON Schema of a chart's values. */
export const schemaOf = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'output' }) as JsonSchema;

/**
 * `values.schema.json`: strict, but for what Helm itself passes down to a subchart: `global`, and `enabled` when a parent
 * switches the chart by a condition.
 */
export function valuesSchema(schema: JsonSchema, title: string): string {
  const open = {
    ...schema,
    title,
    properties: {
      ...schema.properties,
      global: { description: 'Values that Helm shares with subcharts.', type: 'object' },
      enabled: { description: 'Set by a parent chart.', type: 'boolean' },
    },
  };
  return `${JSON.stringify(open, null, 2)}\n`;
}

/** Every value by path with its description; mappings with properties of their own are walked. */
export function describedValues(
  schema: JsonSchema,
  prefix = '',
): { path: string; type: string; limits: string; description: string }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    if (property.properties) return describedValues(property, path);
    return [{ path, type: typeName(property), limits: limits(property), description: property.description ?? '' }];
  });
}

/** What a value must keep to, beyond its type: `1 or more`, `10 to 100`, a pattern. */
function limits(schema: JsonSchema): string {
  const number = (key: string) => {
    const value = schema[key];
    // Integers come with the limits of what a double holds, which say nothing.
    return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
  };
  const [least, most, above] = [number('minimum'), number('maximum'), number('exclusiveMinimum')];
  const parts: string[] = [];
  if (least !== undefined && most !== undefined) parts.push(`${least} to ${most}`);
  else if (least !== undefined) parts.push(`${least} or more`);
  else if (most !== undefined) parts.push(`at most ${most}`);
  if (above !== undefined) parts.push(`more than ${above}`);
  if (typeof schema['pattern'] === 'string') parts.push(`matches ${schema['pattern']}`);
  if (typeof schema['format'] === 'string') parts.push(schema['format']);
  return parts.join(', ');
}

const typeName = (schema: JsonSchema): string => {
  if (Array.isArray(schema['enum'])) return (schema['enum'] as unknown[]).map(String).join(' | ');
  if (schema.type === 'array') return `list of ${typeName(schema.items ?? {})}`;
  if (schema.type === 'object') return 'mapping';
  return String(schema.type ?? 'any');
};

/** `values.yaml` with each value's description above it. */
export function valuesFile(values: object, schema: JsonSchema, head: string): string {
  const document = new Document(values);
  document.commentBefore = ` ${head}`;
  if (isMap(document.contents)) annotate(document.contents, schema);
  return document.toString({ lineWidth: 0 });
}

/**
 * A region's values as a file over the chart's defaults: Helm merges mappings, so a key that only the defaults have is
 * set to null, which takes it away.
 */
export function overDefaults(values: object, defaults: object): object {
  const result: Record<string, unknown> = { ...values };
  for (const [key, value] of Object.entries(defaults)) {
    const own = result[key];
    if (own === undefined) result[key] = null;
    else if (isMapping(own) && isMapping(value)) result[key] = overDefaults(own, value);
  }
  return result;
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function annotate(map: YAMLMap, schema: JsonSchema): void {
  for (const pair of map.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const property = schema.properties?.[String(pair.key.value)];
    if (!property) continue;
    const type = property.properties ? '' : ` (${typeName(property)})`;
    if (property.description) pair.key.commentBefore = ` ${property.description}${type}`;
    if (isMap(pair.value) && property.properties) annotate(pair.value, property);
  }
}

/** Paths of values that are free-form mappings: leaves, though they are objects. */
export function freeForm(schema: JsonSchema, prefix = ''): Set<string> {
  const found = new Set<string>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (property.properties) for (const inner of freeForm(property, path)) found.add(inner);
    else if (property.type === 'object') found.add(path);
  }
  return found;
}
