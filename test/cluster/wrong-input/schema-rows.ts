import type { SchemaRow } from './rows.ts';

/** As a user meets them; the whole table of the schema's cases is in test/builders. */
export const schemaRows: readonly SchemaRow[] = [
  {
    name: 'bad cron',
    kind: 'PostgresBackup',
    set: { 'spec.schedule': 'every night' },
    says: [/spec\.schedule/, /five cron fields/, /17 2 \* \* \*/],
  },
  {
    name: 'a day that never comes',
    kind: 'PostgresBackup',
    set: { 'spec.schedule': '0 0 31 2 *' },
    says: [/spec\.schedule/, /never comes/],
  },
  {
    name: 'an unknown zone',
    kind: 'PostgresBackup',
    set: { 'spec.timeZone': 'Europe/Atlantis' },
    says: [/spec\.timeZone/, /IANA time zone/, /Europe\/Berlin/],
  },
  {
    name: 'negative retention',
    kind: 'PostgresBackup',
    set: { 'spec.retention.keepDaily': -1 },
    says: [/spec\.retention\.keepDaily/, /greater than or equal to 0/],
  },
  {
    name: 'no connection',
    kind: 'PostgresBackup',
    set: { 'spec.connection': undefined },
    says: [/spec\.connection/, /[Rr]equired/],
  },
  {
    name: 'databases by name and all of them',
    kind: 'PostgresBackup',
    set: { 'spec.databases': { names: ['shop'], all: true } },
    says: [/spec\.databases/, /names or all, not both/],
  },
  {
    name: 'a host with its port',
    kind: 'PostgresBackup',
    set: { 'spec.connection.host': 'db.example.net:5432' },
    says: [/spec\.connection\.host/, /without port/],
  },
  {
    name: 'a table without its schema',
    kind: 'PostgresBackup',
    set: { 'spec.logical.include.tables': ['orders'] },
    says: [/spec\.logical\.include\.tables/, /schema\.table/],
  },
  {
    name: 'an authority without a use',
    kind: 'PostgresBackup',
    set: { 'spec.connection.tls': { mode: 'Require', caSecretKeyRef: { name: 'ca', key: 'ca.crt' } } },
    says: [/spec\.connection\.tls/, /VerifyCA and VerifyFull/],
  },
  {
    name: 'more memory asked for than allowed',
    kind: 'PostgresBackup',
    set: { 'spec.worker.resources': { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } },
    says: [/spec\.worker\.resources/, /requests\.memory must not be larger than limits\.memory/],
  },
  {
    name: 'a level of verification that is not known',
    kind: 'PostgresBackup',
    set: { 'spec.verification.level': 'Perfect' },
    says: [/spec\.verification\.level/, /Stored.*Decoded.*Inventoried/],
  },
  {
    name: 'a mistyped field',
    kind: 'PostgresBackup',
    set: { 'spec.retnetion': { keepLast: 3 } },
    says: [/unknown field "spec\.retnetion"/],
  },
  {
    name: 'a service account for the worker',
    kind: 'PostgresBackup',
    set: { 'spec.worker.serviceAccountName': 'admin' },
    says: [/unknown field "spec\.worker\.serviceAccountName"/],
  },
  {
    name: 'two stores',
    kind: 'BackupRepository',
    set: { 'spec.volume': { claimName: 'backups' } },
    says: [/spec/, /exactly one of s3 and volume/],
  },
  {
    name: 'no store',
    kind: 'BackupRepository',
    set: { 'spec.s3': undefined },
    says: [/spec/, /exactly one of s3 and volume/],
  },
  {
    name: 'no word about encryption',
    kind: 'BackupRepository',
    set: { 'spec.encryption': undefined },
    says: [/spec\.encryption/, /[Rr]equired/],
  },
  {
    name: 'an endpoint without scheme',
    kind: 'BackupRepository',
    set: { 'spec.s3.endpoint': 's3.example.net:9000' },
    says: [/spec\.s3\.endpoint/, /http or https URL/, /https:\/\/s3\.example\.net:9000/],
  },
  {
    name: 'a private key where the public one goes',
    kind: 'BackupRepository',
    set: { 'spec.encryption.age.recipients': [`AGE-SECRET-KEY-1${'Q'.repeat(58)}`] },
    says: [/spec\.encryption\.age\.recipients/],
  },
  {
    name: 'a prefix that leads upwards',
    kind: 'BackupRepository',
    set: { 'spec.s3.prefix': 'postgres/../other' },
    says: [/spec\.s3\.prefix/, /'\.\.'/],
  },
];
