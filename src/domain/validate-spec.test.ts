import { expect, it } from 'vitest';
import type { ApiCase } from '../../test/builders/api-case.ts';
import { caseObject } from '../../test/builders/api-case.ts';
import { backupDrillCases } from '../../test/builders/backup-drill-cases.ts';
import { backupRepositoryCases } from '../../test/builders/backup-repository-cases.ts';
import { someRecipient } from '../../test/builders/backup-repository.ts';
import { postgresBackupCases } from '../../test/builders/postgres-backup-cases.ts';
import { BackupDrillSpec } from '../api/v1alpha1/backup-drill.ts';
import { BackupRepositorySpec } from '../api/v1alpha1/backup-repository.ts';
import { PostgresBackupSpec } from '../api/v1alpha1/postgres-backup.ts';
import { isBech32 } from './bech32.ts';
import type { Finding } from './validate-spec.ts';
import {
  findingsMessage,
  validateBackupDrill,
  validateBackupRepository,
  validatePostgresBackup,
} from './validate-spec.ts';

const now = new Date('2026-11-20T00:00:00Z');
const cases = [...backupRepositoryCases, ...postgresBackupCases, ...backupDrillCases];

it.each(cases.filter(({ verdict }) => verdict === 'good'))('$kind: $name is taken', (row) => {
  expect(validated(row)).toEqual([]);
});

it.each(cases.filter(({ verdict }) => verdict === 'operator'))(
  '$kind: $name is refused, in its words',
  (row) => {
    expect(findingsMessage(validated(row))).toContain(row.says ?? 'a message');
  },
);

it('a finding about the whole spec names the spec, and those beyond the fifth are counted', () => {
  const findings = ['', 'a', 'b', 'c', 'd', 'e', 'f'].map((field) => ({ field, message: 'm' }));

  expect(findingsMessage(findings)).toBe('spec: m; spec.a: m; spec.b: m; spec.c: m; spec.d: m; and 2 more');
});

it('every slip of one letter in a recipient is seen', () => {
  const slips = Array.from(someRecipient.slice(4), (letter, i) => {
    const other = letter === 'q' ? 'p' : 'q';
    return `${someRecipient.slice(0, i + 4)}${other}${someRecipient.slice(i + 5)}`;
  });

  expect(isBech32(someRecipient)).toBe(true);
  expect(slips.filter(isBech32)).toEqual([]);
});

function validated(row: ApiCase): readonly Finding[] {
  const { spec } = caseObject(row);
  switch (row.kind) {
    case 'BackupDrill':
      return validateBackupDrill(BackupDrillSpec.parse(spec), now);
    case 'PostgresBackup':
      return validatePostgresBackup(PostgresBackupSpec.parse(spec), now);
    case 'BackupRepository':
      return validateBackupRepository(BackupRepositorySpec.parse(spec));
  }
}
