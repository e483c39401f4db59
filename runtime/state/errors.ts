/** Stable codes of failures in state, replication and leases. */
export const STATE_CODES = {
  'HR-STATE-001': 'the store cannot be reached or refuses',
  'HR-STATE-002': 'no such object',
  'HR-STATE-003': 'content does not match its checksum or size',
  'HR-STATE-004': 'written by another version of the format',
  'HR-STATE-005': 'the lease belongs to another region',
  'HR-STATE-006': 'no complete restore point',
  'HR-STATE-007': 'made by another agent plan',
  'HR-STATE-008': 'a key leaves the root of the store',
  'HR-STATE-009': 'not the URI of a state root',
  'HR-STATE-010': 'a checkpoint of Flink that cannot be copied',
} as const;
export type StateCode = keyof typeof STATE_CODES;

/** A failure with a stable code, the place (store and key), and the next action where there is one. */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly code: StateCode;
  readonly place: string;
  readonly mend: string | undefined;

  constructor(code: StateCode, place: string, message: string, options: { mend?: string; cause?: unknown } = {}) {
    super(`${code} ${place}: ${message}${options.mend ? ` (${options.mend})` : ''}`, { cause: options.cause });
    this.code = code;
    this.place = place;
    this.mend = options.mend;
  }
}
