import { parseQualifiedName } from '../api/v1alpha1/qualified-name.ts';
import type { LogicalSpec } from '../api/v1alpha1/logical.ts';
import { Failure } from '../domain/failure.ts';
import type { TableName } from './quote.ts';
import { showIdentifier, showTable } from './quote.ts';
import type { Session } from './session.ts';
import type { DumpFilters } from './tools/dump-arguments.ts';

/** The spec's names as they are in the catalogue. The spec has been validated: a name that cannot be read is a fault. */
export function dumpFilters({ include, exclude }: Pick<LogicalSpec, 'include' | 'exclude'>): DumpFilters {
  return {
    includeSchemas: include.schemas,
    includeTables: include.tables.map(tableName),
    excludeSchemas: exclude.schemas,
    excludeTables: exclude.tables.map(tableName),
    excludeTableData: exclude.tableData.map(tableName),
  };
}

function tableName(text: string): TableName {
  const parsed = parseQualifiedName(text);
  if (parsed?.schema === undefined)
    throw new Failure('TaskInvalid', `${text} is not written as schema.table`);
  return { schema: parsed.schema, name: parsed.name };
}

/** The filters as object ids of one database; partitions and children stand beside the tables that were named. */
export interface Selection {
  readonly includeSchemas: readonly number[];
  readonly includeTables: readonly number[];
  readonly excludeSchemas: readonly number[];
  readonly excludeTables: readonly number[];
  readonly excludeTableData: readonly number[];
}

export interface UnmatchedName {
  /** `include.tables` and so on. */
  readonly field: string;
  /** As a person writes it. */
  readonly name: string;
  /** Names that are there and look alike. */
  readonly similar: readonly string[];
}

export interface ResolvedSelection {
  readonly selection: Selection;
  /** The filters without the names that this database lacks, which pg_dump would stop at. */
  readonly filters: DumpFilters;
  /** Something was included by name and none of it is here. Without this check an empty choice would mean all. */
  readonly includesNothing: boolean;
  readonly unmatched: readonly UnmatchedName[];
}

/** Looks the filters' names up in one database. */
export async function resolveSelection(session: Session, filters: DumpFilters): Promise<ResolvedSelection> {
  const look = new Lookup(session);
  const includeSchemas = await look.schemas('include.schemas', filters.includeSchemas);
  const includeTables = await look.tables('include.tables', filters.includeTables);
  const excludeSchemas = await look.schemas('exclude.schemas', filters.excludeSchemas);
  const excludeTables = await look.tables('exclude.tables', filters.excludeTables);
  const excludeTableData = await look.tables('exclude.tableData', filters.excludeTableData);
  return {
    selection: {
      includeSchemas: includeSchemas.oids,
      includeTables: includeTables.oids,
      excludeSchemas: excludeSchemas.oids,
      excludeTables: excludeTables.oids,
      excludeTableData: excludeTableData.oids,
    },
    filters: {
      includeSchemas: includeSchemas.found,
      includeTables: includeTables.found,
      excludeSchemas: excludeSchemas.found,
      excludeTables: excludeTables.found,
      excludeTableData: excludeTableData.found,
    },
    includesNothing:
      filters.includeSchemas.length + filters.includeTables.length > 0 &&
      includeSchemas.found.length + includeTables.found.length === 0,
    unmatched: look.unmatched,
  };
}

/** Says that nothing of what the spec includes is in this database. */
export function includesNothingMessage(unmatched: readonly UnmatchedName[]): string {
  return `nothing that spec.logical.include names is here (${describeUnmatched(unmatched)})`;
}

/** A name that none of the databases of a run has is a mistake in the spec. */
export function nothingMatches(perDatabase: readonly (readonly UnmatchedName[])[]): Failure | undefined {
  const [first, ...others] = perDatabase;
  const everywhere = (first ?? []).filter(({ field, name }) =>
    others.every((unmatched) => unmatched.some((other) => other.field === field && other.name === name)),
  );
  if (everywhere.length === 0) return undefined;
  return new Failure('NothingMatches', describeUnmatched(everywhere));
}

