import { describe, expect, test } from 'vitest';
import { StateError } from '../../runtime/state/errors.ts';
import { SourceFailure } from '../../runtime/state/stores/parts.ts';
import { guarded, storeFailure, type Vendor } from '../../runtime/state/stores/store-failure.ts';

/** An error as an SDK throws it. */
const error = (message: string, more: object = {}) => Object.assign(new Error(message), more);

describe('a vendor’s error', () => {
  // Names and codes are those of the services' error references.
  test.each<[string, Vendor, Error, string]>([
    [
      'S3 denies',
      's3',
      error('Access Denied', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }),
      's3:ListBucket',
    ],
    [
      'S3 denies a HEAD',
      's3',
      error('UnknownError', { name: '403', $metadata: { httpStatusCode: 403 } }),
      's3:ListBucket',
    ],
    [
      'S3 has no bucket',
      's3',
      error('x', { name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } }),
      'no such bucket',
    ],
    ['an STS token expired', 's3', error('x', { name: 'ExpiredToken', $metadata: { httpStatusCode: 400 } }), 'expired'],
    ['a clock is off', 's3', error('x', { name: 'RequestTimeTooSkewed', $metadata: { httpStatusCode: 403 } }), 'NTP'],
    ['AWS credentials are missing', 's3', error('x', { name: 'CredentialsProviderError' }), 'AWS_PROFILE'],
    [
      'the bucket is elsewhere',
      's3',
      error('x', { name: 'PermanentRedirect', $metadata: { httpStatusCode: 301 } }),
      'AWS_REGION',
    ],
    [
      'S3 throttles',
      's3',
      error('x', { name: 'SlowDown', $metadata: { httpStatusCode: 503 } }),
      'lower the concurrency',
    ],
    [
      'Azure denies',
      'azure',
      error('x', { code: 'AuthorizationPermissionMismatch', statusCode: 403 }),
      'Storage Blob Data Contributor',
    ],
    [
      'Azure has no container',
      'azure',
      error('x', { details: { errorCode: 'ContainerNotFound' }, statusCode: 404 }),
      'no such container',
    ],
    [
      'Azure finds the clock off',
      'azure',
      error('x', {
        code: 'AuthenticationFailed',
        statusCode: 403,
        details: { authenticationErrorDetail: 'Request date header too old: Thu, 26 Nov 2026' },
      }),
      'NTP',
    ],
    ['an Entra token expired', 'azure', error('x', { code: 'InvalidAuthenticationInfo', statusCode: 401 }), 'expired'],
    ['Azure credentials are missing', 'azure', error('x', { name: 'CredentialUnavailableError' }), 'az login'],
    [
      'Google denies',
      'gcs',
      error('x does not have storage.objects.get access', { code: 403 }),
      'roles/storage.objectUser',
    ],
    ['Google has no bucket', 'gcs', error('The specified bucket does not exist.', { code: 404 }), 'no such bucket'],
    ['Google finds the clock off', 'gcs', error('invalid_grant: Invalid JWT: check your iat and exp values'), 'NTP'],
    ['Google credentials are missing', 'gcs', error('Could not load the default credentials.'), 'gcloud auth'],
    ['Google throttles', 'gcs', error('rateLimitExceeded', { code: 429 }), 'lower the concurrency'],
    ['a name is not known', 'gcs', error('getaddrinfo ENOTFOUND x', { code: 'ENOTFOUND' }), 'check the endpoint'],
    [
      'all addresses refuse',
      'azure',
      error('', { errors: [error('x', { code: 'ECONNREFUSED' })] }),
      'check the endpoint',
    ],
  ])('says what to do when %s', (_, vendor, cause, mend) => {
    const failure = storeFailure('s3://b/k', vendor, cause);
    expect(failure).toMatchObject({ code: 'HR-STATE-001', place: 's3://b/k', mend: expect.stringContaining(mend) });
    expect(failure.cause).toBe(cause);
  });

  test('keeps the vendor’s code, and the first line of its message', () => {
    const cause = error('This request is not authorized.\nRequestId:1\nTime:2', { code: 'AuthorizationFailure' });
    expect(storeFailure('p', 'azure', cause).message).toContain(
      'AuthorizationFailure: This request is not authorized. (',
    );
  });

  test('leaves errors of ours and of the written stream as they are', async () => {
    const ours = new StateError('HR-STATE-002', 'p', 'absent');
    await expect(guarded('p', 's3', () => Promise.reject(ours))).rejects.toBe(ours);
    const source = new Error('the source broke');
    const failed = new SourceFailure('x', { cause: source });
    await expect(guarded('p', 's3', () => Promise.reject(failed))).rejects.toBe(source);
  });
});
