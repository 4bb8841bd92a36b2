import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { BackupRepositorySpec } from '../api/v1alpha1/backup-repository.ts';
import { Failure } from '../domain/failure.ts';
import type { S3Access, S3Credentials } from './s3-client.ts';
import { requireSecret } from './secret-folder.ts';

/** What openStore() needs beside the spec. */
export interface StoreSecrets {
  readonly s3?: S3Access;
  /** Where the claim is mounted. */
  readonly volumeMount?: string;
}

/**
 * Names under which people keep an S3 key, without case and separators: AWS_ACCESS_KEY_ID (AWS), ACCESS_KEY_ID and
 * ACCESS_SECRET_KEY (CloudNativePG's examples), access-key, accessKey (MinIO), rootUser and rootPassword (its chart).
 */
const idNames = ['awsaccesskeyid', 'accesskeyid', 'accesskey', 's3accesskeyid', 's3accesskey', 'rootuser'];
const secretNames = [
  'awssecretaccesskey',
  'secretaccesskey',
  'accesssecretkey',
  'secretkey',
  's3secretaccesskey',
  's3secretkey',
  'rootpassword',
];
const sessionNames = ['awssessiontoken', 'sessiontoken'];

/** Folders below a worker's root; `workerPaths` of task/paths.ts is one. */
export interface StorePaths {
  /** s3.credentialsSecretRef */
  readonly store: string;
  /** s3.caSecretKeyRef */
  readonly storeCa: string;
  /** Mount of volume.claimName. */
  readonly repository: string;
}

/** Reads below `root` the Secrets that the spec names. */
export async function readStoreSecrets(
  spec: BackupRepositorySpec,
  root: string,
  paths: StorePaths,
): Promise<StoreSecrets> {
  if (spec.s3 === undefined) return { volumeMount: join(root, paths.repository) };
  const { credentialsSecretRef, caSecretKeyRef } = spec.s3;
  const credentials =
    credentialsSecretRef === undefined
      ? undefined
      : await readCredentials(join(root, paths.store), credentialsSecretRef.name);
  const ca =
    caSecretKeyRef === undefined ? undefined : await readCa(join(root, paths.storeCa), caSecretKeyRef);
  return {
    s3: { ...(credentials === undefined ? {} : { credentials }), ...(ca === undefined ? {} : { ca }) },
  };
}

/** Values that must appear in no log. */
export function secretValuesOf(secrets: StoreSecrets): string[] {
  const { credentials } = secrets.s3 ?? {};
  return [credentials?.secretAccessKey, credentials?.sessionToken, credentials?.accessKeyId].filter(
    (value) => value !== undefined,
  );
}

async function readCredentials(folder: string, name: string): Promise<S3Credentials> {
  const keys = await requireSecret(folder, name, 's3.credentialsSecretRef');
  const accessKeyId = valueOf(keys, idNames, name);
  const secretAccessKey = valueOf(keys, secretNames, name);
  const sessionToken = valueOf(keys, sessionNames, name);
  if (accessKeyId === undefined) throw keyMissing(name, 'AWS_ACCESS_KEY_ID');
  if (secretAccessKey === undefined) throw keyMissing(name, 'AWS_SECRET_ACCESS_KEY');
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function keyMissing(name: string, key: string): Failure {
  return new Failure(
    'SecretKeyMissing',
    `Secret ${name} (s3.credentialsSecretRef) has no key ${key}: add it`,
  );
}

/** The first of `known` in order. A line break at the end comes from an editor or from `echo`. */
function valueOf(
  keys: ReadonlyMap<string, string>,
  known: readonly string[],
  secret: string,
): string | undefined {
  const plain = new Map([...keys.keys()].map((key) => [key.toLowerCase().replaceAll(/[-_.]/g, ''), key]));
  const key = known.map((name) => plain.get(name)).find((found) => found !== undefined);
  if (key === undefined) return undefined;
  const value = (keys.get(key) ?? '').trim();
  if (value === '') throw new Failure('SecretInvalid', `Key ${key} of Secret ${secret} is empty: set it`);
  if (!/^[\x21-\x7e]+$/.test(value))
    throw new Failure(
      'SecretInvalid',
      `Key ${key} of Secret ${secret} holds spaces or characters that no key has: set the bare value`,
    );
  return value;
}

async function readCa(folder: string, ref: { name: string; key: string }): Promise<string> {
  const keys = await requireSecret(folder, ref.name, 's3.caSecretKeyRef', ref.key);
  const text = keys.get(ref.key);
  if (text === undefined)
    throw new Failure(
      'SecretKeyMissing',
      `Secret ${ref.name} (s3.caSecretKeyRef) has no key ${ref.key}: add it`,
    );
  if (!isCertificates(text))
    throw new Failure(
      'SecretInvalid',
      `Key ${ref.key} of Secret ${ref.name} holds no certificate in PEM form`,
    );
  return text;
}

function isCertificates(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length > 0 && blocks.every((block) => new X509Certificate(block).serialNumber !== '');
  } catch {
    return false;
  }
}
