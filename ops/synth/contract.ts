import { parseAllDocuments } from 'yaml';
import { type RegionContract, WORKLOADS } from '../../config/index.ts';
import { CommandError } from '../errors.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly parameters?: Readonly<Record<string, string>>;
    readonly data?: readonly { readonly remoteRef: { readonly key: string } }[];
  };
}

/** Keys of Flink's configuration that name a directory in the state store. */
const STATE_KEYS = ['headrace.state.root', 'high-availability.storageDir'];
/** Keys that name a directory below `headrace.state.root`. */
const LOGICAL_KEYS = ['execution.checkpointing.dir', 'execution.checkpointing.savepoint-dir'];

/** Every object of a set of manifest files. */
export const parseManifests = (files: ReadonlyMap<string, string>): Manifest[] =>
  [...files.values()]
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Manifest | null))
    .filter((object): object is Manifest => object !== null);

/**
 * Where a region's stack and its charts disagree: the identity that a stack trusts must be a service account of the
 * charts, Flink must write where its identity may, and a secret must be read under the name that the stack made.
 * Compares what both sides really produced, not what they were made from.
 */
export function contractViolations(contract: RegionContract, files: ReadonlyMap<string, string>): string[] {
  const manifests = parseManifests(files);
  const found: string[] = [];
  const accounts = new Set(
    manifests
      .filter((m) => m.kind === 'ServiceAccount')
      .map((m) => `system:serviceaccount:${m.metadata?.namespace}:${m.metadata?.name}`),
  );
  for (const workload of WORKLOADS) {
    if (!accounts.has(contract.subjects[workload]))
      found.push(`the stack trusts ${contract.subjects[workload]}, which no chart makes`);
  }
  const config =
    manifests.find((m) => m.kind === 'ConfigMap' && m.data?.['config.yaml'] !== undefined)?.data?.['config.yaml'] ?? '';
  const flink = (parseAllDocuments(config)[0]?.toJS() ?? {}) as Record<string, unknown>;
  for (const key of STATE_KEYS) {
    const value = at(flink, key);
    if (typeof value !== 'string' || !`${value}/`.startsWith(`${contract.stateRoot}/`)) {
      found.push(`Flink's ${key} is ${String(value)}, outside of ${contract.stateRoot}, where its identity may write`);
    }
  }
  for (const key of LOGICAL_KEYS) {
    const value = at(flink, key);
    if (typeof value !== 'string' || !value.startsWith('state://'))
      found.push(`Flink's ${key} is ${String(value)}, which is bound to one region: it must be under state://`);
  }
  const wanted = new Set(Object.values(contract.secretNames));
  const sources = manifests.filter((m) => m.kind === 'SecretProviderClass' || m.kind === 'ExternalSecret');
  const read = new Set(
    sources.flatMap((m) => [
      ...mountedEntries(m.spec?.parameters ?? {}),
      ...(m.spec?.data ?? []).map(({ remoteRef }) => remoteRef.key),
    ]),
  );
  for (const entry of read)
    if (!wanted.has(entry)) found.push(`the charts mount the secret ${entry}, which the stack does not make`);
  // Without a source, workers mount a Secret that somebody makes otherwise.
  for (const entry of sources.length ? wanted : [])
    if (!read.has(entry)) found.push(`the stack makes the secret ${entry}, which no chart mounts`);
  return found.map((text) => `region ${contract.region}: ${text}`);
}

/** A key of Flink's configuration, which may be written flat or nested. */
function at(config: Record<string, unknown>, key: string): unknown {
  if (key in config) return config[key];
  for (let dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
    const inner = config[key.slice(0, dot)];
    if (typeof inner === 'object' && inner !== null) {
      const found = at(inner as Record<string, unknown>, key.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/**
 * Entries of a secret manager that a SecretProviderClass names: `objectName` for AWS and Azure, the last but one part of
 * `resourceName` for Google. The lists stand as YAML inside of string parameters.
 */
function mountedEntries(parameters: Readonly<Record<string, string>>): string[] {
  const texts = [parameters['objects'], parameters['secrets']].filter((text) => text !== undefined);
  const named = texts.flatMap((text) => [
    ...text.matchAll(/objectName: "?([^"\s]+)|\/secrets\/([^/"\s]+)\/versions\//g),
  ]);
  return named.map((match) => match[1] ?? match[2] ?? '');
}

/** @throws CommandError HR-SYNTH-001 with every disagreement. */
export function assertContract(contract: RegionContract, files: ReadonlyMap<string, string>): void {
  const found = contractViolations(contract, files);
  if (found.length) {
    throw new CommandError(
      'HR-SYNTH-001',
      `region ${contract.region}`,
      `stack and charts disagree:\n  ${found.join('\n  ')}`,
      {
        mend: 'this is an error of Headrace unless flink.configuration overrides one of the keys',
      },
    );
  }
}
