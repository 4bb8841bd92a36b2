import { assertNever } from '../../base/assert-never.ts';
import type { IndexPlan, Remedy } from '../../domain/index-audit/finding.ts';
import { quoteIdentifier, quoteTable } from '../quote.ts';

/**
 * SQL for the live server, one statement per line, none of which keeps writers waiting where PostgreSQL has a way
 * around it. Such statements refuse to run inside a transaction.
 */
export function remedySql(remedy: Remedy): string {
  switch (remedy.do) {
    case 'Create':
      return createSql(remedy).join('\n');
    case 'Drop':
      return dropSql(remedy.index, remedy.isPartitioned).join('\n');
    case 'Rebuild':
      return `REINDEX INDEX ${remedy.isConcurrent ? 'CONCURRENTLY ' : ''}${quoteTable(remedy.index)};`;
    case 'Nothing':
      return `-- ${remedy.because.replaceAll(/\s+/g, ' ')}`;
    default:
      return assertNever(remedy);
  }
}

type Creation = Extract<Remedy, { do: 'Create' }>;

function createSql(remedy: Creation): readonly string[] {
  const [plan] = remedy.plans;
  const { replaces } = remedy;
  const made = remedy.plans.flatMap((one) => planSql(remedy, one));
  if (replaces === undefined || plan === undefined) return made;
  const rename = `ALTER INDEX ${nameOf(plan)} RENAME TO ${quoteIdentifier(replaces.name)};`;
  return [...made, ...dropSql(replaces, plan.isPartitioned), rename];
}

/** An index on the parent alone is invalid until every partition has its part; attaching the last makes it valid. */
function planSql(remedy: Creation, plan: IndexPlan): readonly string[] {
  const parts = plan.parts.flatMap((part) => [
    ...planSql(remedy, part),
    ...(part.is === 'Attached' ? [] : [`ALTER INDEX ${nameOf(plan)} ATTACH PARTITION ${nameOf(part)};`]),
  ]);
  return plan.is === 'Absent' ? [creation(remedy, plan), ...parts] : parts;
}

function creation({ isUnique, definition }: Creation, { name, table, isPartitioned }: IndexPlan): string {
  const what = isUnique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX';
  const [how, on] = isPartitioned ? ['', 'ONLY '] : [' CONCURRENTLY', ''];
  return `${what}${how} ${quoteIdentifier(name)} ON ${on}${quoteTable(table)} ${definition};`;
}

function nameOf({ table, name }: IndexPlan): string {
  return quoteTable({ schema: table.schema, name });
}

/** PostgreSQL drops a partitioned index only under a lock of the table, for which nobody should wait long. */
function dropSql(index: { schema: string; name: string }, isPartitioned: boolean): readonly string[] {
  if (!isPartitioned) return [`DROP INDEX CONCURRENTLY ${quoteTable(index)};`];
  return ["SET lock_timeout = '2s';", `DROP INDEX ${quoteTable(index)};`, 'RESET lock_timeout;'];
}
