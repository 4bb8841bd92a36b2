import type { TocEntry } from '../../stream/pg-archive/format.ts';
import type { Session } from '../session.ts';

export interface ConstraintStates {
  readonly count: number;
  /** For a person, each naming the constraint. */
  readonly differences: readonly string[];
}

interface Row {
  readonly schema: string;
  /** Of its table or domain and its own, as a dump has them. */
  readonly tag: string;
  readonly validated: boolean;
}

/** Copies that a partition or child has of its parent's constraint have no entry in a dump. */
const constraintsSql = `
SELECT n.nspname::text AS schema, coalesce(c.relname, t.typname) || ' ' || con.conname AS tag,
       con.convalidated AS validated
FROM pg_constraint con JOIN pg_namespace n ON n.oid = con.connamespace
LEFT JOIN pg_class c ON c.oid = con.conrelid LEFT JOIN pg_type t ON t.oid = con.contypid
WHERE con.oid >= 16384 AND con.contype <> 't' AND con.conparentid = 0 AND con.conislocal
  AND c.relpersistence IS DISTINCT FROM 't'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.deptype = 'e' AND d.objsubid = 0
    AND ((d.classid = 'pg_class'::regclass AND d.objid = con.conrelid)
      OR (d.classid = 'pg_type'::regclass AND d.objid = con.contypid)))
ORDER BY 1, 2`;

const kinds: ReadonlySet<string> = new Set(['CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT']);

/** Compares whether constraints hold for all rows with what the dump says: NOT VALID or not. */
export async function compareConstraints(
  session: Session,
  contents: readonly TocEntry[],
): Promise<ConstraintStates> {
  const unvalidated = new Set(
    contents
      .filter(
        ({ desc, definition = '' }) => kinds.has(desc) && / NOT (VALID|ENFORCED);?\s*$/.test(definition),
      )
      .map(({ namespace = '', tag }) => keyOf(namespace, tag)),
  );
  const rows = await session.query<Row>(constraintsSql);
  const differences = rows.flatMap(({ schema, tag, validated }) => {
    const expected = !unvalidated.has(keyOf(schema, tag));
    if (validated === expected) return [];
    const [is, was] = validated ? ['valid', 'not valid'] : ['not valid', 'valid'];
    return [`constraint ${schema}.${tag} is ${is}, and ${was} in the backup`];
  });
  return { count: rows.length, differences };
}

function keyOf(schema: string, tag: string): string {
  return JSON.stringify([schema, tag]);
}
