import { describe, expect, it } from 'vitest';
import { Failure } from '../domain/failure.ts';
import type { S3Place } from './s3-errors.ts';
import { s3Failure } from './s3-errors.ts';

const place: S3Place = {
  bucket: 'acme',
  region: 'eu-west-1',
  endpoint: 'https://s3.example.net',
  credentialsSecret: 'offsite-s3',
  storageClass: 'COLD',
  secrets: ['canary-of-the-secret', 'AKIACANARY', 'x'],
};
const ambient: S3Place = { ...place, credentialsSecret: undefined };
const now = new Date('2026-11-20T12:00:00Z');

/** An error as the SDK makes it. */
function answer(name: string, status?: number, more: object = {}): Error {
  const error = Object.assign(new Error(`words of ${name}`), { name, ...more });
  return Object.assign(error, status === undefined ? {} : { $metadata: { httpStatusCode: status } });
}

function broken(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

describe('what a store’s error means', () => {
  const cases: [string, Error, string, RegExp][] = [
    [
      'an unknown key',
      answer('InvalidAccessKeyId', 403),
      'StoreCredentialsRefused',
      /does not know.*Secret offsite-s3/,
    ],
    ['a wrong secret', answer('SignatureDoesNotMatch', 403), 'StoreCredentialsRefused', /refuses the secret/],
    ['an expired token', answer('ExpiredToken', 400), 'StoreCredentialsRefused', /refuses the credentials/],
    [
      'no credentials',
      answer('CredentialsProviderError'),
      'StoreCredentialsRefused',
      /there are no credentials/,
    ],
    ['no bucket', answer('NoSuchBucket', 404), 'BucketAbsent', /has no bucket acme/],
    [
      'a redirect that names the region',
      answer('PermanentRedirect', 301, { $response: { headers: { 'x-amz-bucket-region': 'us-east-2' } } }),
      'WrongRegion',
      /set s3\.region to us-east-2/,
    ],
    ['a redirect that does not', answer('301', 301), 'WrongRegion', /set s3\.region to where it is/],
    [
      'a malformed header',
      answer('AuthorizationHeaderMalformed', 400, {
        message: "the region 'x' is wrong; expecting 'us-west-2'",
      }),
      'WrongRegion',
      /us-west-2/,
    ],
    [
      'clocks that differ',
      answer('RequestTimeTooSkewed', 403, {
        $response: { headers: { date: 'Fri, 20 Nov 2026 12:20:00 GMT' } },
      }),
      'ClockSkew',
      /1200 s behind the store's/,
    ],
    [
      'a refusal',
      answer('AccessDenied', 403),
      'StoreAccessDenied',
      /denies s3:PutObject on acme\/p\/key: grant/,
    ],
    ['a refusal without words', answer('403', 403), 'StoreAccessDenied', /denies s3:PutObject/],
    ['throttling', answer('SlowDown', 503), 'StoreThrottled', /SlowDown/],
    ['too many requests', answer('429', 429), 'StoreThrottled', /slow down/],
    ['a quota', answer('QuotaExceeded', 403), 'StoreFull', /no room left for bucket acme/],
    ['no storage', answer('507', 507), 'StoreFull', /no room left/],
    ['an object too large', answer('EntityTooLarge', 400), 'ObjectTooLarge', /s3\.partSizeBytes/],
    ['an unknown class', answer('InvalidStorageClass', 400), 'StoreRefused', /storage class COLD/],
    [
      'a bucket without lock',
      answer('InvalidRequest', 400, { message: 'Bucket is missing Object Lock Configuration' }),
      'StoreRefused',
      /has no object lock/,
    ],
    ['an odd request', answer('InvalidArgument', 400), 'StoreRefused', /words of InvalidArgument/],
    ['an inner error', answer('InternalError', 500), 'StoreFailed', /HTTP 500, InternalError, words/],
    ['a name that does not resolve', broken('ENOTFOUND'), 'StoreUnreachable', /does not resolve/],
    ['a closed port', broken('ECONNREFUSED'), 'StoreUnreachable', /refuses connections/],
    ['a silent store', answer('TimeoutError'), 'StoreUnreachable', /did not answer in time/],
    ['a broken connection', broken('ECONNRESET'), 'StoreUnreachable', /broke the connection$/],
    ['a hung-up connection', broken('', 'socket hang up'), 'StoreUnreachable', /broke the connection/],
    ['an expired certificate', broken('CERT_HAS_EXPIRED'), 'StoreTlsNotTrusted', /has expired: renew/],
    ['a private authority', broken('SELF_SIGNED_CERT_IN_CHAIN'), 'StoreTlsNotTrusted', /s3\.caSecretKeyRef/],
    [
      'another host name',
      broken(
        'ERR_TLS_CERT_ALTNAME_INVALID',
        "does not match certificate's altnames: Host: a. is not in DNS:b",
      ),
      'StoreTlsNotTrusted',
      /for another name: Host: a\. is not in DNS:b; use a name of the certificate in s3\.endpoint/,
    ],
    [
      'an error around another',
      new Error('outer', { cause: broken('ECONNREFUSED') }),
      'StoreUnreachable',
      /refuses/,
    ],
    ['something else', new Error('surprise'), 'StoreFailed', /failed at PutObject.*surprise/],
  ];
  it.each(cases)('is told: %s', (_label, error, reason, says) => {
    const failure = s3Failure(error, place, { operation: 'PutObject', key: 'p/key' }, now);
    expect(failure).toMatchObject({ reason, message: expect.stringMatching(says) as unknown });
  });

  it.each([
    ['UploadPart', 's3:PutObject'],
    ['AbortMultipartUpload', 's3:AbortMultipartUpload'],
    ['HeadObject', 's3:GetObject'],
    ['ListObjectsV2', 's3:ListBucket'],
    ['ListMultipartUploads', 's3:ListBucketMultipartUploads'],
    ['ListParts', 's3:ListMultipartUploadParts'],
    ['DeleteObject', 's3:DeleteObject'],
  ])('names the permission that %s needs', (operation, permission) => {
    const failure = s3Failure(answer('AccessDenied', 403), place, { operation }, now);
    expect(failure.message).toContain(`denies ${permission}`);
  });

  it('speaks of the pod’s identity where no Secret is named', () => {
    for (const code of ['AccessDenied', 'InvalidAccessKeyId'])
      expect(s3Failure(answer(code, 403), ambient, { operation: 'PutObject' }, now).message).toMatch(
        /pod's (own )?identity/,
      );
  });

  it('lets no secret through, in message or cause', () => {
    const leak = answer('InternalError', 500, { message: 'got canary-of-the-secret from AKIACANARY' });
    const failure = s3Failure(leak, place, { operation: 'PutObject' }, now);
    expect(`${failure.message} ${String(failure.cause)}`).not.toMatch(/canary-of|AKIACANARY/);
    expect(failure.message).toContain('got *** from ***');
  });

  it('leaves a failure as it is', () => {
    const failure = new Failure('StoreFull', 'full');
    expect(s3Failure(failure, place, { operation: 'PutObject' }, now)).toBe(failure);
  });
});
