/** Stable codes of failures in agents and their runtime. */
export const RUNTIME_CODES = {
  'HR-AGENT-001': 'there is no such agent file',
  'HR-AGENT-002': 'the agent file throws while it is loaded',
  'HR-AGENT-003': 'the agent file exports no agent',
  'HR-AGENT-004': 'the key is no JSON pointer into the input',
  'HR-AGENT-005': 'an agent is declared wrongly',
  'HR-PLAN-001': 'a resource cannot be part of a plan',
  'HR-PLAN-002': 'a schema cannot be part of a plan',
  'HR-PLAN-003': 'not an agent plan of this version',
  'HR-RUNTIME-001': 'an input does not fit the agent',
  'HR-RUNTIME-002': 'an output does not fit the agent',
  'HR-RUNTIME-003': 'an action is not deterministic',
  'HR-RUNTIME-004': 'an event without an action',
  'HR-RUNTIME-005': 'a memory value does not fit its schema',
  'HR-RUNTIME-006': 'a tool call failed',
  'HR-RUNTIME-007': 'a run failed for good and the job is set to fail',
  'HR-RUNTIME-008': 'a committed part file has other content',
  'HR-RUNTIME-009': 'not supported by this environment',
  'HR-RUNTIME-010': 'an action ended its thread, or threw where nobody catches',
  'HR-RESOURCE-001': 'a resource is not bound',
  'HR-RESOURCE-002': 'a kind of resource is not supported',
  'HR-RESOURCE-003': 'a model answered with something else than asked for',
  'HR-RESOURCE-004': 'a model service refused or could not be reached',
  'HR-RESOURCE-005': 'a key is missing',
  'HR-RESOURCE-006': 'a tool cannot be run dry',
  'HR-SOURCE-001': 'a record cannot be read',
  'HR-SOURCE-002': 'a source cannot be opened',
} as const;
export type RuntimeCode = keyof typeof RUNTIME_CODES;

export interface ErrorOptions {
  /** What to do about it. */
  readonly mend?: string | undefined;
  /** The offending value, shortened by the thrower. */
  readonly received?: string | undefined;
  readonly cause?: unknown;
  /** Whether another try can help. Default: false. */
  readonly retryable?: boolean;
}

/** A failure with a stable code, its place, and the next action where there is one. */
export class HeadraceError extends Error {
  override readonly name: string = 'HeadraceError';
  readonly code: RuntimeCode;
  /** File, resource, event or key that the failure is about. */
  readonly place: string;
  readonly mend: string | undefined;
  readonly received: string | undefined;
  readonly retryable: boolean;

  constructor(code: RuntimeCode, place: string, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.place = place;
    this.mend = options.mend;
    this.received = options.received;
    this.retryable = options.retryable ?? false;
  }
}

/**
 * Thrown by an action or a tool to say that no further try can help: its run goes to the dead-letter output at once.
 * Any other error of user code is taken for a passing one and tried again.
 */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** Whether a failed run should be tried again. */
export const isRetryable = (error: unknown): boolean => {
  if (error instanceof TerminalError) return false;
  if (error instanceof HeadraceError) return error.retryable;
  return true;
};
