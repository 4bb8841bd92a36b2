import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { getCACertificates } from 'node:tls';
import type { ConnectionSpec } from '../api/v1alpha1/postgres-backup.ts';
import { Failure } from '../domain/failure.ts';
import { workerPaths } from '../task/paths.ts';
import type { Sslmode } from './connection-uri.ts';
import type { SecretFolder } from './connection-secret.ts';
import { readSecretKey, requireSecret, secretInvalid } from './connection-secret.ts';

export type TlsMode = NonNullable<ConnectionSpec['tls']['mode']>;

/** TLS of a connection as both `pg` and libpq need it: the same trust for both. */
export interface ConnectionTls {
  readonly mode: TlsMode;
  /** PEM of the authorities to trust, and the file that holds them. Only where the mode verifies. */
  readonly authorities?: { readonly pem: string; readonly file: string };
  readonly clientCertificate?: {
    readonly certificate: string;
    readonly key: string;
    readonly certificateFile: string;
    readonly keyFile: string;
  };
}

const modeOfSslmode: Readonly<Record<Sslmode, TlsMode>> = {
  disable: 'Disable',
  allow: 'Prefer',
  prefer: 'Prefer',
  require: 'Require',
  // A public authority vouches for any host, so without one of its own the name has to count.
  'verify-ca': 'VerifyFull',
  'verify-full': 'VerifyFull',
};

/** The mode in force: the spec's, else VerifyFull where an authority is given, else that of the URI, else Require. */
function effectiveMode(spec: ConnectionSpec['tls'], sslmode: Sslmode | undefined): TlsMode {
  if (spec.mode !== undefined) return spec.mode;
  if (spec.caSecretKeyRef !== undefined) return 'VerifyFull';
  return sslmode === undefined ? 'Require' : modeOfSslmode[sslmode];
}

/** Reads authority and client certificate below the worker's root, and writes files of them for libpq. */
export async function readTls(
  root: string,
  spec: ConnectionSpec['tls'],
  sslmode: Sslmode | undefined,
): Promise<ConnectionTls> {
  const mode = effectiveMode(spec, sslmode);
  if (mode === 'Disable') return { mode };
  const scratch = join(root, workerPaths.scratch);
  await mkdir(scratch, { recursive: true });
  const verifies = mode === 'VerifyCA' || mode === 'VerifyFull';
  const clientCertificate = await readClientCertificate(root, spec.clientCertSecretRef?.name);
  return {
    mode,
    ...(verifies ? { authorities: await readAuthorities(root, spec.caSecretKeyRef) } : {}),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
}

/** Options of `pg` for one attempt with TLS, meaning what libpq means by the mode. */
export function nodeTlsOptions(tls: ConnectionTls): ConnectionOptions {
  const client = tls.clientCertificate;
  return {
    rejectUnauthorized: tls.authorities !== undefined,
    ...(tls.authorities === undefined ? {} : { ca: tls.authorities.pem }),
    ...(tls.mode === 'VerifyFull' ? {} : { checkServerIdentity: () => undefined }),
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
  };
}

async function readAuthorities(
  root: string,
  reference: ConnectionSpec['tls']['caSecretKeyRef'],
): Promise<{ pem: string; file: string }> {
  // Without an authority of its own a server is judged by the public ones. Node carries them, libpq needs a file.
  const pem =
    reference === undefined
      ? getCACertificates('default').join('\n')
      : await readAuthority(
          { secret: reference.name, folder: join(root, workerPaths.connectionCa) },
          reference.key,
        );
  return { pem, file: await writePrivate(root, 'connection-ca.crt', pem) };
}

async function readAuthority(secret: SecretFolder, key: string): Promise<string> {
  await requireSecret(secret, 'connection.tls.caSecretKeyRef', key);
  const pem = await requireKey(secret, key);
  requireCertificate(secret, key, pem);
  return pem;
}

async function readClientCertificate(
  root: string,
  name: string | undefined,
): Promise<ConnectionTls['clientCertificate']> {
  if (name === undefined) return undefined;
  const secret = { secret: name, folder: join(root, workerPaths.connectionClient) };
  await requireSecret(secret, 'connection.tls.clientCertSecretRef');
  const certificate = await requireKey(secret, 'tls.crt');
  const key = await requireKey(secret, 'tls.key');
  requireCertificate(secret, 'tls.crt', certificate);
  if (!key.includes('PRIVATE KEY-----'))
    throw secretInvalid(secret, 'tls.key', 'is not a private key in PEM form');
  return {
    certificate,
    key,
    certificateFile: await writePrivate(root, 'connection-client.crt', certificate),
    keyFile: await writePrivate(root, 'connection-client.key', key),
  };
}

async function requireKey(secret: SecretFolder, key: string): Promise<string> {
  const value = await readSecretKey(secret, key);
  if (value !== undefined && value !== '') return value;
  const present = (await readdir(secret.folder)).filter((name) => !name.startsWith('..'));
  throw new Failure(
    'SecretKeyMissing',
    `Secret ${secret.secret} has no key ${key}; its keys are ${present.toSorted().join(', ')}`,
  );
}

function requireCertificate(secret: SecretFolder, key: string, pem: string): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw secretInvalid(secret, key, 'is not a certificate in PEM form');
  }
}

/** libpq refuses a key that others may read, which is how the kubelet mounts them: hence copies. */
async function writePrivate(root: string, name: string, content: string): Promise<string> {
  const file = join(root, workerPaths.scratch, name);
  await writeFile(file, content.endsWith('\n') ? content : `${content}\n`, { mode: 0o600 });
  return file;
}
