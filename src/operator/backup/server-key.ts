import type { PostgresBackup, PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import { sha256Hex } from '../../base/hash.ts';

/**
 * What stands for the server that a backup reads from. Best is the server's own identifier, known after the first
 * run; before that the address in the spec, else the Secret, in which the operator cannot look. So two objects that
 * reach one server by different Secrets exclude one another only from their second run on.
 */
export function serverKey(backup: PostgresBackup, spec: PostgresBackupSpec): string {
  const identifier = backup.status?.server?.systemIdentifier;
  if (identifier !== undefined) return `system/${identifier}`;
  const { host, port, secretRef } = spec.connection;
  if (host !== undefined) return `address/${host.toLowerCase()}:${String(port ?? 5432)}`;
  return `secret/${backup.metadata.namespace ?? ''}/${secretRef.name}`;
}

/** Name of the Lease of a server. */
export function serverLeaseName(key: string): string {
  return `pgcairn-server-${sha256Hex(key).slice(0, 16)}`;
}
