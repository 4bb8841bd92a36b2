import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3Spec } from '../api/v1alpha1/backup-repository.ts';
import { sendInSlices } from './body-slices.ts';

/** A key for a store. Absent as a whole: the pod's own identity (web identity, container, instance). */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Access {
  readonly credentials?: S3Credentials;
  /** PEM; trusted instead of the public authorities. */
  readonly ca?: string;
}

/** How patient a client is. Absent values are those of a worker. */
export interface S3Patience {
  readonly connectMilliseconds?: number;
  /** A connection on which nothing moves for so long is given up. */
  readonly idleMilliseconds?: number;
  /** Tries of one request, the first included. */
  readonly attempts?: number;
}

const defaults = { connectMilliseconds: 10_000, idleMilliseconds: 60_000, attempts: 8 } as const;

/** True where AWS itself answers: checksums of its own kind, virtual hosts. */
export function isAws(spec: S3Spec): boolean {
  if (spec.endpoint === undefined) return true;
  const host = new URL(spec.endpoint).hostname;
  return host.endsWith('.amazonaws.com') || host.endsWith('.amazonaws.com.cn');
}

/** Scheme, host and port that requests go to, for people. */
export function endpointOf(spec: S3Spec): string {
  return spec.endpoint === undefined
    ? `https://s3.${spec.region}.amazonaws.com`
    : new URL(spec.endpoint).origin;
}

export function makeClient(spec: S3Spec, access: S3Access, patience: S3Patience): S3Client {
  const { connectMilliseconds, idleMilliseconds, attempts } = { ...defaults, ...patience };
  // Other stores refuse the checksums that the SDK would add by itself (R2, B2, GCS); the payload's SHA-256 is part
  // of every signature in any case, so each store checks what it receives.
  const checksums = isAws(spec) ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const config: S3ClientConfig = {
    region: spec.region,
    forcePathStyle: pathStyle(spec),
    maxAttempts: attempts,
    requestChecksumCalculation: checksums,
    // Readers compare digests of their own.
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With it the SDK makes a new connection for every part, and waits 6 s where a proxy does not answer it.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: connectMilliseconds,
      socketTimeout: idleMilliseconds,
      httpAgent: { keepAlive: true },
      httpsAgent: { keepAlive: true, ...(access.ca === undefined ? {} : { ca: access.ca }) },
    },
    ...(spec.endpoint === undefined ? {} : { endpoint: spec.endpoint }),
    ...(access.credentials === undefined ? {} : { credentials: access.credentials }),
  };
  const client = new S3Client(config);
  client.middlewareStack.add(sendInSlices, { name: 'sendInSlices', step: 'deserialize', priority: 'low' });
  return client;
}

function pathStyle(spec: S3Spec): boolean {
  switch (spec.addressing) {
    case 'Path':
      return true;
    case 'VirtualHost':
      return false;
    case 'Auto':
      return !isAws(spec);
  }
}
