import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './requirements.ts';

/** Objects of a text of manifests. */
export const objectsOf = (yaml: string): KubeObject[] =>
  parseAllDocuments(yaml)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object): object is KubeObject => object !== null && typeof object === 'object' && 'kind' in object);

/** How a release would differ from what it is now. */
export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

const idOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.name}`;

/** Compares objects one by one. @param before nothing when the release does not exist. */
export function changesBetween(before: string | undefined, after: string): Changes {
  const byId = (yaml: string) => new Map(objectsOf(yaml).map((object) => [idOf(object), JSON.stringify(object)]));
  const [old, next] = [byId(before ?? ''), byId(after)];
  return {
    added: [...next.keys()].filter((id) => !old.has(id)).sort(),
    changed: [...next]
      .filter(([id, text]) => old.has(id) && old.get(id) !== text)
      .map(([id]) => id)
      .sort(),
    removed: [...old.keys()].filter((id) => !next.has(id)).sort(),
  };
}

export const isChange = ({ added, changed, removed }: Changes) => added.length + changed.length + removed.length > 0;

/** `3 new, 1 changed (ConfigMap/a)`. */
export function changesText(changes: Changes): string {
  const part = (names: readonly string[], word: string) =>
    names.length ? [`${names.length} ${word}${names.length <= 4 ? ` (${names.join(', ')})` : ''}`] : [];
  const parts = [
    ...part(changes.added, 'new'),
    ...part(changes.changed, 'changed'),
    ...part(changes.removed, 'removed'),
  ];
  return parts.length ? parts.join(', ') : 'no change';
}
