import { z } from 'zod';
import { atomicList } from '../bounded.ts';
import { Conditions } from './condition.ts';
import { CurrentRun, missedRuns } from './run-status.ts';
import type { ReadonlyDeep } from './readonly-deep.ts';
import { RunTrigger } from './run-status.ts';
import { count, message, observedGeneration, reason, runId, time } from './status-fields.ts';

export const Verdict = z.enum(['Passed', 'Failed', 'Inconclusive']);
export type Verdict = z.infer<typeof Verdict>;

const duration = z.string().max(32);
const seconds = (about: string): z.ZodInt => count.describe(`${about}, in seconds.`);

export const DrillPhases = z.strictObject({
  fetch: seconds('fetch is reading the objects of the run from the store and comparing their digests'),
  decrypt: seconds('decrypt is what is left of opening them when all of them are there'),
  load: seconds('load is making schema and data'),
  index: seconds('index is building indexes and constraints'),
  analyse: seconds('analyse is gathering statistics for the planner'),
  check: seconds('check is everything that was checked'),
});
export type DrillPhases = z.infer<typeof DrillPhases>;

const drillRecord = z.strictObject({
  runId: runId.describe('runId is the name of the drill run, and of its folder of evidence.'),
  trigger: RunTrigger.describe(
    'trigger is what the drill came from: the schedule, the annotation pgcairn.dev/run-requested, or the absence of a schedule.',
  ),
  slotTime: time.describe(
    'slotTime is the minute that the schedule gave; else when the drill was decided on.',
  ),
  startTime: time.describe('startTime is when the drill was decided on.'),
  completionTime: time.describe('completionTime is when it ended.'),
  backupRunId: runId.describe('backupRunId is the run that was restored.').exactOptional(),
  verdict: Verdict.describe(
    'verdict is what the drill came to. Inconclusive: it could not be carried out, and says nothing about the backup.',
  ),
  reason: reason.describe('reason is Passed, or what failed first.'),
  message: message.describe('message is what the drill came to, for a person.'),
  recoveryTimeSeconds: seconds(
    'recoveryTimeSeconds is the time from the first byte fetched to the checked databases',
  ).exactOptional(),
  recoveryPointSeconds: seconds(
    'recoveryPointSeconds is how old the restored data was when the drill began',
  ).exactOptional(),
  largestGapSeconds: seconds(
    'largestGapSeconds is the longest time between two verified runs that are kept',
  ).exactOptional(),
  phases: DrillPhases.describe('phases says where the time went.').exactOptional(),
  tables: count.describe('tables is how many tables were restored.').exactOptional(),
  rows: count.describe('rows is how many rows were restored.').exactOptional(),
  storedBytes: count.describe('storedBytes is what the run takes in the store, in bytes.').exactOptional(),
  restoredBytes: count
    .describe('restoredBytes is the size of the restored databases, in bytes.')
    .exactOptional(),
  evidence: z
    .strictObject({
      path: z.string().max(512).describe('path is its folder in the repository, below the prefix.'),
      digest: z
        .string()
        .max(128)
        .describe('digest is that of evidence.dsse.json, which the next evidence repeats.'),
      signed: z.boolean().describe('signed is true where the repository has a signing key.'),
      location: z
        .string()
        .max(2048)
        .describe('location is where the repository was when the evidence was written.')
        .exactOptional(),
    })
    .describe('evidence is the signed record of the drill.')
    .exactOptional(),
});
export type DrillRecord = ReadonlyDeep<z.infer<typeof drillRecord>>;

const lastPassed = z
  .strictObject({
    runId: runId.describe('runId is the name of the drill run.'),
    backupRunId: runId.describe('backupRunId is the run that was restored.'),
    backupUid: z
      .string()
      .max(64)
      .describe('backupUid is the UID of the PostgresBackup that made the run.')
      .exactOptional(),
    time: time.describe('time is when the drill ended.'),
    snapshotTime: time.describe('snapshotTime is the moment whose data was restored.'),
    recoveryTimeSeconds: seconds('recoveryTimeSeconds is how long it took'),
    content: z
      .enum(['All', 'SchemaOnly'])
      .describe('content is what the run holds: SchemaOnly is definitions only, no data.')
      .exactOptional(),
  })
  .describe('lastPassed is the newest drill that passed.');

/** What the operator knows of a drill. */
export const BackupDrillStatus = z.strictObject({
  observedGeneration,
  conditions: Conditions.exactOptional(),
  source: z
    .string()
    .max(253)
    .describe('source is what is rehearsed, for the printed column.')
    .exactOptional(),
  verdict: Verdict.describe('verdict is what the last drill came to.').exactOptional(),
  recoveryTime: duration
    .describe('recoveryTime is the recovery time that the last drill measured, as 6m52s.')
    .exactOptional(),
  recoveryPoint: duration
    .describe('recoveryPoint is the age of the data that came back, as 7h19m.')
    .exactOptional(),
  objective: z
    .enum(['Met', 'Missed', 'Unknown'])
    .describe('objective says in a word whether the objectives are met; absent without objectives.')
    .exactOptional(),
  nextRunTime: time.describe('nextRunTime is when the next drill starts, jitter included.').exactOptional(),
  currentRun: CurrentRun.describe('currentRun is the drill that is on its way.').exactOptional(),
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
  lastRun: drillRecord.describe('lastRun is the drill that ended last.').exactOptional(),
  lastPassed: lastPassed.exactOptional(),
  missedRuns: missedRuns.exactOptional(),
  history: atomicList(drillRecord, 12)
    .describe('history are the drills that ended last, newest first, twelve at most.')
    .exactOptional(),
});
export type BackupDrillStatus = ReadonlyDeep<z.infer<typeof BackupDrillStatus>>;