function describeUnmatched(names: readonly UnmatchedName[]): string {
  const parts = names.map(({ field, name, similar }) => {
    const hint = similar.length === 0 ? '' : `; there is ${similar.join(', ')}`;
    return `spec.logical.${field}: ${name} does not exist${hint}`;
  });
  return parts.join('. ');
}

interface Looked<Name> {
  readonly oids: number[];
  readonly found: Name[];
}

class Lookup {
  readonly unmatched: UnmatchedName[] = [];
  readonly #session: Session;
  constructor(session: Session) {
    this.#session = session;
  }

  async schemas(field: string, names: readonly string[]): Promise<Looked<string>> {
    if (names.length === 0) return { oids: [], found: [] };
    const rows = await this.#session.query<{ oid: number; name: string }>(
      'SELECT oid, nspname::text AS name FROM pg_namespace WHERE nspname = ANY ($1::name[])',
      [names],
    );
    const found = names.filter((name) => rows.some((row) => row.name === name));
    for (const name of names) {
      if (!found.includes(name)) {
        this.unmatched.push({ field, name: showIdentifier(name), similar: await this.#similarSchemas(name) });
      }
    }
    return { oids: rows.map(({ oid }) => oid), found };
  }

  async tables(field: string, names: readonly TableName[]): Promise<Looked<TableName>> {
    if (names.length === 0) return { oids: [], found: [] };
    const rows = await this.#session.query<{ oid: number; schema: string; name: string; named: boolean }>(
      `WITH RECURSIVE family AS (
         SELECT c.oid, true AS named FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN unnest($1::text[], $2::text[]) AS w(schema, name) ON n.nspname = w.schema AND c.relname = w.name
         WHERE c.relkind IN ('r', 'S', 'v', 'm', 'f', 'p')
         UNION SELECT i.inhrelid, false FROM family f JOIN pg_inherits i ON i.inhparent = f.oid)
       SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, bool_or(f.named) AS named
       FROM family f JOIN pg_class c ON c.oid = f.oid JOIN pg_namespace n ON n.oid = c.relnamespace
       GROUP BY 1, 2, 3`,
      [names.map(({ schema }) => schema), names.map(({ name }) => name)],
    );
    const isThere = (wanted: TableName): boolean =>
      rows.some((row) => row.named && row.schema === wanted.schema && row.name === wanted.name);
    for (const name of names) {
      if (!isThere(name)) {
        this.unmatched.push({ field, name: showTable(name), similar: await this.#similarTables(name) });
      }
    }
    return { oids: rows.map(({ oid }) => oid), found: names.filter(isThere) };
  }

  async #similarSchemas(name: string): Promise<string[]> {
    const rows = await this.#session.query<{ name: string }>(
      `SELECT nspname::text AS name FROM pg_namespace
       WHERE nspname !~ '^pg_' AND (lower(nspname) = lower($1) OR nspname LIKE left($1, 4) || '%') ORDER BY 1 LIMIT 3`,
      [name],
    );
    return rows.map((row) => showIdentifier(row.name));
  }

  /** The same name in another schema or case, or a name that begins alike in the same schema. */
  async #similarTables({ schema, name }: TableName): Promise<string[]> {
    const rows = await this.#session.query<TableName>(
      `SELECT n.nspname::text AS schema, c.relname::text AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'S', 'v', 'm', 'f', 'p') AND n.nspname !~ '^pg_'
         AND (lower(c.relname) = lower($2) OR (n.nspname = $1 AND c.relname LIKE left($2, 4) || '%'))
       ORDER BY lower(c.relname) = lower($2) DESC, 1, 2 LIMIT 3`,
      [schema, name],
    );
    return rows.map(showTable);
  }
}
