/**
 * Contexts of kubectl by region, from `REGION=CONTEXT` texts. @returns undefined where they are not those of just these regions.
 */
export function regionContexts(
  given: readonly string[],
  regions: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const contexts = new Map(given.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));
  return regions.every((region) => contexts.get(region)) && contexts.size === regions.length ? contexts : undefined;
}
