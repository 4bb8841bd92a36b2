import { join } from 'node:path';
import type { PostgresBackupSpec } from '../api/v1alpha1/postgres-backup.ts';
import { Failure } from '../domain/failure.ts';
import type { ClientPrograms } from '../postgres/clients.ts';
import { findClients } from '../postgres/clients.ts';
import { connect } from '../postgres/connect.ts';
import type { Connection } from '../postgres/connection.ts';
import { readConnection } from '../postgres/connection.ts';
import { preflight, preflightFailure } from '../postgres/preflight.ts';
import type { UnmatchedName } from '../postgres/selection.ts';
import { dumpFilters, nothingMatches } from '../postgres/selection.ts';
import type { DatabaseFact, ServerFacts } from '../postgres/server.ts';
import { readServer } from '../postgres/server.ts';
import { withSession } from '../postgres/session.ts';
import { clientMajorFor } from '../postgres/version.ts';
import { runProcess } from '../process/run.ts';
import type { BackupPlan, PlannedDatabase } from './plan.ts';
import { chooseDatabases } from './plan.ts';
import type { RunContext } from './run-context.ts';

/** Connects, picks databases and client programs, and tries every database before any is dumped. */
export async function preparePlan(context: RunContext, attempt: string): Promise<BackupPlan> {
  const { root, task, scrubber, logger } = context;
  const secret = await readConnection(root, task.spec.connection);
  if (secret.password !== undefined) scrubber.add(secret.password);
  if (secret.tls.clientCertificate !== undefined) scrubber.add(secret.tls.clientCertificate.key);
  const { connection, server } = await reachServer(secret, task.spec);
  const client = await chooseClient(context, server.versionNumber);
  const chosen = chooseDatabases(task.spec, connection.database, server.databases);
  const databases = await tryDatabases(context, { connection, client, chosen });
  logger.info(
    { server: server.version, client: client.major, databases: databases.map(({ name }) => name) },
    'preflight passed',
  );
  return { connection, server, client, clientVersion: await versionOf(client), databases, attempt };
}

/**
 * Reads the server's facts through the connection's database. That one need not exist when the spec names others: the
 * first of them, or a maintenance database, serves as well.
 */
async function reachServer(
  secret: Connection,
  spec: PostgresBackupSpec,
): Promise<{ connection: Connection; server: ServerFacts }> {
  const others =
    spec.databases === undefined ? [] : [...(spec.databases.names ?? []), 'postgres', 'template1'];
  let refused: unknown;
  for (const database of [secret.database, ...others]) {
    try {
      const session = await connect(secret, database);
      return { connection: { ...secret, database }, server: await withSession(session, readServer) };
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== 'DatabaseAbsent') throw error;
      refused ??= error;
    }
  }
  throw refused;
}

async function chooseClient(context: RunContext, versionNumber: number): Promise<ClientPrograms> {
  const clients = await findClients(context.clientRoot);
  const majors = clients.map(({ major }) => major);
  const major = clientMajorFor(versionNumber, majors);
  const client = clients.find((candidate) => candidate.major === major);
  if (client === undefined) throw new Error(`client ${String(major)} was chosen and is not there`);
  return client;
}

interface Target {
  readonly connection: Connection;
  readonly client: ClientPrograms;
  readonly chosen: readonly DatabaseFact[];
}

async function tryDatabases(context: RunContext, target: Target): Promise<PlannedDatabase[]> {
  const { content, globals, ...named } = context.task.spec.logical;
  const filters = dumpFilters(named);
  const planned: PlannedDatabase[] = [];
  const unmatched: (readonly UnmatchedName[])[] = [];
  for (const database of target.chosen) {
    const session = await connect(target.connection, database.name);
    const result = await withSession(session, () =>
      preflight(session, { content, globals, filters, clientMajor: target.client.major }),
    );
    const failure = preflightFailure(database.name, result.findings);
    if (failure !== undefined) throw failure;
    unmatched.push(result.unmatched);
    planned.push({ ...database, sizeBytes: database.sizeBytes, filters: result.filters });
  }
  const nothing = nothingMatches(unmatched);
  if (nothing !== undefined) throw nothing;
  return planned;
}

/** `pg_dump (PostgreSQL) 16.15 (Debian …)` → `16.15`. */
async function versionOf(client: ClientPrograms): Promise<string> {
  const { stdout } = await runProcess({ program: join(client.bin, 'pg_dump'), args: ['--version'], env: {} });
  return /\d+(\.\d+)*\S*/.exec(stdout)?.[0] ?? String(client.major);
}
