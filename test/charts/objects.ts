import { parseAllDocuments } from 'yaml';

/** A Kubernetes object as YAML gives it. */
// biome-ignore lint/suspicious/noExplicitAny: assertions reach into fields of many kinds
export type Manifest = any;

export const objectsIn = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);

/** Objects by `Kind/name`, which is unique in a namespace. */
export const byId = (objects: readonly Manifest[]): Record<string, Manifest> =>
  Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]).sort());
