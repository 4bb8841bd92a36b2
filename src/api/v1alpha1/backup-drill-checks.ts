import { z } from 'zod';
import { atomicList, namedList, setOf } from '../bounded.ts';
import { withPattern, withRule } from '../rule.ts';
import { Assertion } from './backup-drill-assertion.ts';
import { imageName } from './image-name.ts';
import { postgresName } from './postgres-name.ts';
import { qualifiedName } from './qualified-name.ts';
import { resourcesOf } from './resources.ts';

/** In a pod, on all addresses: where the worker, which shares them with the application, says how far it is. */
export const workerPort = 9188;

const port = withRule(z.int().min(1024).max(65_535), {
  holds: (number) => number !== workerPort,
  cel: `self != ${String(workerPort)}`,
  message: `must be another port than ${String(workerPort)}, where the worker beside the application answers`,
});

const Application = z.strictObject({
  image: imageName.describe('image is the image of the application.'),
  command: atomicList(z.string().min(1).max(1024), 32)
    .min(1)
    .describe(
      'command is the program with its arguments; the entry point of the image is not used. DATABASE_URL names the restored database.',
    ),
  database: postgresName
    .describe(
      'database is the one that DATABASE_URL names. Absent: the only database of the run, else the first by name.',
    )
    .optional(),
  http: z
    .strictObject({
      path: withPattern(
        z.string().min(1).max(1024),
        /^\/[^\s]*$/,
        'must be a path with its leading slash: /healthz',
      ).describe('path is what is asked for, with its leading slash.'),
      port: port.describe('port is where the application listens in its container.'),
    })
    .describe(
      'http makes the answer to a request the verdict: any status from 200 to 399 within timeoutSeconds. Absent: the exit code of command, 0 for good.',
    )
    .optional(),
  resources: resourcesOf('application')
    .describe('resources is what the application gets of its node.')
    .prefault({}),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(3600)
    .describe('timeoutSeconds is how long in seconds the application may take.')
    .default(120),
});

/** What is checked in the restored databases beside the counts, which always are. */
export const DrillChecks = z.strictObject({
  indexes: z
    .enum(['None', 'Structure', 'Full'])
    .describe(
      'indexes says how B-tree indexes are checked with amcheck. Structure: each index by itself. Full: and every row of its table must be in it. None: only that no index is invalid.',
    )
    .default('Full'),
  constraints: z
    .boolean()
    .describe('constraints, when true, has every constraint and foreign key be valid as in the backup.')
    .default(true),
  sequences: z
    .boolean()
    .describe('sequences, when true, has every sequence be ahead of the column that it feeds.')
    .default(true),
  write: z
    .boolean()
    .describe(
      'write, when true, has a table be made and a row be written and read back by another session in every database.',
    )
    .default(true),
  assertions: namedList(Assertion, 64)
    .describe('assertions are statements of the owner that must hold. Empty: none.')
    .default([]),
  application: Application.describe(
    'application runs a container of the owner against the restored database. Absent: none.',
  ).optional(),
});
export type DrillChecks = z.infer<typeof DrillChecks>;

/** What an index audit can find. */
export const AuditFinding = z.enum([
  'RequiredMissing',
  'Invalid',
  'ForeignKeyUnindexed',
  'Duplicate',
  'Redundant',
  'Unused',
  'Bloated',
]);
export type AuditFinding = z.infer<typeof AuditFinding>;

const requiredFields = z.strictObject({
  table: qualifiedName.describe('table is the table, as schema.table.'),
  columns: atomicList(postgresName, 32)
    .describe('columns are what an index of the table must begin with, in this order. Empty: see name.')
    .default([]),
  name: postgresName.describe('name is the name of the index. Absent: any name.').optional(),
});

const RequiredIndex = withRule(requiredFields, {
  holds: ({ columns, name }) => columns.length > 0 || name !== undefined,
  cel: 'size(self.columns) > 0 || has(self.name)',
  message: 'give columns or name',
});

/** What of the indexes is looked into, and what of it fails the drill. */
export const DrillAudit = z.strictObject({
  required: atomicList(RequiredIndex, 100)
    .describe('required are indexes that must be there. Empty: none.')
    .default([]),
  failOn: setOf(AuditFinding, 7)
    .describe('failOn says which findings fail the drill; the others are only reported. Empty: none.')
    .default([]),
});
export type DrillAudit = z.infer<typeof DrillAudit>;
