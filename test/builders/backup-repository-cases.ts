import type { ApiCase } from './api-case.ts';
import { bad, good } from './api-case.ts';
import { someRecipient } from './backup-repository.ts';

const noStore = { 'spec.s3': undefined };
const volume = { ...noStore, 'spec.volume': { claimName: 'backups' } };
const endpoint = (url: string): Readonly<Record<string, unknown>> => ({ 'spec.s3.endpoint': url });
const recipients = (...keys: unknown[]): Readonly<Record<string, unknown>> => ({
  'spec.encryption.age.recipients': keys,
});
const other = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg';
const hybrid = `age1pq1${'q'.repeat(1952)}`;

/** What a user may copy: every part of the kind at once. */
const whole = {
  s3: {
    bucket: 'acme-backups',
    prefix: 'postgres',
    region: 'eu-central-1',
    endpoint: 'https://s3.example.net',
    addressing: 'Auto',
    credentialsSecretRef: { name: 'offsite-s3' },
    caSecretKeyRef: { name: 'offsite-s3', key: 'ca.crt' },
    objectLock: { mode: 'Compliance', retainSeconds: 2_592_000 },
  },
  encryption: { age: { recipients: [someRecipient, other] } },
  signing: { keySecretRef: { name: 'pgcairn-signing' } },
  probe: { intervalSeconds: 86_400 },
};

const accepted = good('BackupRepository', [
  ['everything at once', { spec: whole }],
  ['a bucket', {}],
  ['a volume', volume],
  ['a volume with a folder', { ...volume, 'spec.volume.path': 'a/b-1/c_2' }],
  [
    'every field of s3',
    {
      'spec.s3': {
        bucket: 'acme-backups',
        prefix: 'postgres/eu',
        region: 'eu-central-1',
        endpoint: 'https://s3.example.net:9000',
        addressing: 'Path',
        credentialsSecretRef: { name: 'offsite-s3' },
        caSecretKeyRef: { name: 'offsite-s3', key: 'ca.crt' },
        storageClass: 'STANDARD_IA',
        objectLock: { mode: 'Compliance', retainSeconds: 2_592_000 },
        partSizeBytes: 16_777_216,
      },
    },
  ],
  ['an endpoint by IPv4 address', endpoint('http://10.0.0.7:9000')],
  ['an endpoint by IPv6 address', endpoint('http://[fd00::7]:9000')],
  ['an endpoint with a path', endpoint('https://project.example.net/storage/v1/s3')],
  ['two recipients', recipients(someRecipient, other)],
  ['no encryption, said aloud', { 'spec.encryption': { none: {} } }],
  [
    'a signing key under its customary name',
    { 'spec.signing': { keySecretRef: { name: 'pgcairn-signing' } } },
  ],
  ['a probe each minute', { 'spec.probe.intervalSeconds': 60 }],
  ['a suspended repository', { 'spec.suspend': true }],
  ['a name of 63 characters', { 'metadata.name': 'a'.repeat(63) }],
]);

const oneStore = 'give exactly one of s3 and volume';
const oneEncryption = 'give exactly one of age (with recipients) and none';
const anUrl = 'must be an http or https URL';
const aBucket = 'must be the name of a bucket alone';
const aName = 'must be the name of an object: lower-case letters';
const aRecipient = 'must be an age public key, age1 and 58 characters';
const aPath = 'must be names joined by single slashes';

