import { type Document, isMap, isNode, isPair, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { ConfigIssue } from '../errors.ts';

export type Path = readonly (string | number)[];
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file with positions. */
export class SourceFile {
  readonly file: string;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(file: string, text: string) {
    this.file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true, prettyErrors: false });
  }

  /** Violations of YAML itself. */
  syntaxIssues(): ConfigIssue[] {
    return this.#document.errors.map((error) => ({
      code: 'HR-CONFIG-002' as const,
      file: this.file,
      ...this.#at(error.pos[0]),
      path: '',
      message: error.message,
    }));
  }

  data(): unknown {
    return this.#document.toJS({ maxAliasCount: 100 }) as unknown;
  }

  /** Where the value at a path stands; the nearest enclosing value where there is none. */
  position(path: Path): Position {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#at(node.range[0]);
    }
    return { line: 1, column: 1 };
  }

  /** Where a key stands, rather than its value. */
  keyPosition(path: Path): Position {
    const parent = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    if (isMap(parent)) {
      for (const pair of (parent as YAMLMap).items) {
        const key = pair.key as Node | null;
        if (isNode(key) && key.range && String((key as { value?: unknown }).value) === String(path.at(-1))) {
          return this.#at(key.range[0]);
        }
      }
    }
    return this.position(path);
  }

  /** Every scalar string with its path. */
  *strings(): Generator<{ path: Path; value: string }> {
    yield* walk(this.#document.contents, []);
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function* walk(node: unknown, path: Path): Generator<{ path: Path; value: string }> {
  if (isMap(node)) {
    for (const pair of node.items) {
      if (isPair(pair)) yield* walk(pair.value, [...path, String((pair.key as { value?: unknown }).value)]);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) yield* walk(item, [...path, index]);
  } else if (isNode(node) && typeof (node as { value?: unknown }).value === 'string') {
    yield { path, value: (node as unknown as { value: string }).value };
  }
}

/** `regions[0].cloud` for ['regions', 0, 'cloud']. */
export const renderPath = (path: Path) =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');

/** A value as JSON, shortened to 80 characters. */
export function renderValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
