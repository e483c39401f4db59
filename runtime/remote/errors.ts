/** A failure of Flink's REST interface, or of reaching it. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: `HR-REMOTE-${string}`;
  readonly place: string;
  readonly mend: string | undefined;
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;

  constructor(
    code: `HR-REMOTE-${string}`,
    place: string,
    message: string,
    options: { readonly mend?: string; readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.place = place;
    this.mend = options.mend;
    this.status = options.status;
  }
}