const refused = bad('BackupRepository', [
  ['no store', noStore, oneStore],
  ['two stores', { 'spec.volume': { claimName: 'backups' } }, oneStore],
  ['a store that is not known', { ...noStore, 'spec.gcs': { bucket: 'b' } }],
  ['no spec', { spec: undefined }],
  ['a bucket of two letters', { 'spec.s3.bucket': 'ab' }],
  ['a bucket with a slash', { 'spec.s3.bucket': 'acme/backups' }, aBucket],
  ['a bucket as URL', { 'spec.s3.bucket': 's3://acme-backups' }, aBucket],
  ['a bucket that begins with a dot', { 'spec.s3.bucket': '..acme' }, aBucket],
  ['a bucket with a line break', { 'spec.s3.bucket': 'acme\nbackups' }, aBucket],
  ['a bucket with a line break at its end', { 'spec.s3.bucket': 'acme-backups\n' }, aBucket],
  ['a prefix with a leading slash', { 'spec.s3.prefix': '/postgres' }, aPath],
  ['a prefix with a trailing slash', { 'spec.s3.prefix': 'postgres/' }, aPath],
  ['a prefix with a doubled slash', { 'spec.s3.prefix': 'postgres//eu' }, aPath],
  ['a prefix that leads upwards', { 'spec.s3.prefix': 'postgres/../other' }, "must not have '.' or '..'"],
  ['a prefix that is a dot', { 'spec.s3.prefix': '.' }, "must not have '.' or '..'"],
  ['a prefix with a space', { 'spec.s3.prefix': 'my backups' }, aPath],
  ['an empty prefix', { 'spec.s3.prefix': '' }],
  ['a region with a dot', { 'spec.s3.region': 'eu.central' }, 'must be the name of a region'],
  ['an endpoint without scheme', endpoint('s3.example.net'), anUrl],
  ['an endpoint of another scheme', endpoint('ftp://s3.example.net'), anUrl],
  ['an endpoint with a password', endpoint('https://key:secret@s3.example.net'), anUrl],
  ['an endpoint with a query', endpoint('https://s3.example.net/?region=eu'), anUrl],
  ['an endpoint with a fragment', endpoint('https://s3.example.net/#a'), anUrl],
  ['an endpoint with a port that does not exist', endpoint('https://s3.example.net:70000'), anUrl],
  ['an endpoint whose path leads upwards', endpoint('https://s3.example.net/../admin'), anUrl],
  ['an endpoint with a space', endpoint('https://s3.example .net'), anUrl],
  [
    'an authority for an endpoint without TLS',
    {
      'spec.s3.endpoint': 'http://s3.example.net',
      'spec.s3.caSecretKeyRef': { name: 'ca', key: 'ca.crt' },
    },
    'caSecretKeyRef needs an endpoint that begins with https://',
  ],
  ['an addressing that is not known', { 'spec.s3.addressing': 'DNS' }],
  [
    'credentials of another namespace',
    { 'spec.s3.credentialsSecretRef': { name: 'a', namespace: 'kube-system' } },
  ],
  ['credentials by namespace and name', { 'spec.s3.credentialsSecretRef': { name: 'kube-system/a' } }, aName],
  ['an authority without key', { 'spec.s3.caSecretKeyRef': { name: 'ca' } }],
  [
    'a key that leads upwards',
    { 'spec.s3.caSecretKeyRef': { name: 'ca', key: '..' } },
    'must be a key of a Secret',
  ],
  [
    'a key that is a path',
    { 'spec.s3.caSecretKeyRef': { name: 'ca', key: 'a/b' } },
    'must be a key of a Secret',
  ],
  [
    'a class that is not readable at once',
    { 'spec.s3.storageClass': 'DEEP_ARCHIVE' },
    'read back before it counts',
  ],
  ['a lock without end', { 'spec.s3.objectLock': { mode: 'Compliance' } }],
  ['a lock of no time', { 'spec.s3.objectLock': { mode: 'Compliance', retainSeconds: 0 } }],
  ['a lock of a mode that is not known', { 'spec.s3.objectLock': { mode: 'COMPLIANCE', retainSeconds: 60 } }],
  ['a lock on a volume', { ...volume, 'spec.volume.objectLock': { mode: 'Compliance', retainSeconds: 60 } }],
  ['parts that are too small', { 'spec.s3.partSizeBytes': 1_048_576 }],
  ['a claim with capitals', { ...noStore, 'spec.volume': { claimName: 'Backups' } }, aName],
  ['a folder that leads upwards', { ...volume, 'spec.volume.path': '../..' }, "must not have '.' or '..'"],
  ['a folder from the root', { ...volume, 'spec.volume.path': '/etc' }, aPath],
  ['a host path', { ...noStore, 'spec.volume': { hostPath: '/var' } }],
  ['no encryption, by silence', { 'spec.encryption': undefined }],
  ['neither way of encryption', { 'spec.encryption': {} }, oneEncryption],
  ['both ways of encryption', { 'spec.encryption.none': {} }, oneEncryption],
  ['encryption by a word', { 'spec.encryption': { none: true } }],
  ['no recipient', recipients()],
  ['a private key as recipient', recipients(`AGE-SECRET-KEY-1${'Q'.repeat(58)}`), aRecipient],
  ['an SSH key as recipient', recipients('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA'), aRecipient],
  ['a recipient cut short', recipients(someRecipient.slice(0, -1)), aRecipient],
  ['a recipient that only new versions of age can use', recipients(hybrid), aRecipient],
  ['the same recipient twice', recipients(someRecipient, someRecipient)],
  ['a signing key without Secret', { 'spec.signing': {} }],
  ['a probe each second', { 'spec.probe.intervalSeconds': 1 }],
  ['a probe never', { 'spec.probe.intervalSeconds': 0 }],
  ['an interval as text', { 'spec.probe.intervalSeconds': '1d' }],
  ['a field that is not known', { 'spec.command': ['sh'] }],
  ['a service account', { 'spec.serviceAccountName': 'admin' }],
  ['a name that is too long for a label', { 'metadata.name': 'a'.repeat(64) }],
]);

const mistyped: ApiCase = {
  name: 'a recipient with a slip of the pen',
  kind: 'BackupRepository',
  set: recipients(someRecipient.replace('ql3z7', 'ql3z8')),
  verdict: 'operator',
  says: 'its checksum does not hold',
};

export const backupRepositoryCases: readonly ApiCase[] = [...accepted, ...refused, mistyped];
