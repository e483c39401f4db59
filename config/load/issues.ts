import type { z } from 'zod';
import type { ConfigCode } from '../errors.ts';
import { RESOURCE_KINDS } from '../schema/resources.ts';
import type { Path } from './document.ts';
import { nearest } from './nearest.ts';

/** A violation before it has a place in a file. */
export interface Violation {
  readonly code: ConfigCode;
  readonly path: Path;
  readonly message: string;
  readonly allowed?: string;
  readonly mend?: string;
  /** Points at the key rather than at its value. */
  readonly atKey?: boolean;
  /** Nothing was given at the path. */
  readonly absent?: boolean;
}

type ZodIssue = z.core.$ZodIssue;
type JsonSchema = {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
};

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown> | undefined)?.[key], value);

const kindOf = (value: unknown) =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'a mapping'
        : `a ${typeof value}`;
const TYPE_WORD: Record<string, string> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  int: 'a whole number',
};
const quote = (values: readonly unknown[]) => values.map(String).join(', ');

/** Turns zod's issues about `value` into violations, one for each thing to mend. */
export function violations(
  issues: readonly ZodIssue[],
  value: unknown,
  schema: JsonSchema,
  prefix: Path = [],
): Violation[] {
  return issues.flatMap((issue) => one(issue, value, schema, prefix));
}

function one(issue: ZodIssue, root: unknown, schema: JsonSchema, prefix: Path): Violation[] {
  const path: Path = [...prefix, ...issue.path.map((p) => (typeof p === 'number' ? p : String(p)))];
  const received = at(root, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, path, root);
      return issue.keys.map((key) => {
        const meant = nearest(
          key,
          known.filter((k) => !(k in Object(received))),
        );
        return {
          code: 'HR-CONFIG-003',
          path: [...path, key],
          message: 'unknown key',
          atKey: true,
          ...(known.length ? { allowed: quote(known) } : {}),
          mend: meant ? `did you mean ${meant}?` : misspelt(key, known),
        };
      });
    }
    case 'invalid_type': {
      if (received === undefined) {
        return [
          {
            code: 'HR-CONFIG-006',
            path,
            message: 'missing key',
            absent: true,
            mend: `add ${String(path.at(-1))}`,
            ...allowedAt(schema, path, root),
          },
        ];
      }
      const expected = issue.message.startsWith('Invalid ')
        ? (TYPE_WORD[issue.expected] ?? `a ${issue.expected}`)
        : issue.message;
      return [{ code: 'HR-CONFIG-004', path, message: `wrong type: ${kindOf(received)}`, allowed: expected }];
    }
    case 'invalid_value': {
      if (received === undefined) {
        return [
          {
            code: 'HR-CONFIG-006',
            path,
            message: 'missing key',
            absent: true,
            allowed: quote(issue.values),
            mend: `add ${String(path.at(-1))}`,
          },
        ];
      }
      const meant = nearest(String(received), issue.values.map(String));
      return [
        {
          code: 'HR-CONFIG-005',
          path,
          message: 'value not allowed',
          allowed: quote(issue.values),
          ...(meant ? { mend: `did you mean ${meant}?` } : {}),
        },
      ];
    }
    case 'invalid_union':
      return union(issue, root, schema, path);
    case 'invalid_key':
      return [{ code: 'HR-CONFIG-005', path, message: issue.issues[0]?.message ?? issue.message, atKey: true }];
    case 'too_small':
    case 'too_big': {
      const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
      const plain = issue.message.startsWith('Too ') ? `${bound}${unit}` : issue.message;
      return [{ code: 'HR-CONFIG-005', path, message: 'value not allowed', allowed: plain }];
    }
    default: {
      const suggestion = issue.code === 'custom' ? (issue.params?.['suggestion'] as string | undefined) : undefined;
      const allowed = issue.code === 'invalid_format' || issue.code === 'custom' ? issue.message : undefined;
      return [
        {
          code: 'HR-CONFIG-005',
          path,
          message: 'value not allowed',
          ...(allowed ? { allowed } : { allowed: issue.message }),
          ...(suggestion ? { mend: `write ${suggestion}` } : {}),
        },
      ];
    }
  }
}

/** Advice for an unknown key that resembles nothing that is still free. */
function misspelt(key: string, known: readonly string[]): string {
  const present = nearest(key, known);
  return present ? `remove it: ${present} is there already` : 'remove it';
}

