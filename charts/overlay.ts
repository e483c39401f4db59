import type { z } from 'zod';
import { SynthesisError } from '../config/index.ts';

type Mapping = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As Helm lays one values file over another: mappings merge, null takes a key away, the rest replaces. */
function merge(below: unknown, above: unknown): unknown {
  if (!isMapping(below) || !isMapping(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(below[key], value);
  }
  return merged;
}

/**
 * Generated values with the deployment file's own laid over them.
 * @throws SynthesisError HR-CHART-001 for a value that the chart's schema refuses.
 */
export function overlayValues<V extends object>(chart: string, schema: z.ZodType<V>, generated: V, own: Mapping): V {
  const merged = merge(generated, own);
  const parsed = schema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String) ?? [];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : undefined;
  const received = path.reduce<unknown>((node, key) => (node as Mapping | undefined)?.[key], merged);
  throw new SynthesisError('HR-CHART-001', {
    path: ['charts', chart, ...path].join('.'),
    received: unknown ?? JSON.stringify(received) ?? 'nothing',
    message: issue?.message ?? 'not a value of this chart',
    mend: `see README.md of the chart ${chart} for its values`,
  });
}
