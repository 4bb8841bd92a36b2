import { createReadStream } from 'node:fs';
import type { EvidenceCheck, EvidenceTable } from '../../../domain/evidence.ts';
import { crewOf } from '../../../postgres/checks/crew.ts';
import type { Sessions } from '../../../postgres/checks/sessions.ts';
import { openSnapshot } from '../../../postgres/snapshot.ts';
import { readContents } from '../../../stream/pg-archive/contents.ts';
import type { RestoredDatabase, RestoredRun } from '../restored.ts';
import type { Checked } from './checked.ts';
import { checkAmong, notChecked } from './checked.ts';
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

/** Makes the checks of one database that need no more than its sessions. */
export async function checkDatabase(
  run: RestoredRun,
  database: RestoredDatabase,
  sessions: Sessions['all'],
): Promise<ChecksMade> {
  const contents = await readContents(createReadStream(database.dumpPath), { withDefinitions: true });
  const snapshot = await openSnapshot(run.connection, database.name);
  const tables: EvidenceTable[] = [];
  const crew = crewOf(sessions);
  const of: DatabaseScope = { run, database, contents, sessions, crew, snapshotId: snapshot.id };
  const make = async ([id, off, work]: Step): Promise<EvidenceCheck> => {
    const name = { id, database: database.name };
    if (off !== undefined) return notChecked(name, off);
    return await checkAmong(run.clock, crew, name, (own) => work({ ...of, crew: own }));
  };
  const countRows = async (scope: DatabaseScope): Promise<Checked> => {
    const { tables: counted, ...checked } = await checkRows(scope);
    tables.push(...counted);
    return checked;
  };
  try {
    // Before amcheck, which is an extension itself, is installed.
    const extensions = await make(['Extensions', undefined, checkExtensions]);
    const others = await allOf([...sideBySide(run), ['Rows', undefined, countRows] as const].map(make));
    return { checks: [extensions, ...others, await make(writing(run))], tables };
  } finally {
    await snapshot.close();
  }
}

/** The first error, once all the others have come to an end as well. */
async function allOf<Result>(work: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

type Step = readonly [
  id: EvidenceCheck['id'],
  off: string | undefined,
  work: (of: DatabaseScope) => Promise<Checked>,
];

/** None of them changes what another looks at. */
function sideBySide({ spec: { checks } }: RestoredRun): readonly Step[] {
  return [
    ['Schema', undefined, checkSchema],
    ['LargeObjects', undefined, checkLargeObjects],
    ['Indexes', undefined, checkIndexes],
    ['Triggers', undefined, checkTriggers],
    ['Amcheck', checks.indexes === 'None' ? 'checks.indexes is None' : undefined, checkAmcheck],
    ['Constraints', off('constraints', checks.constraints), checkConstraints],
    ['Sequences', off('sequences', checks.sequences), checkSequences],
  ];
}

function writing({ spec: { checks } }: RestoredRun): Step {
  return ['Write', off('write', checks.write), checkWrite];
}

function off(name: string, on: boolean): string | undefined {
  return on ? undefined : `checks.${name} is switched off`;
}
