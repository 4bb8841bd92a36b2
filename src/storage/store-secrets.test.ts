import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { S3Spec } from '../api/v1alpha1/backup-repository.ts';
import { BackupRepositorySpec } from '../api/v1alpha1/backup-repository.ts';
import { readStoreSecrets, secretValuesOf } from './store-secrets.ts';

const paths = { store: 'store', storeCa: 'store-ca', repository: 'repository' };
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pgcairn-secrets-'));
});
afterEach(() => rm(root, { recursive: true }));

function specOf(s3: Partial<S3Spec>): BackupRepositorySpec {
  return BackupRepositorySpec.parse({ s3: { bucket: 'acme', ...s3 }, encryption: { none: {} } });
}
const withKey = specOf({ credentialsSecretRef: { name: 'offsite' } });
const withCa = specOf({ caSecretKeyRef: { name: 'offsite', key: 'ca.crt' } });

/** A Secret as the kubelet mounts it: the keys are links into a folder whose name begins with two dots. */
async function mount(folder: string, keys: Record<string, string>): Promise<void> {
  await mkdir(join(root, folder, '..data'), { recursive: true });
  for (const [key, value] of Object.entries(keys)) {
    await writeFile(join(root, folder, '..data', key), value);
    await symlink(join('..data', key), join(root, folder, key));
  }
}

describe('the key of an S3 store', () => {
  it.each([
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    ['aws_access_key_id', 'aws_secret_access_key'],
    ['accessKeyId', 'secretAccessKey'],
    ['access-key', 'secret-key'],
    ['ACCESS_KEY_ID', 'ACCESS_SECRET_KEY'],
    ['rootUser', 'rootPassword'],
  ])('is found as %s and %s', async (id, secret) => {
    await mount('store', { [id]: 'AKIA1\n', [secret]: 'secret/with+signs=', unrelated: 'x y' });
    const secrets = await readStoreSecrets(withKey, root, paths);
    expect(secrets).toEqual({
      s3: { credentials: { accessKeyId: 'AKIA1', secretAccessKey: 'secret/with+signs=' } },
    });
    expect(secretValuesOf(secrets)).toEqual(['secret/with+signs=', 'AKIA1']);
  });

  it('brings its session token', async () => {
    await mount('store', { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' });
    const secrets = await readStoreSecrets(withKey, root, paths);
    expect(secrets.s3?.credentials?.sessionToken).toBe('c');
    expect(secretValuesOf(secrets)).toContain('c');
  });

  const faults: [string, Record<string, string> | undefined, string, RegExp][] = [
    ['the Secret is absent', undefined, 'SecretMissing', /Secret offsite \(s3\.credentialsSecretRef\)/],
    ['the Secret is empty', {}, 'SecretMissing', /does not exist or is empty/],
    ['the id is absent', { AWS_SECRET_ACCESS_KEY: 'b' }, 'SecretKeyMissing', /no key AWS_ACCESS_KEY_ID/],
    ['the secret is absent', { AWS_ACCESS_KEY_ID: 'a' }, 'SecretKeyMissing', /no key AWS_SECRET_ACCESS_KEY/],
    ['a value is empty', { accessKey: '\n', secretKey: 'b' }, 'SecretInvalid', /Key accessKey.*is empty/],
    [
      'a value is quoted text',
      { accessKey: 'a', secretKey: 'my canary' },
      'SecretInvalid',
      /Key secretKey.*bare value/,
    ],
  ];
  it.each(faults)('is missed with words: %s', async (_label, keys, reason, says) => {
    if (keys !== undefined) await mount('store', keys);
    const fault: unknown = await readStoreSecrets(withKey, root, paths).catch((error: unknown) => error);
    expect(fault).toMatchObject({ reason, message: expect.stringMatching(says) as unknown });
    expect(String(fault)).not.toContain('canary');
  });

  it('is not looked for where the pod has an identity', async () => {
    expect(await readStoreSecrets(specOf({}), root, paths)).toEqual({ s3: {} });
  });
});

describe('the authority of an S3 store', () => {
  it('is read as it is, several certificates included', async () => {
    const file = join(root, 'ca.pem');
    const flags = ['-x509', '-newkey', 'ed25519', '-nodes', '-subj', '/CN=ca', '-days', '2'];
    execFileSync('openssl', ['req', ...flags, '-keyout', '/dev/null', '-out', file], { stdio: 'ignore' });
    const pem = execFileSync('cat', [file], { encoding: 'utf8' });
    await mount('store-ca', { 'ca.crt': pem + pem });
    expect(await readStoreSecrets(withCa, root, paths)).toEqual({ s3: { ca: pem + pem } });
  });

  it.each([
    ['the Secret is absent', undefined, 'SecretMissing'],
    ['the key is absent', { 'tls.crt': 'x' }, 'SecretKeyMissing'],
    ['there is no certificate in it', { 'ca.crt': 'text' }, 'SecretInvalid'],
    [
      'the certificate is damaged',
      { 'ca.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      'SecretInvalid',
    ],
  ])('is missed with words: %s', async (_label, keys, reason) => {
    if (keys !== undefined) await mount('store-ca', keys);
    await expect(readStoreSecrets(withCa, root, paths)).rejects.toMatchObject({ reason });
  });
});

it('a volume needs no Secret', async () => {
  const spec = BackupRepositorySpec.parse({ volume: { claimName: 'backups' }, encryption: { none: {} } });
  expect(await readStoreSecrets(spec, root, paths)).toEqual({ volumeMount: join(root, 'repository') });
});
