import { z } from 'zod';
import type { KubeObject, ResourceType } from '../../base/resource.ts';
import { celPattern, withRule } from '../rule.ts';
import { DrillAudit, DrillChecks } from './backup-drill-checks.ts';
import { DrillServer } from './backup-drill-server.ts';
import type { BackupDrillStatus } from './backup-drill-status.ts';
import { IdentityRef, RepositoryRef, ownName } from './names.ts';
import { Schedule, TimeZone } from './schedule.ts';
import { WorkerSpec } from './worker-pod.ts';

export type { BackupDrillStatus, DrillRecord } from './backup-drill-status.ts';

const pathPattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?$/;

const backupPath = withRule(z.string().max(127), {
  holds: (path) => pathPattern.test(path),
  cel: `self.matches(${celPattern(pathPattern)})`,
  message: 'must be namespace and name of a PostgresBackup, like shop/shop',
});

const pickPattern = /^(Newest|Oldest|Random|[0-9]{8}T[0-9]{6}Z(-[0-9a-z-]{1,40})?)$/;
const pick = withRule(z.string().max(63), {
  holds: (text) => pickPattern.test(text),
  cel: `self.matches(${celPattern(pickPattern)})`,
  message: 'must be Newest, Oldest, Random or the id of a run, like 20261120T012140Z-7f3a',
});

const sourceFields = z.strictObject({
  backupRef: z
    .strictObject({
      name: ownName.describe('name is the name of the PostgresBackup, in the namespace of this object.'),
    })
    .meta({ 'x-kubernetes-map-type': 'atomic' })
    .describe('backupRef names the PostgresBackup whose runs are restored.')
    .optional(),
  repository: z
    .strictObject({
      repositoryRef: RepositoryRef.describe('repositoryRef names the BackupRepository with the runs.'),
      path: backupPath.describe(
        'path is the folder of the backup there: its namespace and name, as shop/shop.',
      ),
    })
    .describe('repository takes the runs from a repository, for a PostgresBackup that is lost.')
    .optional(),
  pick: pick
    .describe(
      'pick says which verified run is restored: Newest, Oldest (that is kept), Random (of those kept), or the id of a run.',
    )
    .default('Newest'),
});

const Source = withRule(sourceFields, {
  holds: ({ backupRef, repository }) => (backupRef === undefined) !== (repository === undefined),
  cel: 'has(self.backupRef) != has(self.repository)',
  message: 'give exactly one of backupRef and repository',
});

const seconds = (minimum: number, maximum: number): z.ZodInt => z.int().min(minimum).max(maximum);

const specFields = z.strictObject({
  source: Source.describe('source says which run is restored.'),
  identitySecretRef: IdentityRef.describe(
    'identitySecretRef is the age identity that opens the runs; mounted into pods of the drill only. Absent: the runs are not encrypted.',
  ).optional(),
  schedule: Schedule.describe(
    'schedule says when to run: five cron fields in timeZone, or @daily, @weekly, @monthly, @yearly. Absent: once, and on request.',
  ).optional(),
  timeZone: TimeZone.describe('timeZone is the IANA time zone that schedule is read in.').default('Etc/UTC'),
  jitterSeconds: seconds(0, 86_400)
    .describe(
      'jitterSeconds is the longest time in seconds by which a drill starts after its slot; the same for every drill of this object.',
    )
    .default(0),
  startingDeadlineSeconds: seconds(60, 604_800)
    .describe(
      'startingDeadlineSeconds is how late in seconds a slot may still be started; later it counts as missed.',
    )
    .default(3600),
  suspend: z
    .boolean()
    .describe('suspend stops new drills while it is true. A drill that is on its way ends as usual.')
    .default(false),
  server: DrillServer.describe('server is the throw-away server that the run is restored into.').prefault({}),
  checks: DrillChecks.describe(
    'checks says what is checked beside rows, objects and extensions, which always are.',
  ).prefault({}),
  audit: DrillAudit.describe(
    'audit looks into the indexes of the restored databases, at no cost for the live server.',
  ).prefault({}),
  negativeControl: z
    .boolean()
    .describe(
      'negativeControl, when true, has the drill prove that it can fail: a damaged copy and a missing row must be found. A drill whose control is not caught never passes.',
    )
    .default(true),
  objectives: z
    .strictObject({
      recoveryTimeSeconds: seconds(1, 315_576_000)
        .describe('recoveryTimeSeconds is how long a recovery may take. Absent: nothing is promised.')
        .optional(),
      recoveryPointSeconds: seconds(60, 315_576_000)
        .describe(
          'recoveryPointSeconds is how old the data may be that comes back. It is judged with source.pick Newest alone: any other run is old by choice. Absent: nothing is promised.',
        )
        .optional(),
    })
    .describe('objectives is what the owner has promised; the condition ObjectivesMet says whether it holds.')
    .prefault({}),
  keepFailedSeconds: seconds(0, 86_400)
    .describe(
      'keepFailedSeconds is how long in seconds the server of a drill that did not pass stays up, for somebody to look at it.',
    )
    .default(0),
  limits: z
    .strictObject({
      deadlineSeconds: seconds(60, 604_800)
        .describe('deadlineSeconds is the time in seconds after which a drill is ended.')
        .default(14_400),
      retries: z
        .int()
        .min(0)
        .max(10)
        .describe('retries is how often a drill is tried again that something outside of it has cut short.')
        .default(1),
    })
    .describe('limits bounds what a drill may take.')
    .prefault({}),
  worker: WorkerSpec.describe(
    'worker says what the worker of a drill gets, and where its pod may stand.',
  ).prefault({}),
});
type Fields = z.output<typeof specFields>;

/** Which backup is rehearsed, when, on what server, what is checked, and what the owner has promised. */
export const BackupDrillSpec = [
  {
    holds: ({ checks, limits }: Fields) =>
      checks.assertions.every(({ timeoutSeconds }) => timeoutSeconds < limits.deadlineSeconds),
    cel: 'self.checks.assertions.all(a, a.timeoutSeconds < self.limits.deadlineSeconds)',
    message: 'timeoutSeconds of an assertion must be less than limits.deadlineSeconds',
  },
  {
    holds: ({ checks, limits }: Fields) => (checks.application?.timeoutSeconds ?? 0) < limits.deadlineSeconds,
    cel: '!has(self.checks.application) || self.checks.application.timeoutSeconds < self.limits.deadlineSeconds',
    message: 'timeoutSeconds of the application must be less than limits.deadlineSeconds',
  },
].reduce((schema, rule) => withRule(schema, rule), specFields);
export type BackupDrillSpec = z.infer<typeof BackupDrillSpec>;

export interface BackupDrill extends KubeObject {
  readonly spec: BackupDrillSpec;
  readonly status?: BackupDrillStatus;
}

export const backupDrillType: ResourceType<BackupDrill> = {
  group: 'pgcairn.dev',
  version: 'v1alpha1',
  kind: 'BackupDrill',
  plural: 'backupdrills',
};
