import type { ConditionKind } from '../../src/api/v1alpha1/conditions.ts';
import { someRecipient } from './backup-repository.ts';

/**
 * One object and what each border says of it. `schema` is the verdict of zod, and has to be that of the API server
 * too, unless `server` says otherwise. `operator` is found by the operator's own validation of what the others take.
 */
export interface ApiCase {
  readonly name: string;
  readonly kind: ConditionKind;
  /** Values by path, over an object that is good: `spec.retention.keepLast`. Undefined takes the field away. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly verdict: 'good' | 'schema' | 'operator';
  /** Part of what the user reads, at each border that refuses. */
  readonly says?: string;
  /** Why the API server alone sees it otherwise than zod. */
  readonly server?: { readonly verdict: 'good' | 'refused'; readonly because: string };
}

type Row = readonly [name: string, set: Readonly<Record<string, unknown>>, says?: string];

export function good(kind: ConditionKind, rows: readonly Row[]): readonly ApiCase[] {
  return rows.map(([name, set]) => ({ name, kind, set, verdict: 'good' }));
}

export function bad(kind: ConditionKind, rows: readonly Row[]): readonly ApiCase[] {
  return rows.map(([name, set, says]) => ({
    name,
    kind,
    set,
    verdict: 'schema',
    ...(says === undefined ? {} : { says }),
  }));
}

const bases: Readonly<Record<ConditionKind, object>> = {
  BackupRepository: {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'BackupRepository',
    metadata: { name: 'offsite' },
    spec: { s3: { bucket: 'acme-backups' }, encryption: { age: { recipients: [someRecipient] } } },
  },
  PostgresBackup: {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'PostgresBackup',
    metadata: { name: 'shop' },
    spec: { connection: { secretRef: { name: 'shop-db' } }, repositoryRef: { name: 'offsite' } },
  },
  BackupDrill: {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'BackupDrill',
    metadata: { name: 'shop-monthly' },
    spec: { source: { backupRef: { name: 'shop' } } },
  },
};

export interface CaseObject {
  readonly [field: string]: unknown;
  readonly spec?: unknown;
}

/** The object of a case, whole. */
export function caseObject({ kind, set }: ApiCase): CaseObject {
  return changed(bases[kind], set);
}

/** A copy of `base` with values by path; undefined takes the field away. */
export function changed<T extends object>(
  base: T,
  set: Readonly<Record<string, unknown>>,
): T & Record<string, unknown> {
  const object = structuredClone(base) as T & Record<string, unknown>;
  for (const [path, value] of Object.entries(set)) put(object, path.split('.'), structuredClone(value));
  return object;
}

function put(object: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [field = '', ...rest] = path;
  if (rest.length > 0) {
    object[field] ??= {};
    put(object[field] as Record<string, unknown>, rest, value);
  } else if (value === undefined) {
    delete object[field];
  } else {
    object[field] = value;
  }
}
