import type { FailureReason } from '../api/v1alpha1/failure-reasons.ts';
import { Failure } from '../domain/failure.ts';
import { networkFault } from './network-errors.ts';
import type { S3Answer } from './s3-answer.ts';
import { answerOf } from './s3-answer.ts';

/** What a message may name of a store. */
export interface S3Place {
  readonly bucket: string;
  readonly region: string;
  /** Scheme, host and port. */
  readonly endpoint: string;
  readonly credentialsSecret: string | undefined;
  readonly storageClass: string | undefined;
  /** Values that no message may hold. */
  readonly secrets: readonly string[];
}

/** The request that failed: S3's name of the operation, and the whole key. */
export interface S3Request {
  readonly operation: string;
  readonly key?: string;
}

interface Told {
  readonly place: S3Place;
  readonly request: S3Request;
  readonly answer: S3Answer;
  readonly now: Date;
}

type Verdict = readonly [FailureReason, string];
type Teller = (told: Told) => Verdict;

/** Permission that an operation needs, where it is not `s3:` and the operation's name. */
const permissions: Readonly<Record<string, string>> = {
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
  HeadObject: 's3:GetObject, and s3:ListBucket for keys that may be absent',
  GetObject: 's3:GetObject, and s3:ListBucket for keys that may be absent',
  ListObjectsV2: 's3:ListBucket',
  HeadBucket: 's3:ListBucket',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  ListParts: 's3:ListMultipartUploadParts',
  ListObjectVersions: 's3:ListBucketVersions',
  GetObjectLockConfiguration: 's3:GetBucketObjectLockConfiguration',
};

const credentials: Teller = ({ place, answer }) => [
  'StoreCredentialsRefused',
  place.credentialsSecret === undefined
    ? `${place.endpoint} refuses the pod's own identity (${answer.code}): set s3.credentialsSecretRef, or bind the identity to the worker's service account`
    : `${place.endpoint} ${credentialFault(answer.code)} in Secret ${place.credentialsSecret} (${answer.code}): correct it`,
];

function credentialFault(code: string): string {
  if (code === 'InvalidAccessKeyId' || code === 'XAdminUserNotFound') return 'does not know the access key';
  if (code === 'SignatureDoesNotMatch') return 'refuses the secret that goes with the access key';
  return 'refuses the credentials';
}

const noCredentials: Teller = () => [
  'StoreCredentialsRefused',
  'there are no credentials: s3.credentialsSecretRef is absent, and the pod has no identity of its own',
];

const bucketAbsent: Teller = ({ place }) => [
  'BucketAbsent',
  `${place.endpoint} has no bucket ${place.bucket}: create it, or correct s3.bucket`,
];

const wrongRegion: Teller = ({ place, answer }) => [
  'WrongRegion',
  `bucket ${place.bucket} is not in region ${place.region}: ` +
    (answer.region === undefined || answer.region === place.region
      ? 'set s3.region to where it is'
      : `set s3.region to ${answer.region}`),
];

const clockSkew: Teller = ({ place, answer, now }) => [
  'ClockSkew',
  `${place.endpoint} refuses requests because the clocks differ` +
    (answer.date === undefined ? '' : `: the node's is ${skew(now, answer.date)}`) +
    '; set the clock of the node',
];

function skew(now: Date, store: Date): string {
  const seconds = Math.round((now.getTime() - store.getTime()) / 1000);
  return `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} the store's`;
}

const accessDenied: Teller = ({ place, request }) => [
  'StoreAccessDenied',
  `${place.endpoint} denies ${permissionOf(request.operation)} on ${targetOf(place, request)}: ` +
    `grant it to ${place.credentialsSecret === undefined ? "the pod's identity" : `the key in Secret ${place.credentialsSecret}`}`,
];

function permissionOf(operation: string): string {
  return permissions[operation] ?? `s3:${operation}`;
}

const throttled: Teller = ({ place, answer }) => [
  'StoreThrottled',
  `${place.endpoint} asked to slow down (${answer.code}) for too long: spread schedules with jitterSeconds`,
];

const full: Teller = ({ place, answer }) => [
  'StoreFull',
  `${place.endpoint} has no room left for bucket ${place.bucket} (${answer.code}): make room or raise the quota`,
];

const tooLarge: Teller = ({ place, request, answer }) => [
  'ObjectTooLarge',
  `${place.endpoint} takes no object as large as ${targetOf(place, request)} (${answer.code}): raise s3.partSizeBytes, or back up fewer databases at once`,
];

const storageClass: Teller = ({ place }) => [
  'StoreRefused',
  `${place.endpoint} does not know storage class ${place.storageClass ?? 'given'}: correct s3.storageClass`,
];

const noObjectLock: Teller = ({ place }) => [
  'StoreRefused',
  `bucket ${place.bucket} has no object lock: it can only be chosen when a bucket is made; make another, or remove s3.objectLock`,
];

