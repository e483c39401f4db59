import type { Path } from './document.ts';

type Mapping = Record<string, unknown>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Mappings that are one choice among kinds: an overlay of them replaces the whole. */
const replaces = (path: Path) =>
  (path.length === 1 && (path[0] === 'source' || path[0] === 'sink')) || (path.length === 2 && path[0] === 'resources');

/**
 * Lays a profile over the file's own values: mappings merge key by key; lists, single values, `source`, `sink` and a
 * resource replace as a whole.
 * @returns the merged value, and for a path in it whether it came from the overlay.
 */
export function overlay(base: unknown, over: unknown): { merged: unknown; fromOverlay: (path: Path) => boolean } {
  const replaced: Path[] = [];
  const merge = (below: unknown, above: unknown, path: Path): unknown => {
    if (!isMapping(below) || !isMapping(above) || replaces(path)) {
      replaced.push(path);
      return above;
    }
    const result: Mapping = { ...below };
    for (const [key, value] of Object.entries(above)) result[key] = merge(below[key], value, [...path, key]);
    return result;
  };
  const merged = merge(base, over, []);
  return { merged, fromOverlay: (path) => replaced.some((from) => from.every((part, i) => path[i] === part)) };
}
