import type { BackupDrillSpec } from '../api/v1alpha1/backup-drill.ts';
import type { BackupRepositorySpec } from '../api/v1alpha1/backup-repository.ts';
import { byteLength, nameLimitBytes } from '../api/v1alpha1/postgres-name.ts';
import type { PostgresBackupSpec } from '../api/v1alpha1/postgres-backup.ts';
import { parseQualifiedName } from '../api/v1alpha1/qualified-name.ts';
import { isBech32 } from './bech32.ts';
import { scheduleFault } from './schedule.ts';

/** Leaves room for the spec of the repository beside it. */
const specLimitBytes = 196_608;

/** One thing wrong with a spec; `field` is its path below `spec`, '' for the spec itself. */
export interface Finding {
  readonly field: string;
  readonly message: string;
}

/**
 * What is wrong with a PostgresBackup beyond what its schema, and so the API server, can tell. Empty: the spec can be
 * used.
 */
export function validatePostgresBackup(spec: PostgresBackupSpec, now: Date): readonly Finding[] {
  const { include, exclude } = spec.logical;
  return [
    ...scheduleFindings(spec, now),
    ...longNames('logical.include.tables', include.tables),
    ...longNames('logical.exclude.tables', exclude.tables),
    ...longNames('logical.exclude.tableData', exclude.tableData),
    ...largeSpec(spec),
  ];
}

/** What is wrong with a BackupDrill beyond what its schema can tell. */
export function validateBackupDrill(spec: BackupDrillSpec, now: Date): readonly Finding[] {
  const tables = spec.audit.required.map(({ table }) => table);
  return [...scheduleFindings(spec, now), ...longNames('audit.required', tables), ...largeSpec(spec)];
}

/** What is wrong with a BackupRepository beyond what its schema can tell. */
export function validateBackupRepository({ encryption }: BackupRepositorySpec): readonly Finding[] {
  return (encryption.age?.recipients ?? [])
    .filter((recipient) => !isBech32(recipient))
    .map((recipient) => ({
      field: 'encryption.age.recipients',
      message: `${recipient} is mistyped: its checksum does not hold`,
    }));
}

/** The findings in one line, for the message of a condition: at most five, the rest counted. */
export function findingsMessage(findings: readonly Finding[]): string {
  const named = findings.slice(0, 5).map(({ field, message }) => `spec${field && '.'}${field}: ${message}`);
  const more = findings.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

interface Timed {
  readonly schedule?: string | undefined;
  readonly timeZone: string;
}

function scheduleFindings({ schedule, timeZone }: Timed, now: Date): readonly Finding[] {
  if (schedule === undefined) return [];
  const message = scheduleFault({ expression: schedule, timeZone }, now);
  return message === undefined ? [] : [{ field: 'schedule', message }];
}

function longNames(field: string, tables: readonly string[]): readonly Finding[] {
  return tables.filter(hasLongPart).map((table) => ({
    field,
    message: `${table}: a name in PostgreSQL is at most ${nameLimitBytes} bytes long`,
  }));
}

/** A Job carries the spec in an annotation, of which Kubernetes takes 256 KiB in all. */
function largeSpec(spec: object): readonly Finding[] {
  const size = byteLength(JSON.stringify(spec));
  if (size <= specLimitBytes) return [];
  const message = `is ${size} bytes long as JSON, and a Job can carry at most ${specLimitBytes}: shorten lists or SQL`;
  return [{ field: '', message }];
}

function hasLongPart(table: string): boolean {
  const { schema = '', name = '' } = parseQualifiedName(table) ?? {};
  return byteLength(schema) > nameLimitBytes || byteLength(name) > nameLimitBytes;
}
