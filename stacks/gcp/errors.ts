/** A deployment that Google Cloud cannot serve as written, found at synthesis. */
export class GcpStackError extends Error {
  override readonly name = 'GcpStackError';
  /** `HR-GCP-001`: an egress name that Google's firewall cannot match. */
  readonly code: 'HR-GCP-001';
  /** Place in the deployment file. */
  readonly path: string;
  readonly received: string;
  readonly mend: string;

  constructor(code: 'HR-GCP-001', details: { path: string; received: string; message: string; mend: string }) {
    const { path, received, message, mend } = details;
    super(`${code} ${path}: ${message}\n  found:   ${received}\n  mend:    ${mend}`);
    this.code = code;
    this.path = path;
    this.received = received;
    this.mend = mend;
  }
}
