import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Spec } from '../api/v1alpha1/backup-repository.ts';
import { Failure } from '../domain/failure.ts';
import type { S3Place } from './s3-errors.ts';
import { s3Failure } from './s3-errors.ts';
import { checkKey } from './object-key.ts';

/** What every operation on one S3 store shares. */
export interface S3Context {
  readonly client: S3Client;
  readonly spec: S3Spec;
  readonly bucket: string;
  /** Before every key: '' or ending with '/'. */
  readonly prefix: string;
  readonly place: S3Place;
  /** Whether Content-MD5 must be sent with locked objects, because no checksum of the SDK is. */
  readonly md5: boolean;
  readonly now: () => Date;
}

/** The key as the store knows it. */
export function fullKey(context: S3Context, key: string): string {
  checkKey(key);
  return context.prefix + key;
}

/** What to throw for `error`: the signal's reason when that was it, else a `Failure`. */
export function faultOf(
  context: S3Context,
  error: unknown,
  request: { readonly operation: string; readonly key?: string; readonly signal?: AbortSignal | undefined },
): unknown {
  if (request.signal?.aborted === true) return request.signal.reason;
  return s3Failure(error, context.place, request, context.now());
}

/** The endpoint answers with success, but not as a store does. */
export function notS3(context: S3Context): Failure {
  return new Failure(
    'StoreRefused',
    `${context.place.endpoint} answers, but not as an S3 store does: correct s3.endpoint`,
  );
}

/** Request options of the SDK; absent, not undefined, where there is no signal. */
export function withSignal(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