/** Of a union's branches the one that the writer meant: the one with the fewest violations, those of its first key counting most. */
function union(
  issue: Extract<ZodIssue, { code: 'invalid_union' }>,
  root: unknown,
  schema: JsonSchema,
  path: Path,
): Violation[] {
  const received = at(root, path);
  if (issue.errors.length === 0) {
    const discriminator = (issue as { discriminator?: string }).discriminator;
    const options = discriminator
      ? constsAt(schema, path.at(-1) === discriminator ? path.slice(0, -1) : path, root, discriminator)
      : [];
    const holder = discriminator && path.at(-1) === discriminator ? path.slice(0, -1) : path;
    const given = discriminator
      ? (at(root, holder) as Record<string, unknown> | undefined)?.[discriminator]
      : undefined;
    const meant = typeof given === 'string' ? nearest(given, options) : undefined;
    return [
      {
        code: given === undefined ? 'HR-CONFIG-006' : 'HR-CONFIG-005',
        path: discriminator ? [...holder, discriminator] : path,
        message: given === undefined ? 'missing key' : 'value not allowed',
        ...(options.length ? { allowed: quote(options) } : {}),
        ...(meant ? { mend: `did you mean ${meant}?` } : {}),
        absent: given === undefined,
      },
    ];
  }
  const isResource = path.length === 2 && path[0] === 'resources';
  if (isResource && received !== null && typeof received === 'object') {
    const kind = RESOURCE_KINDS.findIndex((key) => key in received);
    const branch = issue.errors[kind];
    if (branch) return violations(branch, root, schema, path);
    return [
      {
        code: 'HR-CONFIG-006',
        path,
        message: 'a resource has one of these keys, which says what it is',
        allowed: quote(RESOURCE_KINDS),
      },
    ];
  }
  if (received === undefined) return [{ code: 'HR-CONFIG-006', path, message: 'missing key', absent: true }];
  const leaf = issue.errors.filter((errors) => !errors.every((e) => e.code === 'invalid_type' && e.path.length === 0));
  const best = [...leaf].sort((a, b) => a.length - b.length)[0];
  const allowed = issue.errors.flatMap((errors) =>
    errors.map((e) =>
      e.code === 'invalid_value'
        ? quote(e.values)
        : e.code === 'invalid_type'
          ? (TYPE_WORD[e.expected] ?? `a ${e.expected}`)
          : e.message,
    ),
  );
  if (best && typeof received === 'object') return violations(best, root, schema, path);
  return [{ code: 'HR-CONFIG-005', path, message: 'value not allowed', allowed: [...new Set(allowed)].join(' or ') }];
}

/** Branches of the schema at a path; unions are narrowed by the value's own keys where that tells them apart. */
function nodesAt(schema: JsonSchema, path: Path, root: unknown): JsonSchema[] {
  let nodes = [schema];
  let value = root;
  for (const part of path) {
    nodes = nodes.flatMap(branches).flatMap((node) => {
      if (typeof part === 'number') return node.items ? [node.items] : [];
      const child = node.properties?.[part];
      if (child) return [child];
      return typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
    });
    value = (value as Record<string | number, unknown> | undefined)?.[part];
  }
  const all = nodes.flatMap(branches);
  const given =
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  const kind = given && RESOURCE_KINDS.find((key) => key in given);
  const same = kind
    ? all.filter((node) =>
        constMatches(node.properties?.[kind] as { const?: unknown; enum?: unknown[] } | undefined, given[kind]),
      )
    : [];
  return same.length ? same : all;
}

const constMatches = (node: { const?: unknown; enum?: unknown[] } | undefined, value: unknown) =>
  node !== undefined &&
  (node.const !== undefined ? node.const === value : node.enum ? node.enum.includes(value) : true);

const branches = (node: JsonSchema): JsonSchema[] => {
  const inner = node.anyOf ?? node.oneOf;
  return inner ? inner.flatMap(branches) : [node];
};

const keysAt = (schema: JsonSchema, path: Path, root: unknown) => [
  ...new Set(nodesAt(schema, path, root).flatMap((node) => Object.keys(node.properties ?? {}))),
];

const constsAt = (schema: JsonSchema, path: Path, root: unknown, key: string) => [
  ...new Set(
    nodesAt(schema, path, root).flatMap((node) => {
      const property = node.properties?.[key] as { const?: unknown; enum?: unknown[] } | undefined;
      return (property?.enum ?? (property?.const === undefined ? [] : [property.const])).map(String);
    }),
  ),
];

function allowedAt(schema: JsonSchema, path: Path, root: unknown): { allowed?: string } {
  const nodes = nodesAt(schema, path, root) as {
    enum?: unknown[];
    const?: unknown;
    type?: string;
    properties?: object;
  }[];
  const values = nodes.flatMap((node) => node.enum ?? (node.const === undefined ? [] : [node.const]));
  if (values.length) return { allowed: quote(values) };
  const types = [
    ...new Set(nodes.map((node) => TYPE_WORD[node.type ?? ''] ?? (node.type ? `a ${node.type}` : '')).filter(Boolean)),
  ];
  return types.length ? { allowed: types.join(' or ') } : {};
}
