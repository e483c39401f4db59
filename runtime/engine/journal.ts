import { hash } from 'node:crypto';
import { canonicalJson } from '../plan/json.ts';

/** A finished durable call of a run. */
export interface JournalEntry {
  /** Order in which the run made the call, from 0. */
  readonly index: number;
  /** `chat:judge`, `tool:lookup`, `durable:charge`, `now`. */
  readonly name: string;
  /** Digest of the call's arguments, to notice an action that is not deterministic. */
  readonly args: string;
  /** What the call gave back; survives JSON. */
  readonly result: unknown;
}

/** Sixteen hexadecimal digits over a call's arguments. */
export const argsDigest = (args: unknown): string =>
  args === undefined ? '' : hash('sha256', canonicalJson(args), 'hex').slice(0, 16);

/** What identifies a run for good: the same after every restart, in every region. */
export interface RunIdentity {
  readonly job: string;
  readonly key: string;
  readonly inputId: string;
}

/** 32 hexadecimal digits of SHA-256 over the run and a suffix; parts are length-prefixed, so that they cannot run together. */
export const derivedId = ({ job, key, inputId }: RunIdentity, kind: string, index: number): string =>
  hash('sha256', `${job.length}:${job}${key.length}:${key}${inputId.length}:${inputId}${kind}${index}`, 'hex').slice(
    0,
    32,
  );

/** The key that a service sees on every try of one call. */
export const idempotencyKey = (run: RunIdentity, index: number) => derivedId(run, 'call', index);
/** The id of an output: recognizable when it is seen twice. */
export const outputId = (run: RunIdentity, index: number) => derivedId(run, 'output', index);
