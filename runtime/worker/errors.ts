/** What keeps a worker from serving. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly code: `HR-WORKER-${string}`;
  readonly place: string;
  readonly mend: string | undefined;

  constructor(code: `HR-WORKER-${string}`, place: string, message: string, mend?: string) {
    super(message);
    this.code = code;
    this.place = place;
    this.mend = mend;
  }
}
