import type {
  AuditIndex,
  AuditTable,
  ForeignKey,
  IndexCatalogue,
  RelationName,
} from '../../domain/index-audit/catalogue.ts';
import { showTable } from '../quote.ts';
import type { Session } from '../session.ts';
import { foreignKeysSql, indexesSql, relationsSql, tablesSql } from './catalogue-sql.ts';

/** Reads what the audit needs to know of the indexes of one database: tables, indexes, foreign keys. */
export async function readIndexCatalogue(session: Session): Promise<IndexCatalogue> {
  const tables = await session.query<Omit<AuditTable, 'shown'>>(tablesSql);
  const indexes = await session.query<IndexRow>(indexesSql);
  const foreignKeys = await session.query<ForeignKeyRow>(foreignKeysSql);
  return {
    tables: tables.map((table) => ({ ...table, shown: showTable(table) })),
    indexes: indexes.map(indexOf),
    foreignKeys: foreignKeys.map(({ target, ...foreignKey }) => ({
      ...foreignKey,
      references: showTable(target),
    })),
    relations: await session.query<RelationName>(relationsSql),
  };
}

interface IndexRow extends Omit<AuditIndex, 'shown' | 'definition'> {
  readonly definition: string;
  /** What stands before USING in the definition. */
  readonly head: string;
}

type ForeignKeyRow = Omit<ForeignKey, 'references'> & { readonly target: RelationName };

function indexOf({ head, definition, ...index }: IndexRow): AuditIndex {
  return { ...index, shown: showTable(index), definition: definition.slice(head.length) };
}
