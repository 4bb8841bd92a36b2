import { canonicalDefinition, canonicalSql } from './schema-comparison-canonical.ts';
import type { SchemaEntry } from './schema-comparison-entries.ts';
import { ownedKinds } from './schema-comparison-entries.ts';

/**
 * Says what of an object is not as in the backup. Definitions may hold values and passwords, so that of most only the
 * fact is told; of tables the names of columns, and of privileges and switches the statements, which hold names alone.
 */
export function describeDifference(expected: SchemaEntry, actual: SchemaEntry): string {
  const parts: string[] = [];
  if (ownedKinds.has(expected.desc) && expected.owner !== actual.owner)
    parts.push(`owner ${actual.owner ?? 'none'} instead of ${expected.owner ?? 'none'}`);
  if (expected.tableAccessMethod !== actual.tableAccessMethod)
    parts.push(
      `access method ${actual.tableAccessMethod ?? 'none'} instead of ${expected.tableAccessMethod ?? 'none'}`,
    );
  const sameMeaning = canonicalDefinition(expected) === canonicalDefinition(actual);
  if (!sameMeaning || parts.length === 0) parts.push(definitionDifference(expected, actual));
  return parts.join(', ');
}

const shown = 3;

function definitionDifference(expected: SchemaEntry, actual: SchemaEntry): string {
  const before = statementsOf(expected);
  const after = statementsOf(actual);
  const missing = before.filter((statement) => !hasLike(after, statement));
  const extra = after.filter((statement) => !hasLike(before, statement));
  const tellable = [...missing, ...extra].every(holdsNamesAlone);
  if (missing.length + extra.length > 0 && tellable)
    return [...listed('lacks', missing), ...listed('has', extra)].join(', ');
  if (expected.desc === 'TABLE' || expected.desc === 'FOREIGN TABLE') {
    const columns = columnDifferences(expected, actual);
    if (columns.length > 0) return columns.slice(0, shown).join(', ');
  }
  return 'definition differs';
}

function statementsOf({ definition = '' }: SchemaEntry): string[] {
  return definition
    .split(';\n')
    .map((statement) => statement.replaceAll(/\s+/g, ' ').trim())
    .filter((statement) => statement !== '');
}

function hasLike(statements: readonly string[], wanted: string): boolean {
  return statements.some((statement) => canonicalSql(statement) === canonicalSql(wanted));
}

const switches =
  /^ALTER (TABLE|FOREIGN TABLE|EVENT TRIGGER) .* (DISABLE|ENABLE|REPLICA IDENTITY|FORCE|NO FORCE|CLUSTER ON)( [^=']*)?;?$/;

function holdsNamesAlone(statement: string): boolean {
  return /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) /.test(statement) || switches.test(statement);
}

function listed(verb: string, statements: readonly string[]): string[] {
  if (statements.length === 0) return [];
  const more = statements.length - shown;
  const first = statements.slice(0, shown).map((statement) => statement.replace(/;$/, ''));
  return [`${verb} ${first.join('; ')}${more > 0 ? ` and ${String(more)} more` : ''}`];
}

/** By the names at the beginning of lines: columns and table constraints. */
function columnDifferences(expected: SchemaEntry, actual: SchemaEntry): string[] {
  const before = columnsOf(expected);
  const after = columnsOf(actual);
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === undefined) return [`${name} should not be there`];
    if (is === undefined) return [`${name} is missing`];
    return was === is ? [] : [`${name} differs`];
  });
}

const columnLine = /^ {4}(?<constraint>CONSTRAINT )?(?<name>"(?:[^"]|"")*"|[^\s"]+) (?<rest>.*?),?$/gm;

function columnsOf({ definition = '' }: SchemaEntry): Map<string, string> {
  const columns = new Map<string, string>();
  for (const { groups = {} } of definition.matchAll(columnLine)) {
    const kind = groups['constraint'] === undefined ? 'column' : 'constraint';
    columns.set(`${kind} ${groups['name'] ?? ''}`, canonicalSql(groups['rest'] ?? ''));
  }
  return columns;
}
