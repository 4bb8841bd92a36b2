import { z } from 'zod';
import { DrillPhases, Verdict } from '../api/v1alpha1/backup-drill-status.ts';
import type { FailureReason } from '../api/v1alpha1/failure-reasons.ts';
import { failureReasons } from '../api/v1alpha1/failure-reasons.ts';
import { BackupPhases } from '../api/v1alpha1/postgres-backup-status.ts';
import { VerificationLevel } from '../api/v1alpha1/postgres-backup.ts';

/** kubelet cuts a termination message at 4,096 bytes. */
export const reportLimitBytes = 4096;

const reason = z.enum(Object.keys(failureReasons) as [FailureReason, ...FailureReason[]]);
const time = z.iso.datetime();

/** What a verified run is, as the operator needs it. Also made from a manifest by `inspect`. */
export const RunFacts = z.strictObject({
  runId: z.string(),
  manifestDigest: z.string(),
  snapshotTime: time,
  startTime: time,
  completionTime: time,
  verifiedTo: VerificationLevel,
  /** Absent where the manifest does not say. */
  phases: BackupPhases.optional(),
  storedBytes: z.int(),
  databases: z.int(),
  /** Its name, where the run saved exactly one. */
  database: z.string().optional(),
  tables: z.int(),
  rows: z.int().optional(),
  server: z.strictObject({
    version: z.string(),
    systemIdentifier: z.string().optional(),
    sizeBytes: z.int(),
  }),
  signed: z.boolean(),
  suspicious: z.boolean(),
  /** How far behind the server was, in the words of the notes, where it was a standby. */
  standby: z.string().optional(),
});
export type RunFacts = z.infer<typeof RunFacts>;

/** What the repository holds of this backup after the run. */
export const StoredFacts = z.strictObject({
  runs: z.int(),
  bytes: z.int(),
  oldestSnapshotTime: time.optional(),
  removedRuns: z.int(),
  sweptObjects: z.int(),
  /** Runs whose manifest cannot be believed. They are neither counted in `runs` nor removed. */
  invalidRuns: z.int().optional(),
  /** Why retention removed less than its rules allow, where it did. */
  retentionHeld: z.string().optional(),
});
export type StoredFacts = z.infer<typeof StoredFacts>;

/** What a drill came to, as the operator needs it. Also made from evidence by `inspect-drill`. */
export const DrillFacts = z.strictObject({
  runId: z.string(),
  verdict: Verdict,
  /** Passed, or a CheckId, or a FailureReason: what failed first. */
  reason: z.string(),
  /** For a person; at most 1,000 characters. */
  message: z.string(),
  startTime: time,
  completionTime: time,
  /** Absent where no run could be picked. */
  backupRunId: z.string().optional(),
  /** Of the PostgresBackup that made the run; absent in evidence of older versions, too. */
  backupUid: z.string().optional(),
  snapshotTime: time.optional(),
  /** What the run holds. Absent where no run could be picked, and in evidence of older versions. */
  content: z.enum(['All', 'SchemaOnly', 'DataOnly']).optional(),
  recoveryTimeSeconds: z.int().optional(),
  recoveryPointSeconds: z.int().optional(),
  largestGapSeconds: z.int().optional(),
  phases: DrillPhases.optional(),
  tables: z.int().optional(),
  rows: z.int().optional(),
  storedBytes: z.int().optional(),
  restoredBytes: z.int().optional(),
  evidence: z.strictObject({ path: z.string(), digest: z.string(), signed: z.boolean() }),
});
export type DrillFacts = z.infer<typeof DrillFacts>;

/** The worker's last word: one JSON document in the termination message, at most 4 KiB, no secrets. */
export const Report = z.discriminatedUnion('kind', [
  z.strictObject({
    version: z.literal(1),
    kind: z.literal('failed'),
    reason,
    message: z.string(),
    /** The write of the manifest was begun: whether the run exists only the store can say (`inspect`). */
    mayBePublished: z.boolean().optional(),
  }),
  z.strictObject({
    version: z.literal(1),
    kind: z.literal('backup'),
    run: RunFacts,
    stored: StoredFacts.optional(),
    notes: z.array(z.string()),
  }),
  z.strictObject({
    version: z.literal(1),
    kind: z.literal('probe'),
    location: z.string(),
    capabilities: z.strictObject({
      multipart: z.boolean(),
      conditionalWrite: z.boolean(),
      versioning: z.boolean(),
      objectLock: z.boolean(),
    }),
    latencyMilliseconds: z.strictObject({ write: z.int(), read: z.int(), list: z.int(), delete: z.int() }),
    probedBytes: z.int(),
    signingKeyFingerprint: z.string().optional(),
    /** Things that work but that the owner should know (no conditional write, lock asked for but absent). */
    warnings: z.array(z.string()),
  }),
  /** `run` absent: the store holds no manifest of it. */
  z.strictObject({
    version: z.literal(1),
    kind: z.literal('inspect'),
    run: RunFacts.optional(),
    stored: StoredFacts.optional(),
  }),
  z.strictObject({
    version: z.literal(1),
    kind: z.literal('prune'),
    removedRuns: z.int(),
    removedBytes: z.int(),
  }),
  z.strictObject({ version: z.literal(1), kind: z.literal('drill'), drill: DrillFacts }),
  /** `drill` absent: the store holds no evidence of it. */
  z.strictObject({ version: z.literal(1), kind: z.literal('inspect-drill'), drill: DrillFacts.optional() }),
]);
export type Report = z.infer<typeof Report>;

/** What a running worker answers on `GET /progress`. */
export const Progress = z.strictObject({
  runId: z.string(),
  step: z.string(),
  bytes: z.int(),
  objects: z.int(),
  /** The work is done and what came of it is stored; the worker only stays for people to look at what it left. */
  ended: z.literal(true).optional(),
});
export type Progress = z.infer<typeof Progress>;
