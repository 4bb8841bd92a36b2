import { describe, expect, it } from 'vitest';
import {
  fullBackupDrillStatus,
  fullBackupRepositoryStatus,
  fullPostgresBackupStatus,
} from '../../../test/builders/full-status.ts';
import type { ConditionKind } from './conditions.ts';
import { conditionFault, conditions } from './conditions.ts';
import { failureReasons } from './failure-reasons.ts';

const kinds = Object.keys(conditions) as ConditionKind[];
const types = kinds.flatMap((kind) =>
  Object.entries(conditions[kind]).map(([type, info]) => ({ kind, type, info })),
);
const reasons = types.flatMap(({ kind, type, info }) =>
  Object.entries(info.reasons).map(([reason, about]) => ({ kind, type, reason, about })),
);
const sentence = /^[A-Za-z`].*\.$/s;

describe.each(kinds)('%s', (kind) => {
  it('has the conditions by which Flux, Helm and Argo judge it', () => {
    expect(Object.keys(conditions[kind])).toEqual(
      expect.arrayContaining(['Ready', 'Reconciling', 'Stalled']),
    );
  });
});

it.each(types)('$kind $type is explained by a sentence that begins with its name', ({ type, info }) => {
  expect(info.meaning).toMatch(new RegExp(`^${type} is True .*\\.$`, 's'));
});

it.each(types)('$kind $type is absent instead of False where it is negative', ({ info }) => {
  expect(info.presence).toBe(info.polarity === 'Negative' ? 'WhileTrue' : 'Always');
});

it.each(reasons)(
  '$kind $type $reason is one word, with a status, a meaning and a remedy',
  ({ reason, about }) => {
    expect(reason).toMatch(/^[A-Z][A-Za-z]{2,63}$/);
    expect(about.statuses.length).toBeGreaterThan(0);
    expect(about.meaning).toMatch(sentence);
    expect(about.remedy).toMatch(sentence);
  },
);

it('no failure reason has the name of another reason', () => {
  const own = new Set(reasons.map(({ reason }) => reason));

  expect(Object.keys(failureReasons).filter((reason) => own.has(reason))).toEqual([]);
});

it.each(Object.entries(failureReasons))('%s has a meaning and a remedy', (_reason, { meaning, remedy }) => {
  expect(meaning).toMatch(sentence);
  expect(remedy).toMatch(sentence);
});

describe('the tables tell', () => {
  const [ready] = fullPostgresBackupStatus().conditions;
  const rows = [
    ['a condition as declared', {}, undefined],
    [
      'a failure reason beside the status of failures',
      { status: 'False', reason: 'WrongPassword' },
      undefined,
    ],
    ['a type that does not exist', { type: 'Verified' }, 'PostgresBackup has no condition Verified'],
    ['a reason that does not exist', { reason: 'Fine' }, 'Ready of PostgresBackup has no reason Fine'],
    [
      'a status that the reason cannot have',
      { status: 'False' },
      'Ready=False of PostgresBackup cannot have',
    ],
    ['success with a failure reason', { reason: 'WrongPassword' }, 'cannot have the reason WrongPassword'],
  ] as const;

  it.each(rows)('%s', (_name, change, fault) => {
    const said = conditionFault('PostgresBackup', { ...ready!, ...change });

    expect(said ?? 'nothing').toContain(fault ?? 'nothing');
  });
});

it('the conditions of the full examples are as declared', () => {
  const faults = [
    ...fullPostgresBackupStatus().conditions.map((each) => conditionFault('PostgresBackup', each)),
    ...fullBackupRepositoryStatus().conditions.map((each) => conditionFault('BackupRepository', each)),
    ...fullBackupDrillStatus().conditions.map((each) => conditionFault('BackupDrill', each)),
  ];

  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
});
