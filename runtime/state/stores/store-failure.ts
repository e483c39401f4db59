import { StateError } from '../errors.ts';
import { SourceFailure } from './parts.ts';

export type Vendor = 's3' | 'azure' | 'gcs';

/** What a vendor's error says, as far as a person can act on it. */
export type FailureKind =
  | 'denied'
  | 'no-bucket'
  | 'expired'
  | 'clock'
  | 'no-credentials'
  | 'bad-credentials'
  | 'elsewhere'
  | 'busy'
  | 'unreachable'
  | 'unknown';

const BUCKET = { s3: 'bucket', azure: 'container', gcs: 'bucket' } as const;
const DENIED: Readonly<Record<Vendor, string>> = {
  s3: 'allow s3:GetObject, s3:PutObject and s3:DeleteObject on the objects and s3:ListBucket on the bucket (without the latter, absent objects look forbidden), and the use of its KMS key',
  azure: 'assign Storage Blob Data Contributor, to read alone Storage Blob Data Reader, on the container',
  gcs: 'grant roles/storage.objectUser, to read alone roles/storage.objectViewer, on the bucket',
};
const CREDENTIALS: Readonly<Record<Vendor, string>> = {
  s3: 'give the pod an identity (service account with a role), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  azure: 'give the pod a workload identity, or run az login',
  gcs: 'give the pod a workload identity, or run gcloud auth application-default login',
};

const mendOf = (kind: FailureKind, vendor: Vendor): string | undefined => {
  switch (kind) {
    case 'denied':
      return DENIED[vendor];
    case 'no-bucket':
      return `there is no such ${BUCKET[vendor]}: deploy the region's stack, or correct the URI`;
    case 'expired':
      return `the credentials expired: renew them, or ${CREDENTIALS[vendor]}`;
    case 'clock':
      return "this machine's clock is off: synchronize it (NTP)";
    case 'no-credentials':
    case 'bad-credentials':
      return CREDENTIALS[vendor];
    case 'elsewhere':
      return 'the bucket is in another region: set AWS_REGION to its region';
    case 'busy':
      return 'the store throttles or fails: lower the concurrency, or wait';
    case 'unreachable':
      return 'check the endpoint, DNS, and that the network policy allows this egress';
    case 'unknown':
      return undefined;
  }
};

const BY_CODE: Readonly<Record<string, FailureKind>> = {
  // S3
  AccessDenied: 'denied',
  AllAccessDisabled: 'denied',
  NoSuchBucket: 'no-bucket',
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  TokenRefreshRequired: 'expired',
  RequestExpired: 'expired',
  RequestTimeTooSkewed: 'clock',
  CredentialsProviderError: 'no-credentials',
  InvalidAccessKeyId: 'bad-credentials',
  SignatureDoesNotMatch: 'bad-credentials',
  InvalidToken: 'bad-credentials',
  PermanentRedirect: 'elsewhere',
  AuthorizationHeaderMalformed: 'elsewhere',
  SlowDown: 'busy',
  // Azure
  AuthorizationFailure: 'denied',
  AuthorizationPermissionMismatch: 'denied',
  InsufficientAccountPermissions: 'denied',
  ContainerNotFound: 'no-bucket',
  InvalidAuthenticationInfo: 'expired',
  AuthenticationFailed: 'bad-credentials',
  CredentialUnavailableError: 'no-credentials',
  AggregateAuthenticationError: 'no-credentials',
  ServerBusy: 'busy',
  // Node's network
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ENOTFOUND: 'unreachable',
  ETIMEDOUT: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  TimeoutError: 'unreachable',
  REQUEST_SEND_ERROR: 'unreachable',
};

/** Errors of the three SDKs, and of Node below them. */
interface VendorError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly details?: { readonly errorCode?: string; readonly authenticationErrorDetail?: string };
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly errors?: readonly unknown[];
}

/** HTTP status of a vendor's error. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata, statusCode, code } = error as VendorError;
  for (const value of [$metadata?.httpStatusCode, statusCode, code]) if (typeof value === 'number') return value;
  return undefined;
}

export function failureKind(error: unknown): FailureKind {
  const { name, code, message = '', details, errors } = error as VendorError;
  // Google has no codes, Azure tells of clocks in a detail of a general code.
  const text = `${message} ${details?.authenticationErrorDetail ?? ''}`;
  if (/Request date header too old|reasonable timeframe|iat and exp|difference between the request time/i.test(text))
    return 'clock';
  for (const key of [details?.errorCode, code, name]) {
    const kind = typeof key === 'string' ? BY_CODE[key] : undefined;
    if (kind) return kind;
  }
  for (const inner of errors ?? []) {
    const kind = failureKind(inner);
    if (kind === 'unreachable') return kind;
  }
  if (/could not load the default credentials/i.test(text)) return 'no-credentials';
  if (/specified bucket does not exist/i.test(text)) return 'no-bucket';
  if (/invalid_grant|expired/i.test(text)) return 'expired';
  if (/ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ECONNRESET|socket hang up/.test(text)) return 'unreachable';
  const status = statusOf(error);
  if (status === 401) return 'bad-credentials';
  if (status === 403) return 'denied';
  if (status === 429 || (status !== undefined && status >= 500)) return 'busy';
  return 'unknown';
}

/** A vendor's error as one of Headrace. */
export function storeFailure(place: string, vendor: Vendor, error: unknown): StateError {
  const { name, message, code, details } = error as VendorError;
  const label = details?.errorCode ?? (typeof code === 'string' ? code : name);
  // Azure's messages go on with request ids and times on lines of their own.
  const text = message?.split('\n')[0]?.trim();
  const mend = mendOf(failureKind(error), vendor);
  return new StateError('HR-STATE-001', place, [label, text].filter(Boolean).join(': '), {
    cause: error,
    ...(mend ? { mend } : {}),
  });
}

/** Runs an adapter's work: a vendor's error becomes one of Headrace, one of the written stream stays what it was. */
export async function guarded<T>(place: string, vendor: Vendor, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SourceFailure) throw error.cause;
    throw error instanceof StateError ? error : storeFailure(place, vendor, error);
  }
}
