import { counted } from '../../domain/amounts.ts';
import type { EvidenceCheck, EvidenceFinding } from '../../domain/evidence.ts';
import { connect } from '../../postgres/connect.ts';
import { withSession } from '../../postgres/session.ts';
import { auditIndexes } from './audit.ts';
import { missingRowControl, runChecks, tryApplication } from './checks.ts';
import { flippedBitControl } from './control.ts';
import { failureOf } from '../failure-of.ts';
import type { DrillFolders } from './folders.ts';
import type { DrillContext } from './ledger.ts';
import { fetchedFrom, lastPhase, runPhase } from './ledger.ts';
import type { RestoredRun } from './restored.ts';
import type { DrillServer } from './server.ts';

export interface ToCheck {
  readonly run: RestoredRun;
  readonly server: DrillServer;
  readonly folders: DrillFolders;
}

/**
 * Checks, audits, and proves that damage would have been found; all of it goes into the ledger. The application of the
 * owner comes last: it may write.
 */
export async function checkRestored(context: DrillContext, toCheck: ToCheck): Promise<void> {
  const { ledger, task } = context;
  const { run, server, folders } = toCheck;
  const noteRecovery = (seconds: number): void => {
    ledger.measured.recoveryTimeSeconds = Math.round(seconds * 1000) / 1000;
  };
  const { checks, tables } = await checking(context, server, () => runChecks(run));
  const { startSeconds, seconds } = lastPhase(ledger);
  const checkedSeconds = startSeconds + seconds - fetchedFrom(ledger);
  ledger.checks.push(...checks);
  ledger.tables.push(...tables);
  if (task.spec.checks.application === undefined) noteRecovery(checkedSeconds);
  ledger.measured.restoredBytes = await sizeOf(run);
  await audit(context, run, server);
  if (task.spec.negativeControl) {
    await runPhase(context, 'Control', 'proving that damage is found', async () => {
      ledger.controls.push(await flippedBitControl(context, folders, run.manifest));
      ledger.controls.push(await missingRowControl(run));
    });
    await server.requireSame();
  }
  const tryIt = (): Promise<EvidenceCheck> => tryApplication(run);
  if (task.spec.checks.application === undefined) {
    ledger.checks.push(await tryIt());
    return;
  }
  ledger.checks.push(await checking(context, server, tryIt));
  noteRecovery(checkedSeconds + lastPhase(ledger).seconds);
}

/** What was found on a server that the surroundings did something to is not held against the backup: nobody hears it. */
async function checking<Found>(
  context: DrillContext,
  server: DrillServer,
  work: () => Promise<Found>,
): Promise<Found> {
  const found = await runPhase(context, 'Check', 'checking', work).catch(async (error: unknown) => {
    await server.requireSame();
    throw error;
  });
  context.signal.throwIfAborted();
  await server.requireSame();
  return found;
}

async function sizeOf({ connection, databases }: RestoredRun): Promise<number> {
  const session = await connect(connection, connection.database);
  const names = databases.map(({ name }) => name);
  const [row] = await withSession(session, () =>
    session.query<{ bytes: number }>(
      'SELECT sum(pg_database_size(datname))::bigint AS bytes FROM pg_database WHERE datname = ANY ($1)',
      [names],
    ),
  );
  return row?.bytes ?? 0;
}

/** What an audit cannot tell takes nothing from what was proved, unless the drill stands on it. */
async function audit(context: DrillContext, run: RestoredRun, server: DrillServer): Promise<void> {
  const { ledger, clock, signal, logger } = context;
  const start = clock.monotonic();
  const seconds = (): number => Math.round(clock.monotonic() - start) / 1000;
  try {
    const findings = await auditIndexes(run);
    ledger.findings.push(...findings);
    ledger.checks.push(auditCheck(findings, seconds()));
  } catch (error) {
    signal.throwIfAborted();
    await server.requireSame();
    logger.error({ err: error }, 'the indexes could not be audited');
    const outcome = run.spec.audit.failOn.length > 0 ? 'Undecided' : 'NotChecked';
    const detail = `the indexes could not be audited: ${failureOf(error, signal).message}`;
    ledger.checks.push({ id: 'Audit', outcome, detail, seconds: seconds() });
  }
}

const shown = 3;

function auditCheck(findings: readonly EvidenceFinding[], seconds: number): EvidenceCheck {
  const failing = findings.filter(({ failsDrill }) => failsDrill);
  const base = { id: 'Audit', count: findings.length, seconds } as const;
  if (failing.length === 0)
    return {
      ...base,
      outcome: 'Passed',
      detail: `${counted(findings.length, 'finding')}, none of them in failOn`,
    };
  const first = failing
    .slice(0, shown)
    .map(({ finding, database, table, index }) =>
      [finding, `${database}:${table}`, ...(index === undefined ? [] : [index])].join(' '),
    );
  const more = failing.length > shown ? `; and ${String(failing.length - shown)} more` : '';
  return { ...base, outcome: 'Failed', detail: `${first.join('; ')}${more}` };
}
