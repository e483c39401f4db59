import { type Facts, objectOf } from './facts.ts';

export interface Difference {
  /** `Kind/name`, with a path behind it where both regions have the object. */
  readonly place: string;
  /** Null where there is none. */
  readonly a: string | null;
  readonly b: string | null;
}

/** A difference that is as it should be. */
export interface Allowed {
  /** Place; `*` stands for any text. */
  readonly place: string;
  readonly reason: string;
}

/** What differs, in order of place. An object that one region lacks is one difference. */
export function differencesBetween(a: Facts, b: Facts): Difference[] {
  const [objectsOfA, objectsOfB] = [objects(a), objects(b)];
  const found: Difference[] = [];
  for (const object of new Set([...objectsOfA, ...objectsOfB])) {
    const [inA, inB] = [objectsOfA.has(object), objectsOfB.has(object)];
    if (inA !== inB) found.push({ place: object, a: inA ? 'there' : null, b: inB ? 'there' : null });
  }
  for (const place of new Set([...a.keys(), ...b.keys()])) {
    const object = objectOf(place);
    if (!objectsOfA.has(object) || !objectsOfB.has(object) || a.get(place) === b.get(place)) continue;
    found.push({ place, a: a.get(place) ?? null, b: b.get(place) ?? null });
  }
  return found.sort((one, other) => (one.place < other.place ? -1 : 1));
}

const objects = (facts: Facts): ReadonlySet<string> => new Set([...facts.keys()].map(objectOf));

/** Differences that nothing allows, those that something does with its reason, and patterns that allow none. */
export function sift(differences: readonly Difference[], allowed: readonly Allowed[]) {
  const patterns = allowed.map((one) => ({ ...one, matches: pattern(one.place) }));
  const unexplained: Difference[] = [];
  const explained: (Difference & { readonly reason: string })[] = [];
  const used = new Set<string>();
  for (const difference of differences) {
    const found = patterns.find(({ matches }) => matches.test(difference.place));
    if (found) {
      used.add(found.place);
      explained.push({ ...difference, reason: found.reason });
    } else unexplained.push(difference);
  }
  return { unexplained, explained, unused: allowed.filter(({ place }) => !used.has(place)) };
}

const pattern = (place: string) =>
  new RegExp(
    `^${place
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
