import pg from 'pg';
import type { ClientConfig } from 'pg';
import { connectFailure, isTlsError, isTlsUnavailable } from './connect-errors.ts';
import type { Connection } from './connection.ts';
import type { Session } from './session.ts';
import { sessionOver } from './session.ts';
import { nodeTlsOptions } from './tls.ts';
import { refusePooler } from './pooled-endpoint.ts';

const connectTimeoutMilliseconds = 15_000;
const keepAliveDelayMilliseconds = 60_000;
const int8 = 20;
/** Names are written out with their schema everywhere; nobody's own function may stand in for one of the catalogue. */
const safeSearchPath = 'pg_catalog, pg_temp';

/**
 * Opens a session with PostgreSQL itself. Timeouts that a role or database has set are lifted: a backup takes as long
 * as it takes, and its deadline is the run's. Errors: `Failure` CannotConnect, WrongPassword, DatabaseAbsent,
 * DatabaseTlsNotTrusted, DatabaseTlsUnavailable, PooledEndpoint, PrivilegeMissing.
 */
export async function connect(connection: Connection, database: string): Promise<Session> {
  const { client, session } = await open(connection, database);
  try {
    await liftTimeouts(session);
    await refusePooler({
      session,
      announcedProcessId: processId(client),
      server: `server ${connection.host}:${connection.port}`,
      openAnother: async () => (await open(connection, database)).session,
    });
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function open(
  connection: Connection,
  database: string,
): Promise<{ client: pg.Client; session: Session }> {
  const { host, port, user, secret } = connection;
  const attempt = { host, port, user, database, ...(secret !== undefined && { secret }) };
  try {
    const client = await attemptConnect(connection, database);
    const { rows } = await client.query<{ number: number }>(
      "SELECT pg_catalog.current_setting('server_version_num')::int AS number",
    );
    return { client, session: sessionOver(client, database, rows[0]?.number ?? 0) };
  } catch (error) {
    throw connectFailure(error, attempt);
  }
}

/** `Prefer` as libpq has it: TLS first, and without when TLS is what failed or pg_hba.conf wants it so. */
async function attemptConnect(connection: Connection, database: string): Promise<pg.Client> {
  const config = clientConfig(connection, database);
  const { tls } = connection;
  if (tls.mode === 'Disable') return connectOnce({ ...config, ssl: false });
  try {
    return await connectOnce({ ...config, ssl: nodeTlsOptions(tls) });
  } catch (error) {
    if (tls.mode !== 'Prefer' || !mayWorkWithoutTls(error)) throw error;
    return connectOnce({ ...config, ssl: false }).catch((second) => {
      // Refused both ways: what the server said over TLS is the nearer truth.
      throw isAccessRule(error) ? error : second;
    });
  }
}

function mayWorkWithoutTls(error: unknown): boolean {
  return isTlsUnavailable(error) || isTlsError(error) || isAccessRule(error);
}

function isAccessRule(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '28000';
}

async function connectOnce(config: ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

function clientConfig(connection: Connection, database: string): ClientConfig {
  return {
    host: connection.host,
    port: connection.port,
    user: connection.user,
    database,
    // An empty string, not undefined: `pg` would look into the environment and the home folder.
    password: connection.password ?? '',
    application_name: 'pgcairn',
    options: `-c search_path=${safeSearchPath.replaceAll(' ', '')}`,
    connectionTimeoutMillis: connectTimeoutMilliseconds,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMilliseconds,
    types: {
      getTypeParser: ((oid: number, format: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  };
}

/** Each setting that this server knows. `client_connection_check_interval` ends our statement when we are gone. */
async function liftTimeouts(session: Session): Promise<void> {
  await session.query(
    `SELECT set_config(s.name, v.value, false)
     FROM (VALUES ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'),
                  ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'),
                  ('client_connection_check_interval', '10s'), ('row_security', 'off'),
                  ('datestyle', 'ISO'), ('timezone', 'UTC')) AS v(name, value)
     JOIN pg_settings s ON lower(s.name) = v.name`,
  );
}

/** What the server announced when the session began; a pooler announces a number of its own. */
function processId(client: pg.Client): number | undefined {
  const { processID } = client as pg.Client & { processID?: number | null };
  return processID ?? undefined;
}
