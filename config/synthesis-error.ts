/** Where, what was found, and what to do about it. */
export interface SynthesisErrorDetails {
  /** Place in the deployment file, such as `regions[0].cidr`. */
  readonly path: string;
  /** The offending value as JSON. */
  readonly received: string;
  readonly message: string;
  readonly mend: string;
}

/** A deployment that is valid by itself and that one cloud cannot serve as written; found at synthesis. */
export class SynthesisError<Code extends `HR-${string}` = `HR-${string}`> extends Error {
  override readonly name: string = 'SynthesisError';
  readonly code: Code;
  /** Place in the deployment file. */
  readonly path: string;
  readonly received: string;
  readonly mend: string;

  constructor(code: Code, { path, received, message, mend }: SynthesisErrorDetails) {
    super(message);
    this.code = code;
    this.path = path;
    this.received = received;
    this.mend = mend;
  }

  /** Lines for a person, as violations of the file itself are shown. */
  render(): string {
    return `${this.code} ${this.path}: ${this.message}\n  found:   ${this.received}\n  mend:    ${this.mend}`;
  }
}
