import { Failure } from '../../domain/failure.ts';
import type { Inventory } from '../../domain/inventory.ts';
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Session } from '../../postgres/session.ts';
import { describeErrors } from '../../postgres/tools/restore-errors.ts';
import type { RestoreError } from '../../postgres/tools/restore-progress.ts';
import type { TocEntry } from '../../stream/pg-archive/format.ts';

export interface PartsRequest {
  /** Something was left out of the dump by name. */
  readonly filtered: boolean;
  /** Schemas that were chosen by name. */
  readonly chosenSchemas: readonly string[];
  readonly contents: readonly TocEntry[];
  readonly inventory: Inventory;
}

/** What was done so that a part of a database can be restored without the rest. */
export interface Parts {
  /** Schemas that are there already when the dump makes them. */
  readonly made: ReadonlySet<string>;
  /** Throws `Failure` RunIncomplete where the errors only say that the rest is not there. */
  excuse(database: string, errors: readonly RestoreError[]): void;
}

const wholeDump: Parts = { made: new Set(), excuse: () => undefined };

/**
 * A dump of chosen tables or schemas lacks their schemas, and extensions always: they are made before. One of the
 * schema `public` makes it itself, which every new database has.
 */
export async function prepareParts(session: Session, request: PartsRequest): Promise<Parts> {
  const { filtered, chosenSchemas, contents, inventory } = request;
  if (!filtered) return wholeDump;
  const makesPublic = contents.some(({ desc, tag }) => desc === 'SCHEMA' && tag === 'public');
  if (makesPublic && chosenSchemas.includes('public')) await session.query('DROP SCHEMA public');
  const made = new Set<string>();
  if (contents.some(({ desc }) => desc === 'EXTENSION')) return { made, excuse };
  const makes = new Set(contents.filter(({ desc }) => desc === 'SCHEMA').map(({ tag }) => tag));
  const ownSchemas = contents.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]));
  const wanted = new Set([
    ...ownSchemas.filter((schema) => !makes.has(schema)),
    ...inventory.extensions.map(({ schema }) => schema),
  ]);
  for (const schema of wanted) {
    if (schema.startsWith('pg_')) continue;
    await session.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
    made.add(schema);
  }
  for (const { name, schema } of inventory.extensions)
    await session.query(
      `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} WITH SCHEMA ${quoteIdentifier(schema)}`,
    );
  return { made, excuse };
}

const lacking = /does not exist|violates foreign key constraint|^permission denied for schema /;

function excuse(database: string, errors: readonly RestoreError[]): void {
  if (!errors.every(({ words }) => lacking.test(words))) return;
  throw new Failure(
    'RunIncomplete',
    `the run holds a part of database ${database}, which needs the rest of it: ${describeErrors(errors)}`,
  );
}

/** Newer programs say this to servers before 17; it changes nothing. */
const harmless = /^unrecognized configuration parameter "transaction_timeout"/;

/** Errors without those that come of what was made before, or of programs newer than the server. */
export function seriousErrors(errors: readonly RestoreError[], { made }: Parts): RestoreError[] {
  return errors.filter(({ words }) => {
    const schema = /^schema "(.*)" already exists$/.exec(words)?.[1];
    return !harmless.test(words) && (schema === undefined || !made.has(schema));
  });
}
