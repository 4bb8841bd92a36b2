import type { EvidenceFinding } from '../../domain/evidence.ts';
import { auditDatabase } from '../../domain/index-audit/audit.ts';
import type { Finding } from '../../domain/index-audit/finding.ts';
import { requiredIndexes } from '../../domain/index-audit/required.ts';
import type { AuditSubject, RequiredIndex } from '../../domain/index-audit/subject.ts';
import { auditSubject } from '../../domain/index-audit/subject.ts';
import { readIndexCatalogue } from '../../postgres/audit/catalogue.ts';
import { remedySql } from '../../postgres/audit/remedy-sql.ts';
import { connect } from '../../postgres/connect.ts';
import { showTable } from '../../postgres/quote.ts';
import { withSession } from '../../postgres/session.ts';
import type { RestoredDatabase, RestoredRun } from './restored.ts';

/**
 * Looks into the indexes of the restored databases, with what the backup noted of the live server's. The findings of a
 * database come together, in the order of `AuditFinding`. Errors: those of `connect`, and `Failure` ConnectionLost.
 */
export async function auditIndexes(run: RestoredRun): Promise<EvidenceFinding[]> {
  const required = requiredIndexes(run.spec.audit);
  const subjects: Subject[] = [];
  for (const database of run.databases) {
    run.signal.throwIfAborted();
    subjects.push({ database: database.name, subject: await readSubject(run, database, required) });
  }
  const found = subjects.flatMap(({ database, subject }) =>
    auditDatabase(subject).map((finding) => ({ database, finding })),
  );
  const nowhere = tablesNowhere(run, required, subjects);
  return [...nowhere, ...found].map(({ database, finding }) => evidenceOf(run, database, finding));
}

interface Subject {
  readonly database: string;
  readonly subject: AuditSubject;
}

async function readSubject(
  run: RestoredRun,
  { name, inventory }: RestoredDatabase,
  required: readonly RequiredIndex[],
): Promise<AuditSubject> {
  const catalogue = await withSession(await connect(run.connection, name), readIndexCatalogue);
  return auditSubject({ catalogue, inventory, required, hasData: run.manifest.content === 'All' });
}

/** A required index of a table that no database has: nobody is told by it being in none of the lists. */
function tablesNowhere(
  { databases, manifest }: RestoredRun,
  required: readonly RequiredIndex[],
  subjects: readonly Subject[],
): readonly { database: string; finding: Finding }[] {
  const database = databases.map(({ name }) => name).toSorted()[0] ?? '';
  const absent = required.filter(({ table }) =>
    subjects.every(({ subject }) => subject.tableNamed(table) === undefined),
  );
  const where = databases.length === 1 ? `database ${database}` : 'any database of the run';
  const perhaps = manifest.filtered ? '; the backup leaves out a part of what the server has' : '';
  return absent.map(({ table, name }) => ({
    database,
    finding: {
      kind: 'RequiredMissing',
      table: showTable(table),
      ...(name === undefined ? {} : { index: name }),
      reason: `The spec asks for an index of ${showTable(table)}, which is not a table in ${where}${perhaps}.`,
      remedy: { do: 'Nothing', because: `correct spec.audit.required, or create the table` },
      weight: 0,
    },
  }));
}

function evidenceOf(run: RestoredRun, database: string, finding: Finding): EvidenceFinding {
  const { kind, table, index, reason, remedy } = finding;
  return {
    finding: kind,
    database,
    table,
    ...(index === undefined ? {} : { index }),
    reason,
    sql: remedySql(remedy),
    failsDrill: run.spec.audit.failOn.includes(kind),
  };
}
