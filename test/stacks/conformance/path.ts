// Reading and changing one place of a synthesized stack, JSON documents inside of it included.

/** What `update` gives for a place that is to be taken away. */
export const GONE = Symbol('gone');

/**
 * A path is keys joined by dots. Single blocks are lists of one in some places and maps in others: a key enters both.
 * `0` takes an element of a list, `[key=value]` the one that has this value, `#` enters a JSON document inside a string,
 * and `#Sid` its statement of that Sid.
 */
type Segment =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'where'; readonly key: string; readonly value: string }
  | { readonly kind: 'document' };

const segmentsOf = (path: string): Segment[] =>
  // Dots inside of brackets are part of a value.
  (path.match(/\[[^\]]*\]|[^.]+/g) ?? []).flatMap((part): Segment[] => {
    if (part === '#') return [{ kind: 'document' }];
    if (part.startsWith('#')) {
      return [
        { kind: 'document' },
        { kind: 'key', key: 'Statement' },
        { kind: 'where', key: 'Sid', value: part.slice(1) },
      ];
    }
    const [, key, value] = /^\[(.+)=(.+)\]$/.exec(part) ?? [];
    return [key && value ? { kind: 'where', key, value } : { kind: 'key', key: part }];
  });

/** Quotes inside a Terraform expression are Terraform's, not the document's. */
const parseDocument = (text: string): unknown =>
  JSON.parse(text.replace(/\$\{[^}]*\}/g, (expression) => expression.replaceAll('"', "'")));

const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The value at a path; undefined where there is none. */
export function at(root: unknown, path: string): unknown {
  let found: unknown;
  update(root, path, (value) => {
    found = value;
    return value;
  });
  return found;
}

/** A copy in which the value at a path is another. A place that does not exist is made, as far as maps go. */
export const update = (root: unknown, path: string, change: (value: unknown) => unknown): unknown =>
  walk(root, segmentsOf(path), change);

function walk(value: unknown, segments: readonly Segment[], change: (value: unknown) => unknown): unknown {
  const [segment, ...rest] = segments;
  if (!segment) return change(value);
  switch (segment.kind) {
    case 'document': {
      if (typeof value !== 'string') return walk(value, rest, change);
      return JSON.stringify(walk(parseDocument(value), rest, change));
    }
    case 'where': {
      const list = isList(value) ? value : [];
      const index = list.findIndex((one) => isMap(one) && one[segment.key] === segment.value);
      return replace(list, index < 0 ? list.length : index, walk(list[index], rest, change));
    }
    case 'key': {
      if (isList(value)) {
        if (/^\d+$/.test(segment.key)) {
          const index = Number(segment.key);
          return replace(value, index, walk(value[index], rest, change));
        }
        // Several blocks where one is meant are another thing than the one.
        if (value.length === 1) return [walk(value[0], segments, change)];
        return walk(undefined, [], change);
      }
      const map = isMap(value) ? value : {};
      const made = walk(map[segment.key], rest, change);
      const { [segment.key]: _before, ...others } = map;
      return made === GONE || made === undefined ? others : { ...others, [segment.key]: made };
    }
  }
}

const replace = (list: readonly unknown[], index: number, value: unknown): unknown[] =>
  value === GONE || value === undefined
    ? list.filter((_, i) => i !== index)
    : [...list.slice(0, index), value, ...list.slice(index + 1)];
