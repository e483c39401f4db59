import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Patch release whose API description stands for a minor version. */
const PATCH: Readonly<Record<string, string>> = { '1.34': 'v1.34.2' };

/** Where kubeconform finds a kind below the directory of `writeSchemas`. */
export const SCHEMA_LOCATION = '{{ .ResourceKind }}{{ .KindSuffix }}.json';

interface Definition {
  properties?: Record<string, Definition & { enum?: string[] }>;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
  [key: string]: unknown;
}

/**
 * Writes a strict JSON Schema of every kind of a Kubernetes version, from the API description in its Go module. The
 * checksum of the module is verified by Go.
 * @param minor such as `1.34`.
 */
export function writeSchemas(minor: string, directory: string): void {
  const version = PATCH[minor];
  if (!version) throw new Error(`no schemas of Kubernetes ${minor}: name its patch release in PATCH`);
  const module = JSON.parse(
    execFileSync('go', ['mod', 'download', '-json', `k8s.io/kubernetes@${version}`], {
      cwd: tmpdir(),
      encoding: 'utf8',
    }),
  ) as { Dir: string };
  const { definitions } = JSON.parse(readFileSync(join(module.Dir, 'api/openapi-spec/swagger.json'), 'utf8')) as {
    definitions: Record<string, Definition>;
  };
  mkdirSync(directory, { recursive: true });
  for (const [name, definition] of Object.entries(definitions)) {
    const kinds = definition['x-kubernetes-group-version-kind'] ?? [];
    const [kind] = kinds;
    // Options of API calls carry every group's version; only objects belong to one.
    if (!kind || kinds.length > 1) continue;
    const group = kind.group.split('.')[0];
    const file = `${[kind.kind, ...(group ? [group] : []), kind.version].join('-').toLowerCase()}.json`;
    writeFileSync(join(directory, file), JSON.stringify(standalone(name, definitions)));
  }
}

/** A definition with those that it refers to. */
function standalone(root: string, definitions: Record<string, Definition>): object {
  const used = new Map<string, object>();
  const visit = (name: string) => {
    if (used.has(name)) return;
    const definition = strict(name, definitions[name] ?? {});
    used.set(name, definition);
    for (const [, inner] of JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g)) if (inner) visit(inner);
  };
  visit(root);
  return { $ref: `#/definitions/${root}`, definitions: Object.fromEntries(used) };
}

function strict(name: string, definition: Definition): object {
  // The description says string; the API server takes a number for both.
  if (name.endsWith('.IntOrString')) return { type: ['integer', 'string'] };
  if (name.endsWith('.Quantity')) return { type: ['number', 'string'] };
  return definition.properties ? { ...definition, additionalProperties: false } : definition;
}