const refused: Teller = (told) => {
  const { place, request, answer } = told;
  if (/object ?lock/i.test(answer.message)) return noObjectLock(told);
  const what = `${request.operation} on ${targetOf(place, request)}`;
  return ['StoreRefused', `${place.endpoint} refuses ${what}: ${answer.code}, ${answer.message}`];
};

const readOnly: Teller = ({ place }) => [
  'StoreReadOnly',
  `${place.endpoint} takes no writes now: lift the read-only mode of the store`,
];

const failed: Teller = ({ place, request, answer }) => [
  'StoreFailed',
  `${place.endpoint} failed at ${request.operation} on ${targetOf(place, request)}: ` +
    `${answer.status === undefined ? '' : `HTTP ${answer.status}, `}${answer.code}, ${answer.message}`,
];

const tellers = new Map<string, Teller>([
  ...each(
    ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken', 'TokenRefreshRequired'],
    credentials,
  ),
  ...each(
    ['InvalidSecurity', 'NotSignedUp', 'XAdminUserNotFound', 'AuthFailure', 'ExpiredTokenException'],
    credentials,
  ),
  ...each(['InvalidIdentityToken', 'InvalidClientTokenId', 'UnrecognizedClientException'], credentials),
  ...each(['CredentialsProviderError', 'TokenProviderError', 'ProviderError'], noCredentials),
  ...each(['NoSuchBucket', 'InvalidBucketName'], bucketAbsent),
  ...each(['PermanentRedirect', 'TemporaryRedirect', 'AuthorizationHeaderMalformed'], wrongRegion),
  ...each(['IllegalLocationConstraintException', 'InvalidRegion'], wrongRegion),
  ...each(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'], clockSkew),
  ...each(
    ['AccessDenied', 'AllAccessDisabled', 'AccountProblem', 'Forbidden', 'AccessDeniedException'],
    accessDenied,
  ),
  ...each(['SlowDown', 'SlowDownRead', 'SlowDownWrite', 'ServiceUnavailable', 'TooManyRequests'], throttled),
  ...each(['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'BandwidthLimitExceeded'], throttled),
  ...each(
    ['QuotaExceeded', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'InsufficientStorage'],
    full,
  ),
  ...each(['InsufficientCapacity', 'StorageLimitExceeded', 'StorageFull', 'TooManyObjects'], full),
  ...each(['EntityTooLarge', 'TooManyParts'], tooLarge),
  ...each(['InvalidStorageClass'], storageClass),
  ...each(
    ['InvalidBucketState', 'ObjectLockConfigurationNotFoundError', 'InvalidRetentionPeriod'],
    noObjectLock,
  ),
  ...each(
    ['InvalidRequest', 'InvalidArgument', 'NotImplemented', 'MethodNotAllowed', 'KeyTooLongError'],
    refused,
  ),
  ...each(['ReadOnly', 'BucketReadOnly'], readOnly),
]);

function each(codes: readonly string[], teller: Teller): [string, Teller][] {
  return codes.map((code) => [code, teller]);
}

/** For answers without a body (HEAD), and for codes of one store only. */
const byStatus: Readonly<Record<number, Teller>> = {
  301: wrongRegion,
  307: wrongRegion,
  401: accessDenied,
  403: accessDenied,
  429: throttled,
  503: throttled,
  507: full,
};

function targetOf(place: S3Place, request: S3Request): string {
  return request.key === undefined ? `bucket ${place.bucket}` : `${place.bucket}/${request.key}`;
}

/** Turns whatever the SDK threw into what a person can act on. Secrets of `place` are blotted out. */
export function s3Failure(error: unknown, place: S3Place, request: S3Request, now: Date): Failure {
  if (error instanceof Failure) return error;
  const answer = answerOf(error);
  const teller = tellers.get(answer.code);
  const cause = new Error(blot(`${answer.code}: ${answer.message}`, place.secrets));
  if (teller === undefined && answer.status === undefined) {
    const fault = networkFault(error);
    if (fault !== undefined) {
      const text = `the store at ${place.endpoint} ${fault.what}${tlsHint(place, fault.what)}`;
      return new Failure(fault.reason, blot(text, place.secrets), { cause });
    }
  }
  const [reason, text] = (teller ?? byStatus[answer.status ?? 0] ?? failed)({ place, request, answer, now });
  return new Failure(reason, blot(text, place.secrets), { cause });
}

/** A server that expects TLS gives this answer to a request without. */
function tlsHint(place: S3Place, what: string): string {
  const plain = place.endpoint.startsWith('http:') && what === 'broke the connection';
  return plain ? ' (if it speaks TLS, use https:// in s3.endpoint)' : '';
}

/** Shorter values stand in ordinary words. */
const shortestSecret = 4;

function blot(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortestSecret)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
