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
  startSeconds: seconds.describe('When it began, in seconds after startTime.'),
  seconds: seconds.describe('How long it took, in seconds.'),
});
export type EvidencePhase = z.infer<typeof EvidencePhase>;

/** The checks of a drill, in the order in which evidence lists them. */
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
  'Audit',
  'Application',
]);
export type CheckId = z.infer<typeof CheckId>;

/**
 * One thing that was checked, or was to be. `NotChecked` always says why in `detail`: switched off, nothing of the
 * kind in the run, or not possible. Only `Failed` fails the drill, and only `Undecided` makes it inconclusive.
 */
export const EvidenceCheck = z.strictObject({
  id: CheckId,
  name: z.string().describe('Of an assertion; else absent.').optional(),
  database: z.string().optional(),
  outcome: z
    .enum(['Passed', 'Failed', 'Undecided', 'NotChecked'])
    .describe('Only Failed fails the drill, and only Undecided makes it inconclusive.'),
  count: count.describe('How many things were looked at.').optional(),
  detail: z
    .string()
    .describe(
      'For a person: what was found, with the names of the things that differ, of the first at least. Of NotChecked: why.',
    ),
  seconds: seconds.describe('How long it took, in seconds. The checks of a database go on side by side.'),
});
export type EvidenceCheck = z.infer<typeof EvidenceCheck>;

export const EvidenceTable = z.strictObject({
  database: z.string(),
  schema: z.string(),
  name: z.string(),
  expectedRows: count.nullable().describe('In the snapshot of the run; null: it had no such table.'),
  restoredRows: count.nullable().describe('In the restored database; null: the table is not there.'),
});
export type EvidenceTable = z.infer<typeof EvidenceTable>;

/** A damage made on purpose, on a copy or in a transaction that is rolled back, and whether it was found. */
export const EvidenceControl = z.strictObject({
  damage: z
    .enum(['FlippedBit', 'MissingRow'])
    .describe('FlippedBit: of a stored object, in a copy. MissingRow: of a restored table.'),
  target: z.string().describe('What was damaged.'),
  outcome: z.enum(['Caught', 'NotCaught', 'NotApplicable']),
  detail: z.string().describe('The words in which it was refused, or why it was not tried.'),
});
export type EvidenceControl = z.infer<typeof EvidenceControl>;

/** One finding of the index audit, with SQL that is ready to run on the live server. */
export const EvidenceFinding = z.strictObject({
  finding: AuditFinding,
  database: z.string(),
  table: z.string(),
  index: z.string().optional(),
  reason: z.string(),
  sql: z.string().describe('Ready to run on the live server.'),
  failsDrill: z.boolean().describe('It is among audit.failOn.'),
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

const chain = z.strictObject({
  checked: count.describe('How many envelopes before this one were read.'),
  faults: z.array(z.strictObject({ runId: z.string(), fault: z.string() })).describe('What does not hold.'),
});

const backup = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  uid: z
    .string()
    .describe('Of the PostgresBackup that made the run. Absent in evidence of older versions.')
    .optional(),
  runId: z.string(),
  manifestDigest: digest,
  sequence: z.int(),
  signed: z.boolean().describe('The manifest is signed by the key of the repository.'),
  snapshotTime: time.describe('The moment whose data was restored.'),
  serverVersion: z.string().describe('Of the server that was backed up.'),
  storedBytes: bytes,
  databases: z.array(z.string()),
  content: z
    .enum(['All', 'SchemaOnly', 'DataOnly'])
    .describe(
      'What the run holds: SchemaOnly is definitions without data. Absent in evidence of older versions.',
    )
    .optional(),
  filtered: z.boolean().describe('Filters of the backup left something out.'),
  suspicious: z
    .boolean()
    .describe('The run holds far less than the one before it. Absent in evidence of older versions.')
    .optional(),
});

const objectives = z.strictObject({
  recoveryTimeSeconds: seconds.optional(),
  recoveryPointSeconds: seconds.optional(),
});

const measured = z.strictObject({
  recoveryTimeSeconds: seconds
    .describe('First byte fetched to checks passed; the index audit and the negative control left out.')
    .optional(),
  recoveryPointSeconds: seconds
    .describe("From the run's snapshot to the start of the drill, in seconds.")
    .optional(),
  largestGapSeconds: seconds
    .describe('Between two neighbouring verified runs that are kept, or the newest and now.')
    .optional(),
  restoredBytes: bytes.optional(),
});

/**
 * What a drill did and found: the record that auditors read. It holds names of tables and numbers of rows, no
 * secret, and no value of the data but numbers that assertions of the owner gave.
 */
export const Evidence = z.strictObject({
  schema: z.literal('pgcairn.dev/evidence/v1'),
  drill: z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
  runId: z.string().describe('Of the drill run; the name of its folder.'),
  trigger: z.enum(['Schedule', 'Request', 'Once', 'Local']),
  sequence: z.int().min(1).describe('1 for the first evidence of a drill, then one more each.'),
  previous: z
    .strictObject({ runId: z.string(), digest })
    .describe('The evidence before: digest of its evidence.dsse.json.')
    .optional(),
  chain: chain.describe('What was seen of the evidence before when this was written.'),
  producer: z.strictObject({ version: z.string() }),
  signedBy: z
    .string()
    .describe('Fingerprint of the key that the envelope is signed by; absent: the repository has none.')
    .optional(),
  verdict: Verdict,
  reason: z.string().describe('Passed, or the first thing that failed or could not be decided.'),
  summary: z.string(),
  startTime: time,
  completionTime: time,
  backup: backup.describe('The run that was restored. Absent where none could be picked.').optional(),
  location: z.string().describe('The repository.'),
  server: z
    .strictObject({ version: z.string(), image: z.string().optional() })
    .describe('The server that the run was restored into.')
    .optional(),
  objectives: objectives.describe('What the owner promised.'),
  measured: measured.describe('What the drill measured; what it did not is absent.'),
  phases: z.array(EvidencePhase),
  checks: z.array(EvidenceCheck),
  tables: z.array(EvidenceTable),
  controls: z.array(EvidenceControl),
  findings: z.array(EvidenceFinding),
  past: z
    .array(EvidencePast)
    .describe('Drills before, newest first; only those whose evidence held when this was written.'),
});
export type Evidence = z.infer<typeof Evidence>;
