import { describe, expect, it } from 'vitest';
import { caseObject } from '../../test/builders/api-case.ts';
import { backupDrillCases } from '../../test/builders/backup-drill-cases.ts';
import { backupRepositoryCases } from '../../test/builders/backup-repository-cases.ts';
import { postgresBackupCases } from '../../test/builders/postgres-backup-cases.ts';
import { kinds } from './kinds.ts';
import { manifestSchema } from './manifest.ts';

const cases = [...backupRepositoryCases, ...postgresBackupCases, ...backupDrillCases];

it('no two cases of a kind have the same name', () => {
  const names = cases.map(({ kind, name }) => `${kind}: ${name}`);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

describe.each(cases.filter(({ verdict }) => verdict === 'schema'))('$kind: $name', (row) => {
  it('is refused by the schema, in its words', () => {
    const { success, error } = manifestSchema(kinds[row.kind]).safeParse(caseObject(row));

    expect(success).toBe(false);
    expect(error?.issues.map(({ message }) => message).join('\n')).toContain(row.says ?? '');
  });
});

describe.each(cases.filter(({ verdict }) => verdict !== 'schema'))('$kind: $name', (row) => {
  it('is taken by the schema', () => {
    expect(manifestSchema(kinds[row.kind]).safeParse(caseObject(row)).error).toBeUndefined();
  });
});
