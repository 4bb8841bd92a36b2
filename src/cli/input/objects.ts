import type { z } from 'zod';
import { kinds } from '../../api/kinds.ts';
import { manifestSchema } from '../../api/manifest.ts';
import type { BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { ConditionKind } from '../../api/v1alpha1/conditions.ts';
import type { PostgresBackupSpec } from '../../api/v1alpha1/postgres-backup.ts';
import type { Finding } from '../../domain/validate-spec.ts';
import {
  validateBackupDrill,
  validateBackupRepository,
  validatePostgresBackup,
} from '../../domain/validate-spec.ts';
import { UsageError } from '../usage-error.ts';
import { faultWords } from './fault-words.ts';
import type { GivenDocument } from './documents.ts';
import type { GivenSecret } from './secret-document.ts';
import { readSecret } from './secret-document.ts';

/** An object of ours that a file holds, found good by its schema and by the rules beyond it. */
export interface Given<Spec> {
  readonly kind: ConditionKind;
  readonly namespace: string;
  readonly name: string;
  /** Of an object that came out of a cluster. */
  readonly uid?: string;
  readonly spec: Spec;
  /** As in `GivenDocument`. */
  readonly where: GivenDocument['where'];
}

export interface GivenObjects {
  readonly repositories: readonly Given<BackupRepositorySpec>[];
  readonly backups: readonly Given<PostgresBackupSpec>[];
  readonly drills: readonly Given<BackupDrillSpec>[];
  readonly secrets: readonly GivenSecret[];
}

interface Reading {
  /** Of objects that name none. */
  readonly namespace: string;
  readonly now: Date;
}

/** Reads every document as an object of a known kind. Throws `UsageError` for the first that is none, or is wrong. */
export function readObjects(documents: readonly GivenDocument[], reading: Reading): GivenObjects {
  const given = documents.map((document) => readObject(document, reading));
  const ours = given.filter((object) => object.kind !== 'Secret');
  refuseRepeats(given);
  return {
    repositories: ours.filter(
      (object): object is Given<BackupRepositorySpec> => object.kind === 'BackupRepository',
    ),
    backups: ours.filter((object): object is Given<PostgresBackupSpec> => object.kind === 'PostgresBackup'),
    drills: ours.filter((object): object is Given<BackupDrillSpec> => object.kind === 'BackupDrill'),
    secrets: given.filter((object) => object.kind === 'Secret'),
  };
}

function readObject(document: GivenDocument, reading: Reading): Given<unknown> | GivenSecret {
  const { value, where } = document;
  const { apiVersion, kind } = fieldsOfObject(value);
  if (kind === undefined && apiVersion === undefined)
    throw new UsageError(`${where()}: this is no object of Kubernetes (apiVersion, kind, metadata, spec)`);
  if (kind === 'Secret' && apiVersion === 'v1') return readSecret(document, reading.namespace);
  if (typeof kind === 'string' && isOurs(kind)) return readOwn(document, kind, reading);
  throw new UsageError(
    `${where(['kind'])}: kind ${JSON.stringify(kind ?? null)} of ${JSON.stringify(apiVersion ?? null)} is none that pgcairn reads from files: ${Object.keys(kinds).join(', ')} of pgcairn.dev/v1alpha1, and Secret of v1`,
  );
}

function fieldsOfObject(value: unknown): { readonly apiVersion?: unknown; readonly kind?: unknown } {
  return typeof value !== 'object' || value === null || Array.isArray(value) ? {} : value;
}

function isOurs(kind: string): kind is ConditionKind {
  return Object.hasOwn(kinds, kind);
}

interface Manifest {
  readonly metadata: { readonly name: string; readonly namespace?: unknown; readonly uid?: unknown };
  readonly spec: unknown;
}

function readOwn({ value, where }: GivenDocument, kind: ConditionKind, reading: Reading): Given<unknown> {
  const parsed = manifestSchema(kinds[kind]).safeParse(value);
  const name = (value as { metadata?: { name?: unknown } }).metadata?.name;
  const title = typeof name === 'string' ? `${kind} ${name}` : kind;
  if (!parsed.success) {
    const lines = parsed.error.issues.flatMap(fieldsOf).map(({ path, message }) => {
      const field = path.join('.');
      return `${where(path)}: ${title}: ${field === '' ? '' : `${field}: `}${message}`;
    });
    throw new UsageError([...new Set(lines)].join('\n'));
  }
  const { metadata, spec } = parsed.data as Manifest;
  const findings = findingsOf(kind, spec, reading.now).map(({ field, message }) => {
    const path = ['spec', ...field.split('.').filter((part) => part !== '')];
    return `${where(path)}: ${title}: ${path.join('.')}: ${message}`;
  });
  if (findings.length > 0) throw new UsageError(findings.join('\n'));
  return {
    kind,
    name: metadata.name,
    namespace: typeof metadata.namespace === 'string' ? metadata.namespace : reading.namespace,
    ...(typeof metadata.uid === 'string' ? { uid: metadata.uid } : {}),
    spec,
    where,
  };
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function fieldsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: faultWords(issue) }];
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    message: 'there is no such field (kubectl explain lists them)',
  }));
}

function findingsOf(kind: ConditionKind, spec: unknown, now: Date): readonly Finding[] {
  switch (kind) {
    case 'BackupRepository':
      return validateBackupRepository(spec as BackupRepositorySpec);
    case 'PostgresBackup':
      return validatePostgresBackup(spec as PostgresBackupSpec, now);
    case 'BackupDrill':
      return validateBackupDrill(spec as BackupDrillSpec, now);
  }
}

function refuseRepeats(objects: readonly (Given<unknown> | GivenSecret)[]): void {
  const seen = new Map<string, Given<unknown> | GivenSecret>();
  for (const object of objects) {
    const id = `${object.kind} ${object.namespace}/${object.name}`;
    const first = seen.get(id);
    if (first !== undefined)
      throw new UsageError(`${object.where()}: ${id} is given twice; the other is at ${first.where()}`);
    seen.set(id, object);
  }
}
