/**
 * Values of a chart are written once. For plain manifests the constructs get the values themselves; for a Helm template
 * they get the same shape with a placeholder at every leaf, which the template writer turns into an expression.
 */
const OPEN = 'HRV<';
const CLOSE = '>HRV';

export const PLACEHOLDER = /HRV<([^>]+)>HRV/g;
const WHOLE_PLACEHOLDER = /^HRV<([^>]+)>HRV$/;

export const placeholder = (path: string) => `${OPEN}${path}${CLOSE}`;

const AS_TEXT = '|text';

/** A number or truth value where Kubernetes wants a string, such as the value of an environment variable. */
export const asText = (value: number | boolean): string => {
  const path = wholePath(value as unknown);
  return path === undefined ? String(value) : placeholder(`${path}${AS_TEXT}`);
};

/** The path of a placeholder, and whether it stands for a number that is written as a string. */
export const parsePath = (path: string) =>
  path.endsWith(AS_TEXT) ? { path: path.slice(0, -AS_TEXT.length), text: true } : { path, text: false };

/** Where an entry of a free-form mapping is made into an item of a list: its value, beside the mapping's own path for its key. */
export const entryOf = (path: string) => `${path}|value`;

const CHECKSUM = '|sha256';

/** Where the checksum of a free-form mapping stands. */
export const checksumOf = (path: string) => `${path}${CHECKSUM}`;
/** The mapping whose checksum a path stands for. */
export const ofChecksum = (path: string): string | undefined =>
  path.endsWith(CHECKSUM) ? path.slice(0, -CHECKSUM.length) : undefined;

/** Helm's own values; the rest are paths under `.Values`. */
export const RELEASE_NAME = 'Release.Name';
export const RELEASE_NAMESPACE = 'Release.Namespace';

/** Path of a string that is a placeholder and nothing else. */
export const wholePath = (text: unknown): string | undefined =>
  typeof text === 'string' ? WHOLE_PLACEHOLDER.exec(text)?.[1] : undefined;

/**
 * A copy of chart values with a placeholder at every leaf. A list becomes a list of one placeholder and a free-form
 * mapping (`freeForm`, by path) a mapping of one, so that constructs can map over and spread them as over real ones; the
 * template writer turns what became of them into loops.
 */
export function symbolic<V extends object>(values: V, freeForm: ReadonlySet<string>, prefix = ''): V {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const path = prefix ? `${prefix}.${name}` : name;
      if (Array.isArray(value)) return [name, [placeholder(path)]];
      if (typeof value !== 'object' || value === null) return [name, placeholder(path)];
      return [
        name,
        freeForm.has(path)
          ? { [placeholder(path)]: placeholder(entryOf(path)) }
          : symbolic(value as object, freeForm, path),
      ];
    }),
  ) as V;
}

/** What kind of leaf a path leads to: it decides how a template writes it. */
export type LeafKind = 'string' | 'scalar' | 'list' | 'mapping';

export function leafKinds(values: object, freeForm: ReadonlySet<string>, prefix = ''): Map<string, LeafKind> {
  const kinds = new Map<string, LeafKind>();
  for (const [name, value] of Object.entries(values)) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (Array.isArray(value)) {
      kinds.set(path, 'list');
    } else if (typeof value === 'object' && value !== null) {
      if (freeForm.has(path)) kinds.set(path, 'mapping');
      else for (const [inner, kind] of leafKinds(value, freeForm, path)) kinds.set(inner, kind);
    } else {
      kinds.set(path, typeof value === 'string' ? 'string' : 'scalar');
    }
  }
  return kinds;
}
