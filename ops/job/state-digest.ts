import type { FlinkRest } from '../../runtime/remote/index.ts';

const ENTRIES = 'restored-state-entries';
const PART = 'restored-state-digest-';
const PARTS = 4;
const BITS = 64;

/** What a restore test's job found in keyed state: the same wherever, and however spread, the same state lies. */
export interface StateDigest {
  /** Memory's entries and unfinished inputs. */
  readonly entries: number;
  /** 64 hexadecimal digits. Sum of the entries' SHA-256, in four parts of 64 bits. */
  readonly digest: string;
}

/** Digest of what a rehearsing job restored; undefined until its TaskManager has told it. */
export async function restoredState(rest: FlinkRest, jobId: string): Promise<StateDigest | undefined> {
  const accumulators = await rest.accumulators(jobId);
  const entries = accumulators.get(ENTRIES);
  const parts = Array.from({ length: PARTS }, (_, i) => accumulators.get(`${PART}${i}`));
  if (entries === undefined || parts.includes(undefined)) return undefined;
  return {
    entries: Number(entries),
    digest: parts
      .map((part) =>
        BigInt.asUintN(BITS, BigInt(part ?? 0))
          .toString(16)
          .padStart(BITS / 4, '0'),
      )
      .join(''),
  };
}
