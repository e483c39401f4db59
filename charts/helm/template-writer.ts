import { stringify } from 'yaml';
import { expression, pathsOf, takeCondition, takeItemCondition, takeValueCondition } from './conditions.ts';
import {
  entryOf,
  type LeafKind,
  ofChecksum,
  PLACEHOLDER,
  parsePath,
  RELEASE_NAME,
  RELEASE_NAMESPACE,
  wholePath,
} from './placeholder.ts';
import { TEMPLATE_LINE } from './range.ts';

/** Plain manifests: one document an object. */
export const writeManifests = (objects: readonly object[]): string =>
  objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');

/**
 * A Helm template of one object: placeholders become expressions, and what was made of lists and free-form mappings
 * becomes loops.
 * @param kinds of every value. @param read collects the paths that the template reads.
 */
export function writeTemplate(source: object, kinds: ReadonlyMap<string, LeafKind>, read: Set<string>): string {
  const { object, when } = takeCondition(source);
  const text = `${new TemplateWriter(kinds, read).lines(object, '').join('\n')}\n`;
  if (when === undefined) return text;
  for (const path of pathsOf(when)) read.add(path);
  return `{{- if ${expression(when)} }}\n${text}{{- end }}\n`;
}

class TemplateWriter {
  readonly #kinds: ReadonlyMap<string, LeafKind>;
  readonly #read: Set<string>;

  constructor(kinds: ReadonlyMap<string, LeafKind>, read: Set<string>) {
    this.#kinds = kinds;
    this.#read = read;
  }

