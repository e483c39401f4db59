import type { ApiObject } from 'cdk8s';

/** Marks an object that exists only while a boolean value is true; the renderers take the mark away again. */
const WHEN = 'headrace.dev/when';

/** Makes an object exist only while the value at a path is true. */
export function onlyWhen(object: ApiObject, path: string): void {
  object.metadata.addAnnotation(WHEN, path);
}

interface RenderedObject {
  metadata?: { annotations?: Record<string, string>; [key: string]: unknown };
  [key: string]: unknown;
}

/** The object without its mark, and the path that it depends on. */
export function takeCondition(source: object): { object: RenderedObject; when: string | undefined } {
  // Constructs leave keys whose value is undefined; YAML has no such thing.
  const object = JSON.parse(JSON.stringify(source)) as RenderedObject;
  const when = object.metadata?.annotations?.[WHEN];
  if (when === undefined) return { object, when };
  const { [WHEN]: _, ...annotations } = object.metadata?.annotations ?? {};
  const { annotations: __, ...metadata } = object.metadata ?? {};
  return {
    object: { ...object, metadata: Object.keys(annotations).length ? { ...metadata, annotations } : metadata },
    when,
  };
}

/** The boolean at a dotted path. */
export const isTrue = (values: object, path: string): boolean =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], values) === true;
