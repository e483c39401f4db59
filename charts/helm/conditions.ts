import type { ApiObject } from 'cdk8s';

/** When something exists: what its values must be. Written as an expression for Helm, evaluated for plain manifests. */
export type Condition =
  | { readonly kind: 'true'; readonly path: string }
  | { readonly kind: 'equals'; readonly path: string; readonly value: string }
  /** A list or free-form mapping with something in it, or a string that is not empty. */
  | { readonly kind: 'given'; readonly path: string }
  | { readonly kind: 'above'; readonly path: string; readonly value: number }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] };

export const isTrue = (path: string): Condition => ({ kind: 'true', path });
export const equals = (path: string, value: string): Condition => ({ kind: 'equals', path, value });
export const given = (path: string): Condition => ({ kind: 'given', path });
export const above = (path: string, value: number): Condition => ({ kind: 'above', path, value });
export const not = (of: Condition): Condition => ({ kind: 'not', of });
export const all = (...of: readonly Condition[]): Condition => ({ kind: 'all', of });
export const any = (...of: readonly Condition[]): Condition => ({ kind: 'any', of });

/** Marks an object that exists only while a condition holds; the renderers take the mark away again. */
const WHEN = 'headrace.dev/when';

/** Makes an object exist only while a condition holds. */
export function onlyWhen(object: ApiObject, condition: Condition): void {
  object.metadata.addAnnotation(WHEN, JSON.stringify(condition));
}

const MARK = /HRIF<([^>]+)>HRIF/;

/**
 * An item of a list that exists only while a condition holds: a volume, a mount, a variable, a port, a container. The
 * typed constructs drop keys that they do not know, so the mark travels in the item's name.
 */
export const itemWhen = <T extends { readonly name: string }>(condition: Condition, item: T): T => ({
  ...item,
  name: `HRIF<${Buffer.from(JSON.stringify(condition)).toString('base64url')}>HRIF${item.name}`,
});

/** The condition in an item's name, and the item without it. */
export function takeItemCondition(item: unknown): { item: unknown; when: Condition | undefined } {
  const name = (item as { name?: unknown } | null)?.name;
  const encoded = typeof name === 'string' ? MARK.exec(name)?.[1] : undefined;
  if (encoded === undefined) return { item, when: undefined };
  return {
    item: { ...(item as object), name: (name as string).replace(MARK, '') },
    when: JSON.parse(Buffer.from(encoded, 'base64url').toString()) as Condition,
  };
}

/** A value of a mapping that is there only while a condition holds; `#` says that it is a number. */
export const valueWhen = <T extends string | number>(condition: Condition, value: T): T =>
  `HRIF<${Buffer.from(JSON.stringify(condition)).toString('base64url')}>HRIF${typeof value === 'number' ? '#' : ''}${value}` as T;

/** The condition of a value, and the value without it. */
export function takeValueCondition(value: unknown): { value: unknown; when: Condition | undefined } {
  const encoded = typeof value === 'string' && value.startsWith('HRIF<') ? MARK.exec(value)?.[1] : undefined;
  if (encoded === undefined) return { value, when: undefined };
  const text = (value as string).replace(MARK, '');
  return {
    value: text.startsWith('#') ? Number(text.slice(1)) : text,
    when: JSON.parse(Buffer.from(encoded, 'base64url').toString()) as Condition,
  };
}

interface RenderedObject {
  metadata?: { annotations?: Record<string, string>; [key: string]: unknown };
  [key: string]: unknown;
}

/** The object without its mark, and the condition that it depends on. */
export function takeCondition(source: object): { object: RenderedObject; when: Condition | undefined } {
  // Constructs leave keys whose value is undefined; YAML has no such thing.
  const object = JSON.parse(JSON.stringify(source)) as RenderedObject;
  const when = object.metadata?.annotations?.[WHEN];
  if (when === undefined) return { object, when };
  const { [WHEN]: _, ...annotations } = object.metadata?.annotations ?? {};
  const { annotations: __, ...metadata } = object.metadata ?? {};
  return {
    object: { ...object, metadata: Object.keys(annotations).length ? { ...metadata, annotations } : metadata },
    when: JSON.parse(when) as Condition,
  };
}

/** A copy in which list items and values whose condition does not hold are left out. */
export function presentItems(node: unknown, values: object): unknown {
  if (Array.isArray(node))
    return node.flatMap((source) => {
      const { item, when } = takeItemCondition(source);
      return when === undefined || holds(when, values) ? [presentItems(item, values)] : [];
    });
  if (typeof node === 'object' && node !== null)
    return Object.fromEntries(
      Object.entries(node).flatMap(([key, source]) => {
        const { value, when } = takeValueCondition(source);
        return when === undefined || holds(when, values) ? [[key, presentItems(value, values)]] : [];
      }),
    );
  return node;
}

const at = (values: object, path: string): unknown =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], values);

/** Whether a condition holds for values. */
export function holds(condition: Condition, values: object): boolean {
  switch (condition.kind) {
    case 'true':
      return at(values, condition.path) === true;
    case 'equals':
      return at(values, condition.path) === condition.value;
    case 'given': {
      const value = at(values, condition.path);
      return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
    }
    case 'above':
      return Number(at(values, condition.path)) > condition.value;
    case 'not':
      return !holds(condition.of, values);
    case 'all':
      return condition.of.every((one) => holds(one, values));
    case 'any':
      return condition.of.some((one) => holds(one, values));
  }
}

/** The condition as Helm writes it. */
export function expression(condition: Condition): string {
  switch (condition.kind) {
    case 'true':
    case 'given':
      return `$.Values.${condition.path}`;
    case 'equals':
      return `(eq $.Values.${condition.path} ${JSON.stringify(condition.value)})`;
    case 'above':
      return `(gt (int $.Values.${condition.path}) ${condition.value})`;
    case 'not':
      return `(not ${expression(condition.of)})`;
    case 'all':
      return `(and ${condition.of.map(expression).join(' ')})`;
    case 'any':
      return `(or ${condition.of.map(expression).join(' ')})`;
  }
}

/** Paths that a condition reads. */
export function pathsOf(condition: Condition): string[] {
  if ('path' in condition) return [condition.path];
  return (Array.isArray(condition.of) ? condition.of : [condition.of as Condition]).flatMap(pathsOf);
}
