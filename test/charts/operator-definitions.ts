import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { cacheDirectory } from '../../ops/dev/cache.ts';

/** The newest release of the operator whose definitions are on Maven Central. */
const VERSION = '1.10.0';
const ARTIFACT = 'flink-kubernetes-operator-api';
/** What `flinkVersion` may be in releases 1.13 to 1.15, whose definitions are in their Helm chart alone. */
const LATER_VERSIONS = ['v2_0', 'v2_1', 'v2_2'];

export interface JsonSchema {
  type?: string;
  enum?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  [key: string]: unknown;
}

/** The schema of a kind of the operator, which refuses fields that it does not know. */
export function operatorSchema(kind: 'FlinkDeployment' | 'FlinkStateSnapshot'): JsonSchema {
  const file = join(definitions(), `${kind.toLowerCase()}s.flink.apache.org-v1.yml`);
  const definition = parse(readFileSync(file, 'utf8')) as {
    spec: { versions: { name: string; schema: { openAPIV3Schema: JsonSchema } }[] };
  };
  const schema = definition.spec.versions.find(({ name }) => name === 'v1beta1')?.schema.openAPIV3Schema;
  if (!schema?.properties) throw new Error(`${file} describes no v1beta1`);
  const version = schema.properties['spec']?.properties?.['flinkVersion'];
  version?.enum?.push(...LATER_VERSIONS);
  Object.assign(schema.properties, { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: {} });
  return strict(schema) as JsonSchema;
}

/** The API server drops unknown fields without a word; here they are refused. */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const schema = node as JsonSchema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  const closed =
    schema.properties && typeof schema.properties === 'object' && schema.additionalProperties === undefined;
  return closed && schema.type === 'object' ? { ...inner, additionalProperties: false } : inner;
}

/** A folder of the definitions; fetched by Maven, which checks them, when it is not there yet. */
function definitions(): string {
  const folder = join(cacheDirectory(), `${ARTIFACT}-${VERSION}`);
  const found = join(folder, 'META-INF', 'fabric8');
  if (existsSync(found)) return found;
  mkdirSync(cacheDirectory(), { recursive: true });
  const work = mkdtempSync(join(cacheDirectory(), `.${ARTIFACT}-`));
  try {
    const pom = join(work, 'pom.xml');
    writeFileSync(
      pom,
      `<project><modelVersion>4.0.0</modelVersion><groupId>dev.headrace</groupId><artifactId>definitions</artifactId><version>1</version></project>`,
    );
    execFileSync('mvn', [
      ...['-q', '-B', '-f', pom, 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'],
      ...[`-Dartifact=org.apache.flink:${ARTIFACT}:${VERSION}`, `-DoutputDirectory=${work}`],
    ]);
    execFileSync('python3', ['-m', 'zipfile', '-e', join(work, `${ARTIFACT}-${VERSION}.jar`), work]);
    rmSync(join(work, `${ARTIFACT}-${VERSION}.jar`));
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return found;
}
