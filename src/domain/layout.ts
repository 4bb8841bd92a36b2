import { toInstant } from './instant.ts';

/**
 * Where things lie below a repository's prefix:
 *
 *   README.md
 *   <namespace>/<name>/OWNER.json
 *   <namespace>/<name>/<runId>/<database>.dump.age, globals.sql.age, inventory.json.age, manifest.json
 *   _drills/<namespace>/<name>/<runId>/evidence.json, evidence.html, evidence.dsse.json
 *
 * No namespace begins with an underscore, so that evidence never meets a backup.
 */
export const readmeKey = 'README.md';
export const manifestName = 'manifest.json';

export interface BackupName {
  readonly namespace: string;
  readonly name: string;
}

/** Ends with '/', so that `app` never means `app2`. */
export function backupFolder({ namespace, name }: BackupName): string {
  return `${namespace}/${name}/`;
}

/** Ends with '/'. */
export function runFolder(backup: BackupName, runId: string): string {
  return `${backupFolder(backup)}${runId}/`;
}

export function manifestKey(backup: BackupName, runId: string): string {
  return `${runFolder(backup, runId)}${manifestName}`;
}

export function ownerKey(backup: BackupName): string {
  return `${backupFolder(backup)}OWNER.json`;
}

export const evidenceNames = {
  document: 'evidence.json',
  page: 'evidence.html',
  /** Written last: evidence exists when its envelope does. */
  envelope: 'evidence.dsse.json',
} as const;

/** Evidence of a drill, all of it; ends with '/'. */
export function evidenceFolder({ namespace, name }: BackupName): string {
  return `_drills/${namespace}/${name}/`;
}

/** Evidence of one drill run; ends with '/'. */
export function evidenceRunFolder(drill: BackupName, runId: string): string {
  return `${evidenceFolder(drill)}${runId}/`;
}

/** A time, and optionally what makes it unique: run ids sort by time. */
const runIdForm = /^\d{8}T\d{6}Z(-[0-9a-z-]{1,40})?$/;

export function isRunId(text: string): boolean {
  return runIdForm.test(text);
}

/** What the ids of runs of that second begin with: `20261121T030000Z`. */
export function runIdTime(time: Date): string {
  return toInstant(time).replaceAll(/[-:]/g, '');
}

const safeName = /^[a-z0-9_][a-z0-9_.-]{0,62}$/;
const oidName = /^database-\d+$/;

/** The database's own name where it is safe in every store and shell, else one made from its oid. */
export function dumpBaseName(database: { readonly name: string; readonly oid: number }): string {
  const usable =
    safeName.test(database.name) && !oidName.test(database.name) && !database.name.includes('..');
  return usable ? database.name : `database-${String(database.oid)}`;
}

export interface ObjectForm {
  /** Compressed around the format, not within it. */
  readonly wrappedInZstd: boolean;
  readonly encrypted: boolean;
}

export function objectName(base: string, form: ObjectForm): string {
  return `${base}${form.wrappedInZstd ? '.zst' : ''}${form.encrypted ? '.age' : ''}`;
}

const attemptForm = /^attempt-(\d+)\//;

/**
 * Folder, within a run's folder, of the next attempt at it; empty for the first. Attempts never write to one
 * another's names: a worker that was given up for lost and still runs cannot spoil what its successor publishes.
 * `paths`: what lies in the run's folder, relative to it.
 */
export function nextAttemptFolder(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const numbers = paths.map((path) => Number(attemptForm.exec(path)?.[1] ?? '1'));
  return `attempt-${String(Math.max(...numbers) + 1)}/`;
}
