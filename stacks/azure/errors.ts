/** `HR-AZURE-001`: zones that Azure does not have. `HR-AZURE-002`: an account that is no subscription. */
export type AzureStackCode = 'HR-AZURE-001' | 'HR-AZURE-002';

/** A deployment that Azure cannot serve as written, found at synthesis. */
export class AzureStackError extends Error {
  override readonly name = 'AzureStackError';
  readonly code: AzureStackCode;
  /** Place in the deployment file. */
  readonly path: string;
  readonly received: string;
  readonly mend: string;

  constructor(code: AzureStackCode, details: { path: string; received: string; message: string; mend: string }) {
    const { path, received, message, mend } = details;
    super(`${code} ${path}: ${message}\n  found:   ${received}\n  mend:    ${mend}`);
    this.code = code;
    this.path = path;
    this.received = received;
    this.mend = mend;
  }
}
