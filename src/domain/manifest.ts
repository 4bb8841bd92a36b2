import { z } from 'zod';
import { VerificationLevel } from '../api/v1alpha1/postgres-backup.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const bytes = z.int().min(0);
const time = z.iso.datetime();

/** One object of a run. `path` is relative to the run's folder. */
export const ManifestObject = z.strictObject({
  path: z.string(),
  kind: z.enum(['Dump', 'Globals', 'Inventory']),
  /** The database that a dump holds. */
  database: z.string().optional(),
  /** `custom` (pg_dump), `sql`, `json`. */
  format: z.enum(['custom', 'sql', 'json']),
  compression: z.enum(['none', 'zstd', 'gzip']),
  encryption: z.enum(['none', 'age']),
  /** Before encryption. */
  plain: z.strictObject({ bytes, digest }),
  /** As it lies in the store. */
  stored: z.strictObject({ bytes, digest }),
});
export type ManifestObject = z.infer<typeof ManifestObject>;

export const ManifestDatabase = z.strictObject({
  name: z.string(),
  oid: z.int(),
  sizeBytes: bytes,
  encoding: z.string(),
  tables: z.int(),
  /** Rows counted in the decoded dump; absent when the level is Stored. */
  rows: z.int().optional(),
  largeObjects: z.int(),
  snapshotTime: time,
});

/**
 * What a run is. Written last, signed where a key is given: a run exists when its manifest does. Names of tables,
 * roles and settings are not here but in the run's inventory object, which is encrypted as the data is.
 */
export const Manifest = z.strictObject({
  schema: z.literal('pgcairn.dev/manifest/v1'),
  runId: z.string(),
  /** 1 for the first run of a backup, then one more each; a gap or a repeat shows tampering. */
  sequence: z.int().min(1),
  previous: z.strictObject({ runId: z.string(), digest }).optional(),
  backup: z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
  trigger: z.enum(['Schedule', 'Request', 'Once', 'Local']),
  startTime: time,
  /** When the first snapshot was taken, by the server's clock. */
  snapshotTime: time,
  completionTime: time,
  producer: z.strictObject({ version: z.string() }),
  server: z.strictObject({
    version: z.string(),
    versionNumber: z.int(),
    systemIdentifier: z.string().optional(),
    inRecovery: z.boolean(),
  }),
  /** The pg_dump that wrote the dumps, and so the pg_restore that is needed: its major or newer. */
  client: z.strictObject({ version: z.string() }),
  content: z.enum(['All', 'SchemaOnly', 'DataOnly']),
  /** True when filters left something out; what is in the inventory. */
  filtered: z.boolean(),
  databases: z.array(ManifestDatabase).min(1),
  objects: z.array(ManifestObject).min(1),
  recipients: z.array(z.string()),
  verification: z.strictObject({
    level: VerificationLevel,
    steps: z.array(z.strictObject({ level: VerificationLevel, seconds: z.number(), detail: z.string() })),
  }),
  /** Things a person should know: what pg_dump leaves out, roles without passwords, a sudden shrink. */
  notes: z.array(z.strictObject({ reason: z.string(), message: z.string() })),
  /** True when this run shrank suspiciously against the one before: kept, but retention is frozen. */
  suspicious: z.boolean(),
});
export type Manifest = z.infer<typeof Manifest>;
