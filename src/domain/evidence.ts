import { z } from 'zod';
import { AuditFinding } from '../api/v1alpha1/backup-drill-checks.ts';
import { Verdict } from '../api/v1alpha1/backup-drill-status.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const bytes = z.int().min(0);
const count = z.int().min(0);
const time = z.iso.datetime();
const seconds = z.number().min(0);

/** Where the time of a drill went, one after the other; times are relative to `startTime` of the evidence. */
export const EvidencePhase = z.strictObject({
  name: z.enum(['Fetch', 'Decrypt', 'Load', 'Index', 'Analyse', 'Check', 'Control']),
  startSeconds: seconds,
  seconds,
});
export type EvidencePhase = z.infer<typeof EvidencePhase>;

/** The checks of a drill, in the order in which they are made. */
export const CheckId = z.enum([
  'Signature',
  'Sequence',
  'Digests',
  'Decryption',
  'Restore',
  'Rows',
  'LargeObjects',
  'Schema',
  'Extensions',
  'Indexes',
  'Amcheck',
  'Constraints',
  'Triggers',
  'Sequences',
  'Write',
  'Assertion',
  'Application',
  'Audit',
]);
export type CheckId = z.infer<typeof CheckId>;

/**
 * One thing that was checked, or was to be. `NotChecked` always says why in `detail`: switched off, nothing of the
 * kind in the run, or not possible. Only `Failed` fails the drill, and only `Undecided` makes it inconclusive.
 */
export const EvidenceCheck = z.strictObject({
  id: CheckId,
  /** Of an assertion; else absent. */
  name: z.string().optional(),
  database: z.string().optional(),
  outcome: z.enum(['Passed', 'Failed', 'Undecided', 'NotChecked']),
  /** How many things were looked at. */
  count: count.optional(),
  /** For a person: what was found; names the things that differ, the first of them at least. */
  detail: z.string(),
  seconds,
});
export type EvidenceCheck = z.infer<typeof EvidenceCheck>;

/** Rows of one table in the run's snapshot and in the restored database; null: not there. */
export const EvidenceTable = z.strictObject({
  database: z.string(),
  schema: z.string(),
  name: z.string(),
  expectedRows: count.nullable(),
  restoredRows: count.nullable(),
});
export type EvidenceTable = z.infer<typeof EvidenceTable>;

/** A damage made on purpose, on a copy or in a transaction that is rolled back, and whether it was found. */
export const EvidenceControl = z.strictObject({
  /** FlippedBit: of a stored object. MissingRow: of a restored table. */
  damage: z.enum(['FlippedBit', 'MissingRow']),
  /** What was damaged. */
  target: z.string(),
  outcome: z.enum(['Caught', 'NotCaught', 'NotApplicable']),
  /** The words in which it was refused, or why it was not tried. */
  detail: z.string(),
});
export type EvidenceControl = z.infer<typeof EvidenceControl>;

/** One finding of the index audit, with SQL that is ready to run on the live server. */
export const EvidenceFinding = z.strictObject({
  finding: AuditFinding,
  database: z.string(),
  table: z.string(),
  index: z.string().optional(),
  reason: z.string(),
  sql: z.string(),
  /** It is among audit.failOn. */
  failsDrill: z.boolean(),
});
export type EvidenceFinding = z.infer<typeof EvidenceFinding>;

/** What a drill of the past measured; the trend of a report is made from these. */
export const EvidencePast = z.strictObject({
  runId: z.string(),
  completionTime: time,
  verdict: Verdict,
  recoveryTimeSeconds: seconds.optional(),
  recoveryPointSeconds: seconds.optional(),
});
export type EvidencePast = z.infer<typeof EvidencePast>;

/**
 * What a drill did and found: the record that auditors read. It holds names of tables and numbers of rows, but no
 * value of the data and no secret.
 */
export const Evidence = z.strictObject({
  schema: z.literal('pgcairn.dev/evidence/v1'),
  drill: z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
  runId: z.string(),
  trigger: z.enum(['Schedule', 'Request', 'Once', 'Local']),
  /** 1 for the first evidence of a drill, then one more each. */
  sequence: z.int().min(1),
  /** The evidence before: digest of its evidence.dsse.json. */
  previous: z.strictObject({ runId: z.string(), digest }).optional(),
  /** What was seen of the evidence before when this was written: how much of it was read, and what does not hold. */
  chain: z.strictObject({
    checked: count,
    faults: z.array(z.strictObject({ runId: z.string(), fault: z.string() })),
  }),
  producer: z.strictObject({ version: z.string() }),
  verdict: Verdict,
  /** Passed, or the first thing that failed or could not be decided. */
  reason: z.string(),
  summary: z.string(),
  startTime: time,
  completionTime: time,
  /** Absent where no run could be picked. */
  backup: z
    .strictObject({
      namespace: z.string(),
      name: z.string(),
      runId: z.string(),
      manifestDigest: digest,
      sequence: z.int(),
      signed: z.boolean(),
      snapshotTime: time,
      serverVersion: z.string(),
      storedBytes: bytes,
      databases: z.array(z.string()),
      filtered: z.boolean(),
    })
    .optional(),
  location: z.string(),
  /** The server that the run was restored into. */
  server: z.strictObject({ version: z.string(), image: z.string().optional() }).optional(),
  objectives: z.strictObject({
    recoveryTimeSeconds: seconds.optional(),
    recoveryPointSeconds: seconds.optional(),
  }),
  measured: z.strictObject({
    /** First byte fetched to checks passed, the negative control left out. */
    recoveryTimeSeconds: seconds.optional(),
    /** The run's snapshot to the start of the drill. */
    recoveryPointSeconds: seconds.optional(),
    /** Between two neighbouring verified runs that are kept, or the newest and now. */
    largestGapSeconds: seconds.optional(),
    restoredBytes: bytes.optional(),
  }),
  phases: z.array(EvidencePhase),
  checks: z.array(EvidenceCheck),
  tables: z.array(EvidenceTable),
  controls: z.array(EvidenceControl),
  findings: z.array(EvidenceFinding),
  /** Newest first, without this drill; only evidence whose signature holds. */
  past: z.array(EvidencePast),
});
export type Evidence = z.infer<typeof Evidence>;
