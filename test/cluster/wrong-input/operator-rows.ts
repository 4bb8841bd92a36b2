import type { OperatorRow } from './rows.ts';

/** An age recipient with one letter changed: right in form, wrong in its checksum. */
const mistyped = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafq';

export const operatorRows: readonly OperatorRow[] = [
  {
    name: 'a day that never comes, by a range',
    kind: 'PostgresBackup',
    set: { 'spec.schedule': '0 0 30 2-2 *' },
    reason: 'InvalidSpec',
    says: [/spec\.schedule/, /never comes/],
  },
  {
    name: 'a name of more bytes than PostgreSQL takes',
    kind: 'PostgresBackup',
    set: { 'spec.logical.include.tables': [`public.${'ö'.repeat(40)}`] },
    reason: 'InvalidSpec',
    says: [/spec\.logical\.include\.tables/, /at most 63 bytes/],
  },
  {
    name: 'a repository that is not there',
    kind: 'PostgresBackup',
    set: { 'spec.repositoryRef.name': 'offsiet' },
    reason: 'RepositoryMissing',
    says: [/no BackupRepository offsiet/],
  },
  {
    name: 'a repository whose probe failed',
    kind: 'PostgresBackup',
    set: { 'spec.repositoryRef.name': 'broken' },
    reason: 'RepositoryNotReady',
    says: [/BackupRepository broken/, /BucketAbsent/, /no bucket nowhere/, /create it/i],
  },
  {
    name: 'a recipient with a wrong letter',
    kind: 'BackupRepository',
    set: { 'spec.encryption.age.recipients': [mistyped] },
    reason: 'InvalidSpec',
    says: [/spec\.encryption\.age\.recipients/, /mistyped/, /checksum/],
  },
];
