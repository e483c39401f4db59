/** A directory in which a savepoint was, or is being, written. */
export interface SavepointDirectory {
  readonly key: string;
  /** Its `_metadata` is there. */
  readonly complete: boolean;
  /** Newest write, milliseconds since 1970. */
  readonly at: number;
}

/** One that is written for longer than this is given up. Milliseconds. */
export const ABANDONED_MS = 24 * 3_600_000;

/**
 * Savepoints to delete: complete ones beyond the newest `retain`, and incomplete ones that nobody writes any more.
 * @param referenced keys that something else refers to: those and what lies in them stay, and count.
 */
export function superfluous(
  directories: readonly SavepointDirectory[],
  retain: number,
  referenced: readonly string[],
  now: number,
): string[] {
  const needed = (key: string) => referenced.some((one) => one === key || one.startsWith(`${key}/`));
  const complete = directories.filter((one) => one.complete).toSorted((a, b) => b.at - a.at);
  const given = directories.filter((one) => !one.complete && now - one.at > ABANDONED_MS);
  return [...complete.slice(retain), ...given].map(({ key }) => key).filter((key) => !needed(key));
}
