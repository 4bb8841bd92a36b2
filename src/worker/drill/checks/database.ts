import { createReadStream } from 'node:fs';
import type { EvidenceCheck, EvidenceTable } from '../../../domain/evidence.ts';
import type { Sessions } from '../../../postgres/checks/sessions.ts';
import { readContents } from '../../../stream/pg-archive/contents.ts';
import type { RestoredDatabase, RestoredRun } from '../restored.ts';
import type { Checked } from './checked.ts';
import { check, notChecked } from './checked.ts';
import {
  checkConstraints,
  checkExtensions,
  checkIndexes,
  checkLargeObjects,
  checkTriggers,
} from './objects.ts';
import { checkAmcheck } from './amcheck.ts';
import { checkRows } from './rows.ts';
import { checkSchema } from './schema.ts';
import type { DatabaseScope } from './scope.ts';
import { checkSequences } from './sequences.ts';
import { checkWrite } from './write.ts';

export interface ChecksMade {
  readonly checks: EvidenceCheck[];
  readonly tables: EvidenceTable[];
}

/** Makes the checks of one database that need no more than its sessions, in the order of `CheckId`. */
export async function checkDatabase(
  run: RestoredRun,
  database: RestoredDatabase,
  sessions: Sessions['all'],
): Promise<ChecksMade> {
  const contents = await readContents(createReadStream(database.dumpPath), { withDefinitions: true });
  const of: DatabaseScope = { run, database, contents, sessions };
  const tables: EvidenceTable[] = [];
  const make = (id: EvidenceCheck['id'], work: () => Promise<Checked>): Promise<EvidenceCheck> =>
    check(run.clock, { id, database: database.name }, work);
  const countRows = async (): Promise<Checked> => {
    const { tables: counted, ...checked } = await checkRows(of);
    tables.push(...counted);
    return checked;
  };
  // pg_dump works alone for a while, and nothing has been changed yet.
  const [rows, schema] = await Promise.all([make('Rows', countRows), make('Schema', () => checkSchema(of))]);
  const checks = [rows, await make('LargeObjects', () => checkLargeObjects(of)), schema];
  for (const [id, off, work] of steps(run))
    checks.push(
      off === undefined ? await make(id, () => work(of)) : notChecked({ id, database: database.name }, off),
    );
  return { checks, tables };
}

type Step = readonly [
  id: EvidenceCheck['id'],
  off: string | undefined,
  work: (of: DatabaseScope) => Promise<Checked>,
];

function steps({ spec: { checks } }: RestoredRun): readonly Step[] {
  const off = (name: string, on: boolean): string | undefined =>
    on ? undefined : `checks.${name} is switched off`;
  return [
    ['Extensions', undefined, checkExtensions],
    ['Indexes', undefined, checkIndexes],
    ['Amcheck', checks.indexes === 'None' ? 'checks.indexes is None' : undefined, checkAmcheck],
    ['Constraints', off('constraints', checks.constraints), checkConstraints],
    ['Triggers', undefined, checkTriggers],
    ['Sequences', off('sequences', checks.sequences), checkSequences],
    ['Write', off('write', checks.write), checkWrite],
  ];
}
