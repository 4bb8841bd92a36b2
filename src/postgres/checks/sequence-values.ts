import type { TocEntry } from '../../stream/pg-archive/format.ts';
import type { TableName } from '../quote.ts';
import { quoteTable, showEntry, showTable } from '../quote.ts';
import type { Session } from '../session.ts';

/** Where a sequence stands. Values may be larger than a number of JavaScript holds. */
export interface SequenceValue extends TableName {
  readonly last: bigint;
  /** False: `last` itself comes next. */
  readonly isCalled: boolean;
}

interface Row extends TableName {
  readonly last: string;
  readonly isCalled: boolean;
}

const perStatement = 200;

/** Every sequence of the database, by name. */
export async function readSequenceValues(session: Session): Promise<ReadonlyMap<string, SequenceValue>> {
  const names = await session.query<TableName>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND c.oid >= 16384 ORDER BY 1, 2`,
  );
  const values = new Map<string, SequenceValue>();
  for (let at = 0; at < names.length; at += perStatement) {
    const some = names.slice(at, at + perStatement);
    const parts = some.map(
      (name, index) =>
        `SELECT $1::text[] AS schemas, $2::text[] AS names, ${String(index + 1)} AS at, last_value, is_called FROM ${quoteTable(name)}`,
    );
    const rows = await session.query<Row>(
      `SELECT schemas[at] AS schema, names[at] AS name, last_value::text AS last, is_called AS "isCalled"
       FROM (${parts.join(' UNION ALL ')}) AS v`,
      [some.map(({ schema }) => schema), some.map(({ name }) => name)],
    );
    for (const { last, ...row } of rows) values.set(showTable(row), { ...row, last: BigInt(last) });
  }
  return values;
}

export interface SequenceComparison {
  /** Names of the sequences that the dump sets. */
  readonly set: ReadonlySet<string>;
  /** For a person, each naming the sequence. */
  readonly differences: readonly string[];
}

/** Compares where the sequences stand with where the dump sets them. */
export function compareSequenceValues(
  contents: readonly TocEntry[],
  values: ReadonlyMap<string, SequenceValue>,
): SequenceComparison {
  const expected = contents.filter(({ desc }) => desc === 'SEQUENCE SET');
  const differences = expected.flatMap((entry) => {
    const name = showEntry(entry);
    const found = values.get(name);
    const wanted = valueOf(entry);
    if (wanted === undefined) return [`sequence ${name}: the dump does not say where it stands`];
    if (found === undefined) return [`sequence ${name} is missing`];
    if (found.last === wanted.last && found.isCalled === wanted.isCalled) return [];
    return [`sequence ${name} stands at ${stands(found)} instead of ${stands(wanted)}`];
  });
  return { set: new Set(expected.map(showEntry)), differences };
}

const setval = /, (?<last>-?\d+), (?<called>true|false)\);\s*$/;

type Value = Pick<SequenceValue, 'last' | 'isCalled'>;

function valueOf({ definition = '' }: TocEntry): Value | undefined {
  const groups = setval.exec(definition)?.groups;
  if (groups === undefined) return undefined;
  return { last: BigInt(groups['last'] ?? '0'), isCalled: groups['called'] === 'true' };
}

function stands({ last, isCalled }: Value): string {
  return isCalled ? String(last) : `${String(last)} (not used yet)`;
}
