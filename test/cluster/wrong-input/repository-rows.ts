import { generateKeyPairSync } from 'node:crypto';
import type { Furniture } from './furniture.ts';
import type { WorkerRow } from './rows.ts';

const volume = (claimName: string): Readonly<Record<string, unknown>> => ({
  'spec.s3': undefined,
  'spec.volume': { claimName },
});
const s3Tls = (host: string, ca: string): Readonly<Record<string, unknown>> => ({
  'spec.s3.endpoint': `https://${host}:7070`,
  'spec.s3.caSecretKeyRef': { name: ca, key: 'ca.crt' },
});

/** Found by the probe. The object of each is named after the row; its base writes to the shop's bucket. */
export function repositoryRows({ s3 }: Furniture): readonly WorkerRow[] {
  const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return [
    {
      name: 'bucket absent',
      set: { 'spec.s3.bucket': 'nowhere' },
      reason: 'BucketAbsent',
      says: [/no bucket nowhere/, /create it/i, /s3\.bucket/],
    },
    {
      name: 'wrong region',
      set: { 'spec.s3.region': 'eu-north-1' },
      reason: 'WrongRegion',
      says: [/acme-backups/, /set s3\.region to us-east-1/],
    },
    {
      name: 'unknown access key',
      set: {},
      secret: { ...s3, AWS_ACCESS_KEY_ID: 'nobody' },
      reason: 'StoreCredentialsRefused',
      says: [/does not know the access key/, /Secret unknown-access-key/],
    },
    {
      name: 'wrong secret key',
      set: {},
      secret: { ...s3, AWS_SECRET_ACCESS_KEY: 'not-the-secret-of-the-key' },
      reason: 'StoreCredentialsRefused',
      says: [/refuses the secret/, /Secret wrong-secret-key/],
    },
    {
      name: 'credentials Secret absent',
      set: {},
      secret: null,
      reason: 'SecretMissing',
      says: [/Secret credentials-secret-absent/, /s3\.credentialsSecretRef/, /create it/i],
    },
    {
      name: 'credentials Secret with other key names',
      set: {},
      secret: { user: 'demo', pass: 'word' },
      reason: 'SecretKeyMissing',
      says: [/Secret credentials-secret-with-other-key-names/, /AWS_ACCESS_KEY_ID/],
    },
    {
      name: 'store host not known',
      set: { 'spec.s3.endpoint': 'http://s3-typo:7070' },
      reason: 'StoreUnreachable',
      says: [/s3-typo:7070/, /does not resolve/, /s3\.endpoint/],
    },
    {
      name: 'nothing listens at the store',
      set: { 'spec.s3.endpoint': 'http://s3:7071' },
      reason: 'StoreUnreachable',
      says: [/s3:7071/, /s3\.endpoint/],
    },
    {
      name: 'TLS asked of a store without it',
      set: { 'spec.s3.endpoint': 'https://s3:7070' },
      reason: 'StoreTlsNotTrusted',
      says: [/s3:7070/, /does not speak TLS/, /http:\/\//],
    },
    {
      name: 'store with an authority nobody named',
      set: { 'spec.s3.endpoint': 'https://s3-tls:7070' },
      reason: 'StoreTlsNotTrusted',
      says: [/s3-tls:7070/, /s3\.caSecretKeyRef/],
    },
    {
      name: 'store with another authority',
      set: s3Tls('s3-tls', 'other-ca'),
      reason: 'StoreTlsNotTrusted',
      says: [/s3-tls:7070/, /authority that is not trusted/, /s3\.caSecretKeyRef/],
    },
    {
      name: 'store with an expired certificate',
      set: s3Tls('s3-expired', 'private-ca'),
      reason: 'StoreTlsNotTrusted',
      says: [/s3-expired:7070/, /expired/, /renew/],
    },
    {
      name: 'store with a certificate for another name',
      set: s3Tls('s3-alias', 'private-ca'),
      reason: 'StoreTlsNotTrusted',
      says: [/s3-alias:7070/, /another name/, /DNS:s3-tls/, /s3\.endpoint/],
    },
    {
      name: 'authority under a key that is not there',
      set: {
        'spec.s3.endpoint': 'https://s3-tls:7070',
        'spec.s3.caSecretKeyRef': { name: 'private-ca', key: 'root.pem' },
      },
      reason: 'SecretMissing',
      says: [/Secret private-ca/, /no key root\.pem/, /s3\.caSecretKeyRef/],
    },
    {
      name: 'object lock on a bucket without it',
      set: { 'spec.s3.objectLock': { mode: 'Governance', retainSeconds: 60 } },
      reason: 'StoreRefused',
      says: [/acme-backups/, /object ?lock/i, /remove s3\.objectLock/],
    },
    {
      name: 'signing key Secret absent',
      set: { 'spec.signing.keySecretRef': { name: 'no-such-key' } },
      reason: 'SecretMissing',
      says: [/Secret no-such-key/, /signing\.keySecretRef/, /create it/i],
    },
    {
      name: 'signing key of another kind',
      set: { 'spec.signing.keySecretRef': { name: 'signing-key-of-another-kind' } },
      secret: { ...s3, 'signing.key': rsaKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
      reason: 'SigningKeyInvalid',
      says: [/signing-key-of-another-kind/, /rsa, not ed25519/, /openssl genpkey -algorithm ed25519/],
    },
    {
      name: 'volume claim absent',
      set: volume('no-such-claim'),
      reason: 'VolumeUnavailable',
      toldIn: 'Reconciling',
      says: [/no-such-claim/, /volume\.claimName/],
    },
    {
      name: 'read-only volume',
      set: volume('read-only'),
      reason: 'StoreReadOnly',
      nativeOnly: true,
      says: [/volume read-only/, /read-only/],
    },
    {
      name: 'volume of another user',
      set: volume('of-another-user'),
      reason: 'StoreReadOnly',
      says: [/volume of-another-user/, /not writable for the worker \(uid \d+\)/, /group/],
    },
    {
      name: 'full volume',
      set: volume('tiny'),
      reason: 'StoreFull',
      nativeOnly: true,
      says: [/volume tiny is full/, /make room/],
    },
  ];
}
