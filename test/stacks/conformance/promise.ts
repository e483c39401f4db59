// The table's words: a promise, and how each cloud keeps it.
import type { Cloud } from '../../../config/index.ts';

/** Stacks of one deployment that a promise may be about: an active region, its standby in the same cloud, the global one. */
export type StackName = 'region' | 'standby' | 'global';

/** Fields that resources of one type must have. */
export interface Need {
  readonly stack: StackName;
  readonly type: string;
  /** Their names; a number: all of the type, which are so many. */
  readonly names: readonly string[] | number;
  /** Expected value, or matcher, by path. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Why other resources of the type need not have these fields. Without it they must, where they set them at all. */
  readonly others?: string;
}

/** Types of which no stack may have a resource. */
export interface Forbidden {
  readonly forbidden: string;
}

/** How one cloud keeps a promise. */
export interface Kept {
  readonly needs: readonly (Need | Forbidden)[];
  /** Why it is kept in another way, or in part only, than in the other clouds. The docs say so. */
  readonly but?: string;
}

/** Why one cloud cannot keep a promise. The docs say so. */
export interface Exception {
  readonly exception: string;
}

export type Cell = Kept | Exception;

export interface Promised extends Readonly<Record<Cloud, Cell>> {
  readonly id: string;
  /** After "A region". */
  readonly sentence: string;
}

/**
 * Fields of named resources of a type, or of all, of which there must be so many.
 * @param where `type`, `standby:type` or `global:type`; the active region's stack where none is named.
 */
export function need(
  where: string,
  names: string | readonly string[] | number,
  fields: Readonly<Record<string, unknown>> = {},
  others?: string,
): Need {
  const [, stack, type] = /^(?:(standby|global):)?(.+)$/.exec(where) ?? [];
  return {
    stack: (stack as StackName | undefined) ?? 'region',
    type: type ?? where,
    names: typeof names === 'string' ? [names] : names,
    fields,
    ...(others ? { others } : {}),
  };
}

/** No resource of the type in any stack. */
export const never = (type: string): Forbidden => ({ forbidden: type });

type Part = Need | Forbidden | readonly (Need | Forbidden)[];

export const kept = (...needs: readonly Part[]): Kept => ({ needs: needs.flat() });

/** Kept otherwise, or in part. @param but the reason, as the docs tell it. */
export const keptBut = (but: string, ...needs: readonly Part[]): Kept => ({ needs: needs.flat(), but });

export const exception = (reason: string): Exception => ({ exception: reason });

/** What the docs of a cloud say of a promise, if anything. */
export const reasonOf = (cell: Cell): string | undefined => ('exception' in cell ? cell.exception : cell.but);
