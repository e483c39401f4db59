/** A deployment that AWS cannot serve as written, found at synthesis. */
export class AwsStackError extends Error {
  override readonly name = 'AwsStackError';
  /**
   * `HR-AWS-001`: a network larger than a VPC can be. `HR-AWS-002`: a Bedrock inference profile whose regions are not
   * known, so that the worker's rights could not be named one by one.
   */
  readonly code: 'HR-AWS-001' | 'HR-AWS-002';
  /** Place in the deployment file. */
  readonly path: string;
  readonly received: string;
  readonly mend: string;

  constructor(
    code: 'HR-AWS-001' | 'HR-AWS-002',
    details: { path: string; received: string; message: string; mend: string },
  ) {
    const { path, received, message, mend } = details;
    super(`${code} ${path}: ${message}\n  found:   ${received}\n  mend:    ${mend}`);
    this.code = code;
    this.path = path;
    this.received = received;
    this.mend = mend;
  }
}
