import { z } from 'zod';
import type { KubeObject, ResourceType } from '../../base/resource.ts';
import { setOf } from '../bounded.ts';
import { withRule } from '../rule.ts';
import { ConnectionSpec } from './connection.ts';
import { LogicalSpec } from './logical.ts';
import { RepositoryRef } from './names.ts';
import type { PostgresBackupStatus } from './postgres-backup-status.ts';
import { postgresName } from './postgres-name.ts';
import { RetentionSpec } from './retention.ts';
import { Schedule, TimeZone } from './schedule.ts';
import { VerificationLevel } from './verification.ts';
import { WorkerSpec } from './worker-pod.ts';

export { ConnectionSpec } from './connection.ts';
export { LogicalSpec } from './logical.ts';
export { RetentionSpec } from './retention.ts';
export { VerificationLevel } from './verification.ts';
export { WorkerSpec } from './worker-pod.ts';
export type { CurrentRun, PostgresBackupStatus, RunRecord, RunTrigger } from './postgres-backup-status.ts';

const databaseFields = z.strictObject({
  names: setOf(postgresName, 100)
    .min(1)
    .describe('names are the databases to save, exactly as they are called.')
    .optional(),
  all: z
    .literal(true)
    .describe('all, when true, saves every database that accepts connections, templates left out.')
    .optional(),
  except: setOf(postgresName, 100)
    .describe('except are the databases that all leaves out. Empty: none.')
    .default([]),
});
type DatabaseFields = z.output<typeof databaseFields>;

const Databases = [
  {
    holds: ({ names, all }: DatabaseFields) => names === undefined || all === undefined,
    cel: '!has(self.names) || !has(self.all)',
    message: 'give names or all, not both',
  },
  {
    holds: ({ all, except }: DatabaseFields) => except.length === 0 || all !== undefined,
    cel: 'size(self.except) == 0 || has(self.all)',
    message: 'except needs all: true',
  },
].reduce((schema, rule) => withRule(schema, rule), databaseFields);

const Limits = z.strictObject({
  deadlineSeconds: z
    .int()
    .min(60)
    .max(604_800)
    .describe('deadlineSeconds is the time in seconds after which a run is ended, all its tries included.')
    .default(14_400),
  retries: z
    .int()
    .min(0)
    .max(10)
    .describe(
      'retries is how often a run is tried again after a failure that may pass. Wrong passwords and the like are not tried again.',
    )
    .default(2),
  lockWaitSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .describe('lockWaitSeconds is how long in seconds a run waits for a table that somebody has locked.')
    .default(60),
});

/** What is saved of one server, when, where to, and for how long. */
export const PostgresBackupSpec = z.strictObject({
  connection: ConnectionSpec.describe('connection says which server to save and how to reach it.'),
  repositoryRef: RepositoryRef.describe('repositoryRef names the BackupRepository that runs are written to.'),
  schedule: Schedule.describe(
    'schedule says when to run: five cron fields in timeZone, or @hourly, @daily, @weekly, @monthly, @yearly. Absent: once, and on request.',
  ).optional(),
  timeZone: TimeZone.describe('timeZone is the IANA time zone that schedule is read in.').default('Etc/UTC'),
  jitterSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .describe(
      'jitterSeconds is the longest time in seconds by which a run starts after its slot; the same for every run of this object.',
    )
    .default(0),
  startingDeadlineSeconds: z
    .int()
    .min(60)
    .max(604_800)
    .describe(
      'startingDeadlineSeconds is how late in seconds a slot may still be started; later it counts as missed.',
    )
    .default(3600),
  suspend: z
    .boolean()
    .describe('suspend stops new runs while it is true. A run that is on its way ends as usual.')
    .default(false),
  databases: Databases.describe(
    'databases says which databases of the server are saved. Absent: the one that the connection names.',
  ).optional(),
  logical: LogicalSpec.describe('logical says what of each database pg_dump saves.').prefault({}),
  verification: z
    .strictObject({
      level: VerificationLevel.describe(
        'level is what a run must reach to count. Stored: every object read back, digests equal. Decoded: and the dump decoded to its end, rows counted. Inventoried: and rows and objects equal to what the snapshot held.',
      ).default('Inventoried'),
    })
    .describe('verification says how far a run is checked before it is published.')
    .prefault({}),
  retention: RetentionSpec.describe(
    'retention says which runs are kept; a run stays when one rule keeps it. Only verified runs count, and only a run that succeeded removes others. The newest run that holds a database, or holds more of it than later ones, stays until maximumAgeSeconds. Without a keep rule and maximumAgeSeconds everything is kept.',
  ).prefault({}),
  objectives: z
    .strictObject({
      recoveryPointSeconds: z
        .int()
        .min(60)
        .max(315_576_000)
        .describe(
          'recoveryPointSeconds is how old in seconds the newest verified data may become. Absent: nothing is promised.',
        )
        .optional(),
    })
    .describe('objectives is what the owner has promised; the condition ObjectivesMet says whether it holds.')
    .prefault({}),
  limits: Limits.describe('limits bounds what a run may take.').prefault({}),
  worker: WorkerSpec.describe('worker says what the pod of a run gets, and where it may stand.').prefault({}),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .describe('deletionPolicy says what becomes of the runs in the repository when this object is deleted.')
    .default('Retain'),
});
export type PostgresBackupSpec = z.infer<typeof PostgresBackupSpec>;

export interface PostgresBackup extends KubeObject {
  readonly spec: PostgresBackupSpec;
  readonly status?: PostgresBackupStatus;
}

export const postgresBackupType: ResourceType<PostgresBackup> = {
  group: 'pgcairn.dev',
  version: 'v1alpha1',
  kind: 'PostgresBackup',
  plural: 'postgresbackups',
};
