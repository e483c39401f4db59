import { HeadraceError } from '../../api/errors.ts';

/** HTTP statuses that another try can cure: time-out, conflict, too many requests, and any fault of the server. */
const passing = (status: number | undefined) =>
  status === undefined || status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;

/** A service's refusal or silence as a coded error. A missing status means that nobody answered. */
export function serviceFailure(model: string, error: unknown): HeadraceError {
  if (error instanceof HeadraceError) return error;
  const status =
    (error as { status?: unknown; status_code?: unknown }).status ?? (error as { status_code?: unknown }).status_code;
  const code = typeof status === 'number' ? status : undefined;
  const mend =
    code === 401 || code === 403
      ? 'check the key of this service'
      : code === 404
        ? 'check the model name and the address'
        : undefined;
  return new HeadraceError(
    'HR-RESOURCE-004',
    model,
    `${code === undefined ? 'cannot be reached' : `answered ${code}`}: ${(error as Error).message}`,
    { cause: error, retryable: passing(code), mend },
  );
}
