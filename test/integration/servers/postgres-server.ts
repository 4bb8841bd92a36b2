import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ServerMajor } from '../../../scripts/tools/postgres.ts';
import { postgresServerTree, serverIdentity } from '../../../scripts/tools/postgres.ts';
import type { Certificate } from './certificates.ts';
import { freePort } from './free-port.ts';

const superuser = 'postgres';
const superuserPassword = 'super-s3cret';

export interface ServerOptions {
  readonly tls?: Certificate;
  /** Whose certificates clients may show. */
  readonly clientAuthority?: Certificate;
  /** Lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf that come before the rule that asks everybody for a password. */
  readonly hba?: readonly string[];
  /** Makes this server a standby that follows another. */
  readonly standbyOf?: PostgresServer;
  readonly initdb?: readonly string[];
}

/** A PostgreSQL server of a test: on this machine's loopback, without fsync, its data in a temporary folder. */
export interface PostgresServer {
  readonly major: ServerMajor;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly bin: string;
  readonly user: typeof superuser;
  readonly password: typeof superuserPassword;
  /** Runs SQL through psql as the superuser, stopping at the first error; returns what it printed, unaligned. */
  sql(text: string, database?: string): Promise<string>;
  /** Runs a file of SQL, with psql variables. */
  run(file: string, database: string, variables?: Readonly<Record<string, string>>): Promise<void>;
  /** `template` must have nobody connected to it. */
  createDatabase(name: string, template?: string): Promise<void>;
  /** Appends to postgresql.conf and reloads. */
  reload(settings: Readonly<Record<string, string>>): Promise<void>;
  restart(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts a server of a major. Never as root: PostgreSQL refuses that. */
export async function startServer(major: ServerMajor, options: ServerOptions = {}): Promise<PostgresServer> {
  const bin = await postgresServerTree(major);
  const identity = await serverIdentity();
  const home = await mkdtemp(join(tmpdir(), `pgcairn-postgres-${major}-`));
  const data = join(home, 'data');
  const port = await freePort();
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    PGPASSWORD: superuserPassword,
    // What the server loads at run time (postgres_fdw, the WAL receiver) would take the system's older libpq.
    LD_LIBRARY_PATH: join(bin, '../lib'),
  };
  const as = { ...identity, env, extendEnv: false, cwd: home } as const;
  const control = (action: string, ...rest: string[]) =>
    execa(join(bin, 'pg_ctl'), ['-D', data, '-w', '-t', '60', '-l', join(home, 'log'), ...rest, action], as);

  async function begin(): Promise<void> {
    await control('start').catch(async (error: Error) => {
      throw new Error(`PostgreSQL ${major} did not start: ${await readFile(join(home, 'log'), 'utf8')}`, {
        cause: error,
      });
    });
  }
  async function psql(args: readonly string[], database: string, input?: string): Promise<string> {
    const connection = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: superuser, PGSSLMODE: 'prefer' };
    const { stdout } = await execa(join(bin, 'psql'), ['-XqAt', '-v', 'ON_ERROR_STOP=1', ...args], {
      env: { ...env, ...connection, PGDATABASE: database, PGOPTIONS: '-c client_min_messages=warning' },
      extendEnv: false,
      ...(input === undefined ? {} : { input }),
    });
    return stdout;
  }

  if (identity !== undefined) await chown(home, identity.uid, identity.gid);
  await (options.standbyOf === undefined ? initialize() : followPrimary(options.standbyOf));
  await configure();
  await begin();
  return {
    major,
    port,
    bin,
    host: '127.0.0.1',
    user: superuser,
    password: superuserPassword,
    sql: (text, database = 'postgres') => psql([], database, text),
    run: async (file, database, variables = {}) => {
      const assignments = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
      await psql([...assignments, '-f', file], database);
    },
    createDatabase: async (name, template = 'template0') => {
      await psql([], 'postgres', `CREATE DATABASE ${quoted(name)} TEMPLATE ${quoted(template)}`);
    },
    reload: async (settings) => {
      await writeFile(join(data, 'postgresql.conf'), settingsText(settings), { flag: 'a' });
      await control('reload');
    },
    restart: async (mode = 'fast') => {
      await control('stop', '-m', mode);
      await begin();
    },
    stop: async () => {
      await control('stop', '-m', 'immediate').catch(() => undefined);
      await rm(home, { recursive: true, force: true });
    },
  };

  async function initialize(): Promise<void> {
    const passwordFile = join(home, 'password');
    await writeFile(passwordFile, superuserPassword);
    await chmod(passwordFile, 0o644);
    const fixed = [
      '-D',
      data,
      '-U',
      superuser,
      '--pwfile',
      passwordFile,
      '--auth',
      'scram-sha-256',
      '--no-sync',
    ];
    const locale = ['--encoding', 'UTF8', '--locale', 'C.UTF-8'];
    await execa(join(bin, 'initdb'), [...fixed, ...locale, ...(options.initdb ?? [])], as);
  }
  async function followPrimary(primary: PostgresServer): Promise<void> {
    const target = ['-h', primary.host, '-p', String(primary.port), '-U', superuser];
    await execa(join(bin, 'pg_basebackup'), [...target, '-D', data, '-R', '-c', 'fast', '--no-sync'], as);
  }
  async function configure(): Promise<void> {
    const tls = options.tls === undefined ? {} : await installTls(options.tls);
    const fixed = {
      port: String(port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '64MB',
      max_wal_size: '4GB',
      wal_level: 'logical',
      autovacuum: 'off',
    };
    const settings = { ...fixed, ...tls, ...options.settings };
    await writeFile(join(data, 'postgresql.conf'), settingsText(settings), { flag: 'a' });
    const rules = [...(options.hba ?? []), 'host all,replication all 127.0.0.1/32 scram-sha-256'];
    await writeFile(join(data, 'pg_hba.conf'), `${rules.join('\n')}\n`);
  }
  async function installTls(pair: Certificate): Promise<Record<string, string>> {
    await mkdir(join(home, 'tls'));
    const files = { ssl_cert_file: join(home, 'tls/server.crt'), ssl_key_file: join(home, 'tls/server.key') };
    await copyFile(pair.certificate, files.ssl_cert_file);
    await copyFile(pair.key, files.ssl_key_file);
    await chmod(files.ssl_key_file, 0o600);
    if (identity !== undefined) await chown(files.ssl_key_file, identity.uid, identity.gid);
    if (options.clientAuthority === undefined) return { ssl: 'on', ...files };
    const clientAuthority = join(home, 'tls/client-ca.crt');
    await copyFile(options.clientAuthority.certificate, clientAuthority);
    return { ssl: 'on', ...files, ssl_ca_file: clientAuthority };
  }
}

function settingsText(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return `${lines.join('\n')}\n`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