  /** Lines of a mapping or list, each with its indentation. */
  lines(node: unknown, indent: string): string[] {
    if (Array.isArray(node)) return node.flatMap((item) => this.#item(item, indent));
    return Object.entries(node as object).flatMap(([key, value]) => this.#entry(key, value, indent));
  }

  #entry(key: string, source: unknown, indent: string): string[] {
    const { value, when } = takeValueCondition(source);
    if (when !== undefined) {
      for (const read of pathsOf(when)) this.#reads(read);
      return [`${indent}{{- if ${expression(when)} }}`, ...this.#entry(key, value, indent), `${indent}{{- end }}`];
    }
    const [, prefix = '', path] = MAPPING_KEY.exec(key) ?? [];
    if (path !== undefined) {
      this.#reads(path, 'mapping');
      return [
        `${indent}{{- range $key, $value := $.Values.${path} }}`,
        // Only JSON spells a large number without an exponent.
        `${indent}${prefix}{{ $key }}: {{ if kindIs "string" $value }}{{ $value | quote }}{{ else }}{{ $value | toJson | quote }}{{ end }}`,
        `${indent}{{- end }}`,
      ];
    }
    return this.#after(`${indent}${this.#key(key)}:`, value, indent);
  }

  /** What follows `key:`. */
  #after(head: string, value: unknown, indent: string): string[] {
    if (typeof value === 'object' && value !== null) {
      const keys = Object.keys(value);
      if (keys.length === 0) return [`${head} ${Array.isArray(value) ? '[]' : '{}'}`];
      const mapping = keys.length === 1 ? wholePath(keys[0]) : undefined;
      // An empty mapping or list is left out, as constructs leave it out of plain manifests.
      if (mapping !== undefined) return whole(head, this.#reads(mapping, 'mapping'), indent);
      const list = Array.isArray(value) && value.length === 1 ? wholePath(value[0]) : undefined;
      if (list !== undefined && this.#kinds.get(list) === 'list')
        return [`${head} {{ $.Values.${this.#reads(list, 'list')} | toJson }}`];
      return [head, ...this.lines(value, `${indent}  `)];
    }
    if (typeof value === 'string' && value.includes('\n'))
      return [`${head} ${value.endsWith('\n') ? '|' : '|-'}`, ...this.#block(value, `${indent}  `)];
    return [`${head} ${this.#scalar(value)}`];
  }

  #item(source: unknown, indent: string, depth = 0): string[] {
    const { item, when } = takeItemCondition(source);
    if (when !== undefined) {
      for (const path of pathsOf(when)) this.#reads(path);
      return [`${indent}{{- if ${expression(when)} }}`, ...this.#item(item, indent, depth), `${indent}{{- end }}`];
    }
    const loop = this.#listInside(item);
    if (loop !== undefined) {
      const variable = `$item${depth || ''}`;
      const inner = replaceIn(item, loop, element(variable));
      return [
        `${indent}{{- range ${variable} := $.Values.${this.#reads(loop, 'list')} }}`,
        ...this.#item(inner, indent, depth + 1),
        `${indent}{{- end }}`,
      ];
    }
    const mapping = this.#mappingInside(item);
    if (mapping !== undefined) {
      const inner = replaceIn(replaceIn(item, mapping, element('$key')), entryOf(mapping), element('$value'));
      return [
        `${indent}{{- range $key, $value := $.Values.${this.#reads(mapping, 'mapping')} }}`,
        ...this.#item(inner, indent, depth + 1),
        `${indent}{{- end }}`,
      ];
    }
    if (typeof item !== 'object' || item === null || Object.keys(item).length === 0)
      return this.#after(`${indent}-`, item, indent);
    const [first = '', ...rest] = this.lines(item, `${indent}  `);
    return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
  }

  /** Path of a list whose element stands somewhere in an item. */
  #listInside(item: unknown): string | undefined {
    const text = JSON.stringify(item) ?? '';
    for (const [, path] of text.matchAll(PLACEHOLDER))
      if (path !== undefined && this.#kinds.get(path) === 'list') return path;
    return undefined;
  }

  /** Path of a free-form mapping of which an item is made for each entry: its key stands somewhere as a value. */
  #mappingInside(node: unknown): string | undefined {
    const path = wholePath(node);
    if (path !== undefined) return this.#kinds.get(path) === 'mapping' ? path : undefined;
    // Not into lists: their own items are the ones that are made.
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return undefined;
    for (const inner of Object.values(node)) {
      const found = this.#mappingInside(inner);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #block(text: string, indent: string): string[] {
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
    return lines.map((line) => {
      if (line.startsWith(TEMPLATE_LINE)) {
        const template = line.slice(TEMPLATE_LINE.length);
        for (const [, path] of template.matchAll(/\.Values\.([A-Za-z0-9_.]+)/g))
          if (path !== undefined) this.#read.add(path);
        return `${indent}${template}`;
      }
      return line === ''
        ? ''
        : `${indent}${literal(line).replace(PLACEHOLDER, (_, path: string) => this.#inText(path))}`;
    });
  }

  #scalar(value: unknown): string {
    const variable = typeof value === 'string' ? ELEMENT.exec(value)?.[1] : undefined;
    if (variable !== undefined) return `{{ ${variable} | toJson }}`;
    const found = wholePath(value);
    if (found !== undefined) {
      if (found === RELEASE_NAME || found === RELEASE_NAMESPACE) return `{{ $.${found} }}`;
      const summed = ofChecksum(found);
      if (summed !== undefined) return `{{ $.Values.${this.#reads(summed, 'mapping')} | toJson | sha256sum }}`;
      const { path, text } = parsePath(found);
      const kind = this.#kinds.get(this.#reads(path));
      if (kind === 'string') return `{{ $.Values.${path} | quote }}`;
      // Helm's numbers are floating-point: only JSON spells a million as 1000000.
      return text ? `{{ $.Values.${path} | toJson | quote }}` : `{{ $.Values.${path} | toJson }}`;
    }
    if (typeof value === 'string' && value.search(PLACEHOLDER) >= 0) {
      return literal(JSON.stringify(value)).replace(PLACEHOLDER, (_, inner: string) => this.#inText(inner));
    }
    return literal(stringify(value, { lineWidth: 0 }).trimEnd());
  }

  #key(key: string): string {
    return stringify(key, { lineWidth: 0 }).trimEnd();
  }

  #inText(path: string): string {
    if (path === RELEASE_NAME || path === RELEASE_NAMESPACE) return `{{ $.${path} }}`;
    const kind = this.#kinds.get(this.#reads(path));
    return kind === 'string' ? `{{ $.Values.${path} }}` : `{{ $.Values.${path} | toJson }}`;
  }

  #reads(path: string, kind?: LeafKind): string {
    const known = this.#kinds.get(path);
    if (known === undefined || (kind !== undefined && known !== kind))
      throw new Error(`a template reads the value ${path} as ${kind ?? 'a value'}; the chart has ${known ?? 'none'}`);
    this.#read.add(path);
    return path;
  }
}

/** A key that stands for all of a mapping, perhaps under a prefix that each of its keys gets. */
const MAPPING_KEY = /^([a-z.-]*)HRV<([^>]+)>HRV$/;

const whole = (head: string, path: string, indent: string) => [
  `${indent}{{- with $.Values.${path} }}`,
  `${head} {{ toJson . }}`,
  `${indent}{{- end }}`,
];

/** Text that Helm would take for a template. */
const literal = (text: string) => text.replaceAll('{{', '{{ "{{" }}');

/** Stands for the element of the list that a loop ranges over, by the loop's variable: loops may be nested. */
const element = (variable: string) => `HRE<${variable}>`;
const ELEMENT = /^HRE<([^>]+)>$/;

function replaceIn(node: unknown, path: string, by: string): unknown {
  if (wholePath(node) === path) return by;
  if (Array.isArray(node)) return node.map((item) => replaceIn(item, path, by));
  if (typeof node === 'object' && node !== null)
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaceIn(value, path, by)]));
  return node;
}
