import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { bundle } from '../../scripts/images/bundle.ts';
import { postgresClients } from '../../scripts/tools/postgres.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import type { S3Server } from './servers/s3-server.ts';
import type { Keys } from './worker-harness.ts';
import { makeKeys } from './worker-harness.ts';

export interface CliEnd {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Folders that it left where temporary folders are. */
  readonly left: readonly string[];
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface RunningCli {
  readonly ended: Promise<CliEnd>;
  /** Until standard error matches. */
  until(words: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Its temporary folders now. */
  folders(): Promise<string[]>;
}

/** A person with the program as the images have it, a folder of YAML, and keys. */
export interface CliRig {
  readonly home: string;
  readonly keys: Keys;
  /** Folder that stands for the claim `backups`. */
  readonly volume: string;
  write(name: string, ...objects: readonly (object | string)[]): Promise<string>;
  run(args: readonly string[], options?: RunOptions): Promise<CliEnd>;
  /** For what a test builds on: throws unless it ends with 0. */
  runWell(args: readonly string[], options?: RunOptions): Promise<CliEnd>;
  start(args: readonly string[], options?: RunOptions): RunningCli;
  /** Every file below the volume, by its path. */
  stored(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function makeCliRig(): Promise<CliRig> {
  const home = await mkdtemp(join(tmpdir(), 'pgcairn-cli-'));
  const [clients, keys, program] = await Promise.all([postgresClients(), makeKeys(), bundle()]);
  const volume = join(home, 'volume');
  const temporary = join(home, 'tmp');
  await Promise.all([mkdir(volume), mkdir(temporary)]);
  // As root the server of a drill runs as another account, which must come through to its folder.
  await chmod(home, 0o711);
  const start = (args: readonly string[], { environment = {}, input }: RunOptions = {}): RunningCli => {
    const child = execa(process.execPath, [program, ...args], {
      cwd: home,
      env: {
        PATH: `${join(clients, '16/bin')}:/usr/bin:/bin`,
        HOME: home,
        TMPDIR: temporary,
        ...environment,
      },
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    });
    const folders = async (): Promise<string[]> => {
      const places = [temporary, '/dev/shm'];
      const names = await Promise.all(places.map((place) => readdir(place).catch(() => [])));
      return names.flat().filter((name) => name.startsWith(`pgcairn-${String(child.pid)}-`));
    };
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
    return {
      folders,
      ended: child.then(async ({ exitCode, stdout, stderr }) => ({
        exitCode,
        stdout,
        stderr,
        left: await folders(),
      })),
      kill: (signal) => void child.kill(signal),
      until: async (wanted) => {
        while (!wanted.test(words)) {
          if (child.exitCode !== null) throw new Error(`it ended before: ${words}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
    };
  };
  return {
    home,
    keys,
    volume,
    write: async (name, ...objects) => {
      const texts = objects.map((object) => (typeof object === 'string' ? object : stringify(object)));
      await writeFile(join(home, name), texts.join('---\n'));
      return name;
    },
    run: (args, options) => start(args, options).ended,
    runWell: async (args, options) => {
      const end = await start(args, options).ended;
      if (end.exitCode !== 0) throw new Error(`pgcairn ${args.join(' ')} failed: ${JSON.stringify(end)}`);
      return end;
    },
    start,
    stored: async () => {
      const entries = await readdir(volume, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(volume.length + 1))
        .toSorted();
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

const apiVersion = 'pgcairn.dev/v1alpha1';

/** A repository on the claim `backups`, or in the bucket of the same name. */
export function repositoryObject(keys: Keys | undefined, s3?: S3Server): object {
  return {
    apiVersion,
    kind: 'BackupRepository',
    metadata: { name: 'offsite', namespace: 'shop' },
    spec: {
      ...(s3 === undefined
        ? { volume: { claimName: 'backups' } }
        : { s3: { ...s3.spec('backups'), credentialsSecretRef: { name: 'offsite-s3' } } }),
      encryption: keys === undefined ? { none: {} } : { age: { recipients: [keys.recipient] } },
      ...(keys === undefined ? {} : { signing: { keySecretRef: { name: 'pgcairn-signing' } } }),
    },
  };
}

export function backupObject(spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion,
    kind: 'PostgresBackup',
    metadata: { name: 'shop', namespace: 'shop', ...metadata },
    spec: {
      connection: { secretRef: { name: 'shop-db' }, tls: { mode: 'Prefer' } },
      repositoryRef: { name: 'offsite' },
      ...spec,
    },
  };
}

export function drillObject(spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion,
    kind: 'BackupDrill',
    metadata: { name: 'shop-monthly', namespace: 'shop', ...metadata },
    spec: { source: { backupRef: { name: 'shop' } }, ...spec },
  };
}

export function secretObject(name: string, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' }, stringData };
}

export function databaseSecret(server: PostgresServer, database = 'shop'): object {
  return secretObject('shop-db', {
    host: server.host,
    port: String(server.port),
    username: server.user,
    password: server.password,
    dbname: database,
  });
}

export function signingSecret(keys: Keys): object {
  return secretObject('pgcairn-signing', { 'signing.key': keys.signingPem });
}

export function identitySecret(keys: Keys): object {
  return secretObject('shop-age-identity', { identity: keys.identity });
}

export function storeSecret(s3: S3Server): object {
  const { accessKeyId, secretAccessKey } = s3.access.credentials;
  return secretObject('offsite-s3', {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
}
