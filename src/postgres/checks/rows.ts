import type { DataTable } from '../count-rows.ts';
import { countRows } from '../count-rows.ts';
import { dataTablesSql } from '../inventory-sql.ts';
import type { Session } from '../session.ts';
import type { RestoredRows } from './compare-rows.ts';
import type { Crew } from './crew.ts';
import { forEach, weights } from './crew.ts';
import { damageWords } from './sql-errors.ts';

/** A table of the restored database that pg_dump would save the rows of. */
export interface RestoredTable extends DataTable {
  readonly ofExtension: boolean;
  readonly unlogged: boolean;
  readonly pages: number;
}

/** Every table of the database whose rows a backup of all of it would hold, the largest first. */
export async function listTables(session: Session): Promise<RestoredTable[]> {
  return await session.query<RestoredTable>(
    `SELECT t.schema, t.name, t.oid, t.condition, c.relpersistence = 'u' AS unlogged, c.relpages AS pages,
            EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                    AND d.objsubid = 0 AND d.deptype = 'e') AS "ofExtension"
     FROM (${dataTablesSql}) AS t JOIN pg_class c ON c.oid = t.oid ORDER BY c.relpages DESC, t.schema, t.name`,
    [[], [], [], [], []],
  );
}

/** Counts tables side by side, each in its own snapshot: nobody writes to a restored database. */
export async function countTables(crew: Crew, tables: readonly RestoredTable[]): Promise<RestoredRows[]> {
  const weightOf = ({ pages }: RestoredTable): number => pages * weights.countedPage;
  return await forEach(crew, tables, weightOf, async (session, table) => {
    await session.query('BEGIN READ ONLY');
    const counted = await countOne(session, table);
    await session.query('ROLLBACK');
    return counted;
  });
}

/** Within a transaction. What the table is damaged in comes as words; errors: those of the session. */
export async function countOne(session: Session, table: RestoredTable): Promise<RestoredRows> {
  try {
    const [count] = await countRows(session, [table], () => undefined);
    return { ...table, rows: count?.rows ?? 0 };
  } catch (error) {
    return { ...table, unreadable: damageWords(error) };
  }
}
