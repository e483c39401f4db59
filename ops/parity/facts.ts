import { parse, parseAllDocuments } from 'yaml';
import { type NameParts, names, type RegionModel, WORKLOADS } from '../../config/index.ts';

/** What a region has, one value a place: `Kind/name path.of.a.field`. The region's own names are `{region}` and the like. */
export type Facts = ReadonlyMap<string, string>;

/** The deployment file, which names every region in each of them. */
const FILE = 'data.headrace.json';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  /** Of a ConfigMap. */
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Facts of Kubernetes objects.
 * @param texts YAML, any number of documents each
 * @param region what its names are made from, and the addresses of its network
 */
export function factsOf(texts: Iterable<string>, region: Pick<RegionModel, 'parts' | 'cidr'>): Facts {
  const facts = new Map<string, string>();
  for (const text of texts)
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as Manifest | null;
      if (object === null) continue;
      const id = common(`${object.kind}/${object.metadata.name}`, region);
      for (const [path, value] of leaves(opened(object)))
        if (path.startsWith(FILE)) facts.set(`${id} ${path}`, value);
        else facts.set(`${id} ${common(path, region)}`, common(value, region));
    }
  return facts;
}

/** Files in a ConfigMap that have a structure are compared by it. */
function opened(object: Manifest): object {
  if (object.kind !== 'ConfigMap' || !object.data) return object;
  const data = Object.entries(object.data).map(([name, text]) => [
    name,
    /\.(ya?ml|json)$/.test(name) ? parse(text) : text,
  ]);
  return { ...object, data: Object.fromEntries(data) };
}

/** The object that a fact is about. */
export const objectOf = (place: string): string => place.slice(0, place.indexOf(' '));

/** Values by path. Members of a list are known by their name, where they have one: they may stand in another order. */
function* leaves(value: unknown, path = ''): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null) {
    yield [path, String(value)];
    return;
  }
  const entries = Array.isArray(value)
    ? value.map((item, i) => [nameOf(item) ?? String(i), item] as const)
    : Object.entries(value);
  for (const [key, item] of entries) yield* leaves(item, path === '' ? key : `${path}.${key}`);
}

function nameOf(item: unknown): string | undefined {
  const name = (item as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? `[${name}]` : undefined;
}

/** A text with the region's own names replaced by what they stand for. */
function common(text: string, { parts, cidr }: Pick<RegionModel, 'parts' | 'cidr'>): string {
  if (text === cidr) return '{network}';
  let result = text;
  for (const [name, stands] of ownNames(parts)) result = result.replaceAll(name, stands);
  return result === parts.region ? '{region}' : result;
}

/** Longer names first: one may be part of another. */
function ownNames(parts: NameParts): [string, string][] {
  const own: [string, string][] = [
    [names.stateBucket(parts), '{bucket}'],
    [names.storageAccount(parts), '{storage-account}'],
    [names.keyVault(parts), '{key-vault}'],
    [names.azureRegistry(parts), '{registry}'],
    [names.region(parts), '{deployment}-{region}'],
    [names.storesAccount(parts), 'stores-{region}'],
    ...WORKLOADS.map((workload): [string, string] => [names.serviceAccount(parts, workload), `${workload}-{region}`]),
  ];
  return own.sort(([a], [b]) => b.length - a.length);
}
