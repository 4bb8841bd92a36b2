import type { z } from 'zod';
import type { ResourceType } from '../base/resource.ts';
import { BackupDrillStatus } from './v1alpha1/backup-drill-status.ts';
import { BackupDrillSpec, backupDrillType } from './v1alpha1/backup-drill.ts';
import { BackupRepositoryStatus } from './v1alpha1/backup-repository-status.ts';
import { BackupRepositorySpec, backupRepositoryType } from './v1alpha1/backup-repository.ts';
import type { ConditionKind } from './v1alpha1/conditions.ts';
import { PostgresBackupStatus } from './v1alpha1/postgres-backup-status.ts';
import { PostgresBackupSpec, postgresBackupType } from './v1alpha1/postgres-backup.ts';

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'date' | 'integer';
  readonly jsonPath: string;
  readonly description: string;
  /** Shown with `-o wide` only. */
  readonly wide?: true;
}

/** What the API server is told about a kind, and what its page of documentation is made from. */
export interface Kind {
  readonly type: ResourceType;
  readonly singular: string;
  readonly shortName: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly Column[];
  /** For `--field-selector`; the API server takes eight at most. */
  readonly selectableFields: readonly string[];
}

const conditionPath = (type: string, field: string): string =>
  `.status.conditions[?(@.type=="${type}")].${field}`;
const ready: Column = {
  name: 'Ready',
  type: 'string',
  jsonPath: conditionPath('Ready', 'status'),
  description: 'Whether the object can do its work.',
};
const readyReason: Column = {
  name: 'Reason',
  type: 'string',
  jsonPath: conditionPath('Ready', 'reason'),
  description: 'Why it is ready or not.',
};
const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since the object was made.',
};

export const kinds: Readonly<Record<ConditionKind, Kind>> = {
  BackupRepository: {
    type: backupRepositoryType,
    singular: 'backuprepository',
    shortName: 'pgrepo',
    description:
      'BackupRepository declares where backups live, for whom they are encrypted and by whom they are signed. The operator probes it: a repository is ready when a probe could write, read back, list and delete.',
    spec: BackupRepositorySpec,
    status: BackupRepositoryStatus,
    columns: [
      { name: 'Store', type: 'string', jsonPath: '.status.store', description: 'Sort of store.' },
      {
        name: 'Location',
        type: 'string',
        jsonPath: '.status.location',
        description: 'Where runs are written.',
      },
      ready,
      readyReason,
      {
        name: 'Last Probe',
        type: 'date',
        jsonPath: '.status.lastProbeTime',
        description: 'Time since the last probe ended.',
      },
      age,
    ],
    selectableFields: ['.spec.suspend', '.spec.s3.bucket', '.spec.volume.claimName'],
  },
  PostgresBackup: {
    type: postgresBackupType,
    singular: 'postgresbackup',
    shortName: 'pgbackup',
    description:
      'PostgresBackup declares what of one PostgreSQL server is backed up, when, where to, how far it is verified and how long it is kept. A run counts when it has been read back and verified, and not before.',
    spec: PostgresBackupSpec,
    status: PostgresBackupStatus,
    columns: [
      { name: 'Databases', type: 'string', jsonPath: '.status.databases', description: 'What is saved.' },
      { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule', description: 'When it is saved.' },
      {
        name: 'Last Good',
        type: 'date',
        jsonPath: '.status.lastSuccess.snapshotTime',
        description: 'Age of the newest verified data.',
      },
      {
        name: 'Verified',
        type: 'string',
        jsonPath: '.status.lastSuccess.verifiedTo',
        description: 'Level of verification that it reached.',
      },
      {
        name: 'Last Run',
        type: 'string',
        jsonPath: conditionPath('LastRunSucceeded', 'reason'),
        description: 'What the last run came to.',
      },
      {
        name: 'Objective',
        type: 'string',
        jsonPath: '.status.objective',
        description: 'Whether the objectives are met.',
      },
      {
        name: 'Next',
        // A date column prints the time since, and `<invalid>` for what is still to come.
        type: 'string',
        jsonPath: '.status.nextRunTime',
        description: 'When the next run starts.',
      },
      ready,
      { ...readyReason, wide: true },
      {
        name: 'Proven',
        type: 'date',
        jsonPath: '.status.lastProven.time',
        description: 'Time since the newest run that is proven was last restored as a test.',
        wide: true,
      },
      {
        name: 'Repository',
        type: 'string',
        jsonPath: '.spec.repositoryRef.name',
        description: 'Where runs are written.',
        wide: true,
      },
      age,
    ],
    selectableFields: ['.spec.repositoryRef.name', '.spec.connection.secretRef.name', '.spec.suspend'],
  },
  BackupDrill: {
    type: backupDrillType,
    singular: 'backupdrill',
    shortName: 'pgdrill',
    description:
      'BackupDrill declares a rehearsal: on a schedule, a throw-away PostgreSQL restores a run from the repository, everything in it is checked, and the time and the loss of a recovery are measured. A drill leaves signed evidence in the repository.',
    spec: BackupDrillSpec,
    status: BackupDrillStatus,
    columns: [
      { name: 'Source', type: 'string', jsonPath: '.status.source', description: 'What is rehearsed.' },
      {
        name: 'Verdict',
        type: 'string',
        jsonPath: '.status.verdict',
        description: 'What the last drill came to.',
      },
      {
        name: 'RTO',
        type: 'string',
        jsonPath: '.status.recoveryTime',
        description: 'Recovery time that the last drill measured.',
      },
      {
        name: 'RPO',
        type: 'string',
        jsonPath: '.status.recoveryPoint',
        description: 'Age of the data that came back.',
      },
      {
        name: 'Objectives',
        type: 'string',
        jsonPath: '.status.objective',
        description: 'Whether the objectives are met.',
      },
      {
        name: 'Last',
        type: 'date',
        jsonPath: '.status.lastRun.completionTime',
        description: 'Time since the last drill ended.',
      },
      {
        name: 'Next',
        type: 'string',
        jsonPath: '.status.nextRunTime',
        description: 'When the next drill starts.',
      },
      ready,
      { ...readyReason, wide: true },
      {
        name: 'Last Run',
        type: 'string',
        jsonPath: conditionPath('LastRunSucceeded', 'reason'),
        description: 'Why the last drill came to its verdict.',
        wide: true,
      },
      age,
    ],
    selectableFields: ['.spec.source.backupRef.name', '.spec.suspend'],
  },
};
