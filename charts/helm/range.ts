import { createHash } from 'node:crypto';
import { canonicalOrder } from './json.ts';
import { checksumOf, placeholder, wholePath } from './placeholder.ts';

/** A line of a template that only Helm reads; the writer keeps it as it is. */
export const TEMPLATE_LINE = 'HRT:';

/**
 * Lines `key: <JSON>` of a free-form mapping, in order of key: written out for plain manifests, as a loop for Helm. Both
 * give the same bytes, since Helm ranges over keys in order and JSON has one spelling.
 */
export function mappingLines(mapping: Readonly<Record<string, string | number | boolean>>): string[] {
  const path = wholePath(Object.keys(mapping)[0]);
  if (path === undefined) return canonicalOrder(mapping).map(([key, value]) => `${key}: ${helmJson(value)}`);
  return [
    `${TEMPLATE_LINE}{{- range $key, $value := $.Values.${path} }}`,
    `${TEMPLATE_LINE}{{ $key }}: {{ $value | toJson }}`,
    `${TEMPLATE_LINE}{{- end }}`,
  ];
}

/** One line `key: <JSON of a free-form mapping>`. */
export function structureLine(key: string, mapping: Readonly<Record<string, unknown>>): string {
  const path = wholePath(Object.keys(mapping)[0]);
  return path === undefined
    ? `${key}: ${helmJson(mapping)}`
    : `${TEMPLATE_LINE}${key}: {{ $.Values.${path} | toJson }}`;
}

/** A file that holds a free-form mapping as JSON. */
export function structureJson(mapping: Readonly<Record<string, unknown>>): string {
  const path = wholePath(Object.keys(mapping)[0]);
  return path === undefined ? `${helmJson(mapping)}\n` : `${TEMPLATE_LINE}{{ $.Values.${path} | toJson }}\n`;
}

/** SHA-256 of a free-form mapping: where it stands in a pod's template, a change of the mapping makes new pods. */
export function checksum(mapping: Readonly<Record<string, unknown>>): string {
  const path = wholePath(Object.keys(mapping)[0]);
  return path === undefined
    ? createHash('sha256').update(helmJson(mapping)).digest('hex')
    : placeholder(checksumOf(path));
}

/** JSON as Helm's toJson spells it: keys in order, and the characters that Go escapes for HTML. */
export function helmJson(value: unknown): string {
  const ordered = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(ordered);
    if (node !== null && typeof node === 'object')
      return Object.fromEntries(
        canonicalOrder(node as Record<string, unknown>).map(([key, inner]) => [key, ordered(inner)]),
      );
    return node;
  };
  return JSON.stringify(ordered(value)).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The entries of a free-form mapping as text, for a mapping of strings. @param prefix of each key.
 */
export const textEntries = (
  mapping: Readonly<Record<string, string | number | boolean>>,
  prefix = '',
): Record<string, string> =>
  Object.fromEntries(Object.entries(mapping).map(([key, value]) => [`${prefix}${key}`, String(value)]));
