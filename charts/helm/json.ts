/** Entries in order of key, as Go sorts strings: by bytes of UTF-8. */
export const canonicalOrder = <T>(mapping: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(mapping).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
