import { z } from 'zod';
import { BackupDrillSpec } from '../api/v1alpha1/backup-drill.ts';
import { BackupRepositorySpec } from '../api/v1alpha1/backup-repository.ts';
import { PostgresBackupSpec } from '../api/v1alpha1/postgres-backup.ts';

const identity = z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() });
const base = { version: z.literal(1), repository: BackupRepositorySpec };

/**
 * What a worker is to do: one JSON document without secrets. Secrets lie beside it as files (paths.ts); the specs
 * are those of the objects, so that the same worker runs from a YAML file without a cluster.
 */
export const Task = z.discriminatedUnion('kind', [
  z.strictObject({
    ...base,
    kind: z.literal('backup'),
    backup: identity,
    run: z.strictObject({
      id: z.string(),
      trigger: z.enum(['Schedule', 'Request', 'Once', 'Local']),
      slotTime: z.iso.datetime(),
    }),
    spec: PostgresBackupSpec,
  }),
  z.strictObject({ ...base, kind: z.literal('probe'), owner: identity }),
  /** Reads the manifest of one run, when the worker that should have reported it is gone. */
  z.strictObject({
    ...base,
    kind: z.literal('inspect'),
    backup: identity,
    run: z.strictObject({ id: z.string() }),
  }),
  /** Removes every run of a PostgresBackup whose deletionPolicy is Delete. */
  z.strictObject({ ...base, kind: z.literal('prune'), backup: identity }),
  /** Restores a run into the throw-away server beside the worker, checks it, and leaves evidence. */
  z.strictObject({
    ...base,
    kind: z.literal('drill'),
    drill: identity,
    run: z.strictObject({
      id: z.string(),
      trigger: z.enum(['Schedule', 'Request', 'Once', 'Local']),
      slotTime: z.iso.datetime(),
    }),
    source: z.strictObject({
      namespace: z.string(),
      name: z.string(),
      /** The newest verified run that the operator knows of: a repository without it was tampered with or put back. */
      newest: z.strictObject({ runId: z.string(), snapshotTime: z.iso.datetime() }).optional(),
    }),
    spec: BackupDrillSpec,
    /** The newest evidence of the drill that the operator knows of; `digest` is that of its evidence.dsse.json. */
    evidence: z.strictObject({ runId: z.string(), digest: z.string() }).optional(),
    /** What the volume may take of a disk that is larger, in bytes; absent: all that is free there. */
    volumeBytes: z.int().min(1).optional(),
  }),
  /** Reads the evidence of one drill, when the worker that should have reported it is gone. */
  z.strictObject({
    ...base,
    kind: z.literal('inspect-drill'),
    drill: identity,
    run: z.strictObject({ id: z.string() }),
  }),
]);
export type Task = z.infer<typeof Task>;
export type BackupTask = Extract<Task, { kind: 'backup' }>;
export type ProbeTask = Extract<Task, { kind: 'probe' }>;
export type InspectTask = Extract<Task, { kind: 'inspect' }>;
export type PruneTask = Extract<Task, { kind: 'prune' }>;
export type DrillTask = Extract<Task, { kind: 'drill' }>;
export type InspectDrillTask = Extract<Task, { kind: 'inspect-drill' }>;
