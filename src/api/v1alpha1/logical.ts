import { z } from 'zod';
import { setOf } from '../bounded.ts';
import { withRule } from '../rule.ts';
import { postgresName } from './postgres-name.ts';
import { qualifiedName } from './qualified-name.ts';

const schemas = setOf(postgresName, 100);
const tables = setOf(qualifiedName, 250);
const exactly =
  'Names are exact, not patterns; a table is written schema.table, in double quotes where it has capitals or the like.';

const Include = withRule(
  z.strictObject({
    schemas: schemas.describe('schemas are the schemas to save; no other schema is. Empty: all.').default([]),
    tables: tables
      .describe(
        `tables are the tables to save; nothing else is, functions and types included. Empty: all. ${exactly}`,
      )
      .default([]),
  }),
  {
    holds: (include) => include.schemas.length === 0 || include.tables.length === 0,
    cel: 'size(self.schemas) == 0 || size(self.tables) == 0',
    message: 'give schemas or tables, not both: pg_dump forgets schemas when tables are named',
  },
);

const Exclude = z.strictObject({
  schemas: schemas.describe('schemas are the schemas to leave out. Empty: none.').default([]),
  tables: tables.describe(`tables are the tables to leave out. Empty: none. ${exactly}`).default([]),
  tableData: tables
    .describe(`tableData are the tables to save without their rows. Empty: none. ${exactly}`)
    .default([]),
});

const logicalFields = z.strictObject({
  content: z
    .enum(['All', 'SchemaOnly', 'DataOnly'])
    .describe('content says what of each table is saved: definition and rows, or only one of them.')
    .default('All'),
  include: Include.describe('include narrows the backup to schemas or tables.').prefault({}),
  exclude: Exclude.describe('exclude takes schemas, tables or rows out of the backup.').prefault({}),
  globals: z
    .enum(['None', 'Roles', 'RolesWithPasswords'])
    .describe(
      'globals says what of the server outside its databases is saved. Roles: roles, memberships, tablespaces and settings. RolesWithPasswords: the password hashes too, which needs a superuser.',
    )
    .default('Roles'),
});

export const LogicalSpec = withRule(logicalFields, {
  holds: ({ include, exclude }) => include.tables.length === 0 || exclude.schemas.length === 0,
  cel: 'size(self.include.tables) == 0 || size(self.exclude.schemas) == 0',
  message:
    'include.tables and exclude.schemas do not go together: pg_dump forgets schemas when tables are named',
});
export type LogicalSpec = z.infer<typeof LogicalSpec>;
