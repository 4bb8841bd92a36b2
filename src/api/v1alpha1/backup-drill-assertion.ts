import { z } from 'zod';
import { atomicList } from '../bounded.ts';
import { withPattern, withRule } from '../rule.ts';
import { postgresName } from './postgres-name.ts';

const label = z
  .string()
  .min(1)
  .max(100)
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  .regex(/^[^\x00-\x1f\x7f]+$/);

/** Decimal digits; a number in YAML without quotes is taken where it is whole. */
const decimal = z
  .union(
    [
      z
        .string()
        .max(40)
        .regex(/^-?[0-9]+(\.[0-9]+)?$/),
      z.int(),
    ],
    { error: "must be a whole number, or a decimal number in quotes: '0.5'" },
  )
  .transform(String);

/** A row of a set, column by column. */
const row = atomicList(
  z
    .union([z.string().max(64), z.int()], { error: 'must be a whole number, or a text in quotes' })
    .transform(String),
  4,
).min(1);

const expectationFields = z.strictObject({
  equals: z
    .union([z.string().max(1024), z.int()], { error: "must be a whole number, or a text in quotes: '42.00'" })
    .transform(String)
    .describe('equals is what the first column of the only row must be, as PostgreSQL writes it.')
    .optional(),
  atLeast: decimal.describe('atLeast is the least that the first column of the only row may be.').optional(),
  atMost: decimal.describe('atMost is the most that the first column of the only row may be.').optional(),
  rows: z.int().min(0).max(1_000_000).describe('rows is how many rows must come.').optional(),
  rowSet: atomicList(row, 32)
    .min(1)
    .describe('rowSet is which rows must come, in any order and no others, each as a list of its columns.')
    .optional(),
});
type Fields = z.output<typeof expectationFields>;

const Expectation = [
  {
    holds: ({ equals, atLeast, atMost, rows, rowSet }: Fields) =>
      [equals, atLeast ?? atMost, rows, rowSet].filter((form) => form !== undefined).length === 1,
    cel: '[has(self.equals), has(self.atLeast) || has(self.atMost), has(self.rows), has(self.rowSet)].filter(form, form).size() == 1',
    message: 'give exactly one of equals, rows, rowSet, and a range by atLeast, atMost or both',
  },
  {
    holds: ({ atLeast, atMost }: Fields) =>
      atLeast === undefined || atMost === undefined || Number(atLeast) <= Number(atMost),
    cel: '!has(self.atLeast) || !has(self.atMost) || double(string(self.atLeast)) <= double(string(self.atMost))',
    message: 'atLeast must not be larger than atMost',
  },
].reduce((schema, rule) => withRule(schema, rule), expectationFields);

/** Spaces, comments and brackets, then the word that a query begins with. Short: its length counts in the cost of CEL. */
const query = /^([ \t\r\n\f(]|--[^\n]*\n|\/\*[^*]*\*+([^*/][^*]*\*+)*\/)*(?i:SELECT|WITH|VALUES|TABLE)\b/;

/** SQL of the owner with what it must give: read-only, as a role without privileges beyond reading, within a time. */
export const Assertion = z.strictObject({
  name: label.describe('name says what is asserted, for reports; no two assertions have the same.'),
  sql: withPattern(
    z.string().min(1).max(8192),
    query,
    'must be one query: it begins with SELECT, WITH, VALUES or TABLE',
  ).describe(
    'sql is one query. It runs in a read-only transaction, as a role that may read every row and do nothing else.',
  ),
  database: postgresName
    .describe('database is where it runs. Absent: the only database of the run, else the first by name.')
    .optional(),
  expect: Expectation.describe('expect is what the statement must give.'),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(3600)
    .describe('timeoutSeconds is how long in seconds the statement may take.')
    .default(60),
});
export type Assertion = z.infer<typeof Assertion>;
