import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import type { ServerMajor } from '../../scripts/tools/postgres.ts';
import type { LogicalSpec } from '../../src/api/v1alpha1/logical.ts';
import { BackupDrillSpec } from '../../src/api/v1alpha1/backup-drill.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { EvidenceCheck } from '../../src/domain/evidence.ts';
import type { Inventory } from '../../src/domain/inventory.ts';
import { connect } from '../../src/postgres/connect.ts';
import { openInventory } from '../../src/postgres/inventory.ts';
import { preparePublicSchema } from '../../src/postgres/restore/public-schema.ts';
import { withSession } from '../../src/postgres/session.ts';
import { openSnapshot } from '../../src/postgres/snapshot.ts';
import { startDump } from '../../src/postgres/tools/dump.ts';
import type { DumpFilters } from '../../src/postgres/tools/dump-arguments.ts';
import type { RestoredRun } from '../../src/worker/drill/restored.ts';
import { manifest } from '../builders/manifest.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import { clientFor, noFilters } from './servers/dumped.ts';
import type { PostgresServer, ServerOptions } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

export interface Backed {
  /** Fills database `shop` of the source. */
  readonly fill: (source: PostgresServer) => Promise<unknown>;
  readonly content?: LogicalSpec['content'];
  readonly filters?: DumpFilters;
  readonly source?: ServerOptions;
  /** SQL that runs in the empty copy, before anything is restored into it. */
  readonly prepare?: string;
  /** Restores into another server; absent: into the one that was dumped, where `shop` is then called `origin`. */
  readonly target?: ServerOptions;
}

/** Database `shop`, dumped and restored as `shop`, in a server of a test. */
export interface Restored {
  readonly server: PostgresServer;
  readonly source: PostgresServer;
  readonly run: RestoredRun;
  /** What pg_restore said. */
  readonly words: string;
  /** A copy of the restored database under a name of its own, damaged by SQL. */
  damaged(sql: string, spec?: object): Promise<RestoredRun>;
  withSpec(spec: object): RestoredRun;
  remove(): Promise<void>;
}

export async function restore(major: ServerMajor, backed: Backed): Promise<Restored> {
  const leftovers: (() => Promise<unknown>)[] = [];
  const remove = async (): Promise<void> => {
    for (const removeOne of leftovers.toReversed()) await removeOne();
  };
  try {
    return { ...(await restoreWith(major, backed, leftovers)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function restoreWith(
  major: ServerMajor,
  backed: Backed,
  leftovers: (() => Promise<unknown>)[],
): Promise<Omit<Restored, 'remove'>> {
  const source = await startServer(major, backed.source);
  leftovers.push(() => source.stop());
  const worker = await makeWorkerRoot();
  leftovers.push(() => worker.remove());
  const folder = await mkdtemp(join(tmpdir(), 'pgcairn-checks-'));
  leftovers.push(() => rm(folder, { recursive: true, force: true }));
  await source.createDatabase('shop');
  await backed.fill(source);
  const client = await clientFor(Number(major) * 10_000);
  const dumpPath = join(folder, 'shop.dump');
  const connection = await connectionTo(source, worker);
  const inventory = await dumpTo(dumpPath, { ...backed, connection, client });
  const server = await targetOf(source, backed.target);
  if (server !== source) leftovers.push(() => server.stop());
  const copyConnection = await connectionTo(server, worker);
  await server.createDatabase('shop');
  await withSession(await connect(copyConnection, 'shop'), (session) =>
    preparePublicSchema(session, client.major),
  );
  const words = await load(server, join(client.bin, 'pg_restore'), dumpPath, backed.prepare);
  const run = {
    spec: specOf({}),
    manifest: manifest({ content: backed.content ?? 'All', filtered: backed.filters !== undefined }),
    databases: [{ name: 'shop', dumpPath, inventory }],
    connection: copyConnection,
    versionNumber: Number(major) * 10_000,
    client,
    jobs: 2,
    scratch: folder,
    clock: systemClock,
    logger: silentLogger,
    signal: new AbortController().signal,
  } satisfies RestoredRun;
  let copies = 0;
  return {
    server,
    source,
    run,
    words,
    damaged: async (sql, spec = {}) => {
      copies += 1;
      const name = `shop_${String(copies)}`;
      await server.createDatabase(name, 'shop');
      await server.sql(sql, name);
      return { ...run, spec: specOf(spec), databases: [{ name, dumpPath, inventory }] };
    },
    withSpec: (spec) => ({ ...run, spec: specOf(spec) }),
  };
}

/** `checks` of a drill, the rest as it is by default. */
function specOf(checks: object): BackupDrillSpec {
  return BackupDrillSpec.parse({ source: { backupRef: { name: 'shop' } }, checks });
}

type Dump = Backed & Pick<RestoredRun, 'connection' | 'client'>;

async function dumpTo(
  path: string,
  { connection, client, content = 'All', filters = noFilters }: Dump,
): Promise<Inventory> {
  const snapshot = await openSnapshot(connection, 'shop');
  const common = { connection, content, filters, lockWaitSeconds: 5 };
  try {
    const open = await openInventory({ ...common, snapshot, clientMajor: client.major });
    try {
      const dump = startDump({ ...common, client, database: 'shop', snapshotId: snapshot.id });
      await Promise.all([pipeline(dump.stdout, createWriteStream(path)), dump.done]);
      return await open.count();
    } finally {
      await open.close();
    }
  } finally {
    await snapshot.close();
  }
}

async function targetOf(source: PostgresServer, options: ServerOptions | undefined): Promise<PostgresServer> {
  if (options === undefined) {
    await source.sql('ALTER DATABASE shop RENAME TO origin');
    return source;
  }
  const server = await startServer(source.major, options);
  const { stdout } = await execa(join(source.bin, 'pg_dumpall'), ['--globals-only', '--no-role-passwords'], {
    env: environmentOf(source),
  });
  const roles = stdout
    .split('\n')
    .filter((line) => /^(CREATE|ALTER) ROLE|^GRANT/.test(line) && !/ IN DATABASE /.test(line));
  for (const line of roles) await server.sql(line).catch(() => '');
  return server;
}

function environmentOf({ host, port, user, password, bin }: PostgresServer): Record<string, string> {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    LD_LIBRARY_PATH: join(bin, '../lib'),
  };
}

async function load(
  server: PostgresServer,
  program: string,
  dump: string,
  prepare: string | undefined,
): Promise<string> {
  if (prepare !== undefined) await server.sql(prepare, 'shop');
  const { stderr } = await execa(program, ['--dbname=shop', dump], {
    env: environmentOf(server),
    reject: false,
  });
  await server.sql('ANALYZE', 'shop');
  return stderr;
}

/** The checks that say something else than that all is well, as `id outcome: detail`. */
export function complaints(checks: readonly EvidenceCheck[]): string[] {
  return checks
    .filter(({ outcome }) => outcome === 'Failed' || outcome === 'Undecided')
    .map(({ id, outcome, detail }) => `${id} ${outcome}: ${detail}`);
}
