import { z } from 'zod';
import { atomicList } from '../bounded.ts';
import { Conditions } from './condition.ts';
import type { FailureReason } from './failure-reasons.ts';
import type { ReadonlyDeep } from './readonly-deep.ts';
import { CurrentRun, id, missedRuns, slotTime, startTime, trigger } from './run-status.ts';
import { count, message, observedGeneration, reason, time } from './status-fields.ts';
import { VerificationLevel } from './verification.ts';

export type { CurrentRun, RunTrigger } from './run-status.ts';

const verifiedTo = VerificationLevel.describe(
  'verifiedTo is the level of verification that the run reached.',
);
const storedBytes = count.describe('storedBytes is what the run takes in the store, in bytes.');

export const BackupPhases = z.strictObject({
  dump: count
    .describe(
      'dump is dumping, decoding, encrypting and storing the databases, in seconds; absent at level Stored.',
    )
    .exactOptional(),
  readBack: count.describe('readBack is reading every stored object back, in seconds.'),
});
export type BackupPhases = z.infer<typeof BackupPhases>;

const runRecord = z.strictObject({
  runId: id,
  trigger,
  slotTime,
  startTime,
  completionTime: time.describe('completionTime is when the run ended.'),
  outcome: z.enum(['Succeeded', 'Failed']).describe('outcome is how the run ended.'),
  reason: reason.describe('reason is Verified or VerifiedSuspicious, or why the run failed.'),
  message: message.describe('message is what the run came to, for a person.'),
  verifiedTo: verifiedTo.exactOptional(),
  storedBytes: storedBytes.exactOptional(),
  phases: BackupPhases.describe('phases says where the time of a verified run went.').exactOptional(),
  suspicious: z
    .boolean()
    .describe(
      'suspicious is true for a run that holds far less than the one before; retention removes nothing then.',
    )
    .exactOptional(),
});
export type RunRecord = Omit<ReadonlyDeep<z.infer<typeof runRecord>>, 'reason'> & {
  readonly reason: 'Verified' | 'VerifiedSuspicious' | FailureReason;
};

const server = z
  .strictObject({
    version: z.string().max(64).describe('version is the version of PostgreSQL.'),
    systemIdentifier: z
      .string()
      .max(32)
      .describe('systemIdentifier is the number that initdb gave the cluster, where it may be read.')
      .exactOptional(),
    sizeBytes: count.describe('sizeBytes is the size of the saved databases on the server, in bytes.'),
  })
  .describe('server is what the last run found.');

const lastSuccess = z
  .strictObject({
    runId: id,
    snapshotTime: time.describe('snapshotTime is the moment whose data the run holds.'),
    storedBytes,
    verifiedTo,
    database: z
      .string()
      .max(63)
      .describe('database is the database that it holds, where it holds exactly one.')
      .exactOptional(),
    location: z
      .string()
      .max(2048)
      .describe('location is where the repository was when the run was written.')
      .exactOptional(),
  })
  .describe('lastSuccess is the newest verified run.');

const lastProven = z
  .strictObject({
    drill: z.string().max(253).describe('drill is the name of what restored it as a test.'),
    runId: id,
    time: time.describe('time is when the last drill of that run ended.'),
    recoveryTimeSeconds: count.describe(
      'recoveryTimeSeconds is how long the drill took from the first byte to a checked database, in seconds.',
    ),
  })
  .describe('lastProven is the newest run that was restored as a test; absent while none was.');

const stored = z
  .strictObject({
    runs: count.describe('runs is how many runs there are.'),
    bytes: count.describe('bytes is what they take, in bytes.'),
    oldestSnapshotTime: time
      .describe('oldestSnapshotTime is the oldest moment that can be gone back to.')
      .exactOptional(),
    invalidRuns: count
      .describe(
        'invalidRuns is how many runs there have a manifest that cannot be believed; they are not in runs.',
      )
      .exactOptional(),
  })
  .describe('stored is what the repository holds of this backup.');

/** What the operator knows of a backup. */
export const PostgresBackupStatus = z.strictObject({
  observedGeneration,
  conditions: Conditions.exactOptional(),
  server: server.exactOptional(),
  databases: z
    .string()
    .max(8192)
    .describe('databases is which databases are saved: all, or their names.')
    .exactOptional(),
  objective: z
    .enum(['Met', 'Missed', 'Unknown'])
    .describe('objective says in a word whether the objectives are met; absent without objectives.')
    .exactOptional(),
  nextRunTime: time.describe('nextRunTime is when the next run starts, jitter included.').exactOptional(),
  currentRun: CurrentRun.describe('currentRun is the run that is on its way.').exactOptional(),
  lastSlotTime: time
    .describe(
      'lastSlotTime is the newest slot that was started or missed; none at or before it ever runs again.',
    )
    .exactOptional(),
  lastRequest: z
    .string()
    .max(1024)
    .describe('lastRequest is the value of the annotation pgcairn.dev/run-requested last acted on.')
    .exactOptional(),
  lastSuccess: lastSuccess.exactOptional(),
  lastProven: lastProven.exactOptional(),
  stored: stored.exactOptional(),
  missedRuns: missedRuns.exactOptional(),
  runs: atomicList(runRecord, 10)
    .describe('runs are the runs that ended last, newest first, ten at most.')
    .exactOptional(),
});
export type PostgresBackupStatus = Omit<ReadonlyDeep<z.infer<typeof PostgresBackupStatus>>, 'runs'> & {
  /** Newest first, ten at most. */
  readonly runs?: readonly RunRecord[];
};
